#![doc = include_str!("README.md")]

mod config;
mod draw;
mod kinds;
mod plugin;
mod read;
#[cfg(test)]
mod tests;
mod watch;
mod write;

pub use config::{OpenshiftConfig, Pools};
pub use plugin::{BACKEND, Openshift};
