#![doc = include_str!("README.md")]

mod config;
mod content;
mod draw;
mod history;
mod object;
mod packages;
mod plugin;
mod read;
mod shape;
mod standing;
#[cfg(test)]
mod tests;
mod values;
mod watch;
mod wire;
mod write;

pub use config::{CrossplaneConfig, DefinitionConfig};
pub use plugin::{BACKEND, Crossplane};
