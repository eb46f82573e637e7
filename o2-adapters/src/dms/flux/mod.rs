#![doc = include_str!("README.md")]

mod config;
mod draw;
mod history;
mod objects;
mod plugin;
mod read;
mod sources;
mod standing;
#[cfg(test)]
mod tests;
mod values;
mod watch;
mod wire;
mod workloads;
mod write;

pub use config::{FluxConfig, RemoteConfig};
pub use plugin::{BACKEND, Flux};
