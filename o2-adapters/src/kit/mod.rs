//! What adapters of any category share.
//!
//! With the feature `kit-rest`, a backend that speaks HTTP is short: its calls are [`endpoint::Endpoint`] values,
//! [`client::RestClient`] sends them with credentials of [`auth`] and turns answers into errors by the table of
//! [`status`]; [`paging`] walks lists, [`lenient`] reads them item by item, and [`operation`] waits for work that takes
//! long. Adapters outside of this crate use it in the same way.

#[cfg(any(feature = "kit-kube", feature = "kit-rest"))]
mod again;
#[cfg(feature = "kit-rest")]
pub mod auth;
#[cfg(any(feature = "kit-kube", feature = "kit-rest", feature = "store-redis"))]
pub mod backoff;
#[cfg(any(feature = "helm", feature = "kustomize"))]
pub(crate) mod bounded;
#[cfg(feature = "kit-rest")]
pub mod client;
mod config;
#[cfg(feature = "kit-rest")]
pub mod endpoint;
#[cfg(feature = "kit-rest")]
pub mod lenient;
#[cfg(feature = "kit-rest")]
pub mod operation;
#[cfg(feature = "kit-rest")]
pub mod paging;
#[cfg(feature = "kit-rest")]
pub mod redact;
#[cfg(feature = "kit-rest")]
pub mod status;
#[cfg(all(test, feature = "kit-rest"))]
mod testing;
#[cfg(any(feature = "kit-kube", feature = "vsphere"))]
pub(crate) mod watch;
#[cfg(feature = "kit-yaml")]
pub(crate) mod yaml;

#[cfg(any(feature = "kit-kube", feature = "kit-rest"))]
pub(crate) use again::again;
pub use config::{read_capabilities, read_config};
