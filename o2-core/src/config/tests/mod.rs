//! Tests of reading as a whole; the parts have their own beside them.

mod values;
#[cfg(feature = "config-yaml")]
mod yaml;
