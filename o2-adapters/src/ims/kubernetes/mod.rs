#![doc = include_str!("README.md")]

mod capi;
mod config;
mod draw;
mod plugin;
mod read;
#[cfg(test)]
mod tests;
mod watch;
mod write;

pub use config::KubernetesConfig;
pub use plugin::{BACKEND, Kubernetes};
