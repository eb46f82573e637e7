#![doc = include_str!("README.md")]

mod client;
mod config;
mod map;
mod plugin;
#[cfg(test)]
mod tests;
mod wire;

pub use config::AwsConfig;
pub use plugin::{BACKEND, Aws};
