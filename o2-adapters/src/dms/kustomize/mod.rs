#![doc = include_str!("README.md")]

mod build;
mod config;
mod live;
mod logs;
mod package;
mod plugin;
mod progress;
mod read;
mod show;
mod site;
mod state;
#[cfg(test)]
mod tests;
mod watch;
mod work;
mod write;

pub use config::KustomizeConfig;
pub use plugin::{BACKEND, Kustomize};
