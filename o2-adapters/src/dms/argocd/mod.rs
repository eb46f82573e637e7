#![doc = include_str!("README.md")]

mod config;
mod draw;
mod history;
mod logs;
mod packages;
mod plugin;
mod read;
mod source;
mod standing;
#[cfg(test)]
mod tests;
mod values;
mod watch;
mod wire;
mod write;

pub use config::{ArgocdConfig, DestinationConfig, Propagation};
pub use plugin::{ArgoCd, BACKEND};
