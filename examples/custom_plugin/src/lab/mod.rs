#![doc = include_str!("README.md")]

mod client;
mod config;
mod list;
mod map;
mod plugin;
#[cfg(test)]
mod tests;
mod wire;

pub use config::LabConfig;
pub use plugin::{BACKEND, Lab};
