#![doc = include_str!("README.md")]

mod catalogue;
mod config;
mod plugin;
mod pool;
mod pools;
mod provision;
mod resources;
mod sample;
mod state;
#[cfg(test)]
mod tests;
mod watch;

pub use config::MemoryImsConfig;
pub use plugin::{BACKEND, MemoryIms};
