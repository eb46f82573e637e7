//! Engines of [`Store`](o2_core::store::Store): one folder and one feature each.

#[cfg(feature = "store-redis")]
pub mod redis;
