#![doc = include_str!("README.md")]

mod chart;
mod config;
mod program;
mod release;
mod repository;

pub use config::{HelmConfig, ReplicasConfig, RepositoryConfig, RepositoryKind};
