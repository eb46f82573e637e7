//! Engines of the [`Store`](o2_core::store::Store) that outlive the process.

#[cfg(feature = "store-file")]
pub mod file;
