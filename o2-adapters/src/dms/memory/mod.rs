#![doc = include_str!("README.md")]

mod checks;
mod config;
mod deployments;
mod lifecycle;
mod logs;
mod packages;
mod plugin;
mod report;
mod state;
#[cfg(test)]
mod tests;
mod upload;
mod watch;
mod work;

pub use config::{Durations, MemoryDmsConfig};
pub use plugin::{BACKEND, MemoryDms};
