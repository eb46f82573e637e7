#![doc = include_str!("README.md")]

mod chart;
mod client;
mod config;
mod map;
mod plugin;
#[cfg(test)]
mod tests;
mod wire;

pub use config::HelmConfig;
pub use plugin::{BACKEND, Helm};
