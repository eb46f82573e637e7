//! What adapters of any category share.

mod config;

pub(crate) use config::{read_capabilities, read_config};
