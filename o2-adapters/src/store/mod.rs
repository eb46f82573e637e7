//! Engines of [`Store`](o2_core::store::Store): one folder and one feature each, and [`open`], which finds the one that a
//! URL names.

#[cfg(feature = "store-file")]
pub mod file;
#[cfg(feature = "store-redis")]
pub mod redis;
mod url;

pub use url::open;
