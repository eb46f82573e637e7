//! Where notifications may go. Whoever may subscribe names a URL and the gateway sends requests to it: without bounds that
//! is a way into networks that the subscriber cannot reach.
//!
//! An [`EgressPolicy`] judges twice. [`EgressPolicy::check_url`] looks at a URL when it is given and before each request;
//! it resolves no names. [`AddressPolicy::check`] looks at each address that a name has turned into, at the moment
//! of connecting; the HTTP client of the host does that for requests that carry a policy.
//!
//! ```
//! use o2_core::webhook::egress::{Access, EgressPolicy};
//! # fn url(text: &str) -> url::Url { text.parse().unwrap() }
//!
//! let policy = EgressPolicy::default();
//! assert!(policy.check_url(&url("https://smo.example.com/notify")).is_ok());
//! assert!(policy.check_url(&url("https://0x7f.1/notify")).is_err());
//!
//! let policy = policy.with_private(Access::Allow).with_allowed("smo.lab:8443".parse()?);
//! assert!(policy.check_url(&url("https://10.1.2.3/notify")).is_ok());
//! assert!(policy.check_url(&url("https://169.254.169.254/latest")).is_err());
//! # Ok::<(), o2_core::Error>(())
//! ```

mod address;
mod class;
mod network;
mod policy;
mod rule;
#[cfg(test)]
mod tests;

pub use address::AddressPolicy;
pub use policy::{Access, EgressPolicy};
pub use rule::Rule;

use crate::Error;

/// What the subscriber is told about an address: the same whether somebody answers there or not.
fn not_allowed(detail: impl Into<String>) -> Error {
    Error::invalid("the callback is not allowed").with_detail(detail)
}
