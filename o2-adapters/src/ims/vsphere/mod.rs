#![doc = include_str!("README.md")]

mod bell;
mod config;
mod draw;
mod inventory;
mod plugin;
#[cfg(test)]
mod tests;
mod vim;
mod watch;
mod write;

pub use config::{Mode, VsphereConfig};
pub use plugin::{BACKEND, Vsphere};
