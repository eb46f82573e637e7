#![doc = include_str!("README.md")]

mod chart;
mod config;
mod core;
mod draw;
mod logs;
mod packages;
mod plugin;
mod program;
mod progress;
mod release;
mod releases;
mod repository;
#[cfg(test)]
mod tests;
mod watch;
mod work;
mod write;

pub use config::{HelmConfig, ReplicasConfig, RepositoryConfig, RepositoryKind};
pub use plugin::{BACKEND, Helm};
