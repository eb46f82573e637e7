#![doc = include_str!("README.md")]
#![doc = "# policy.yaml\n\n```yaml"]
#![doc = include_str!("policy.yaml")]
#![doc = "```"]

mod account;
mod capacity;
mod config;
mod draw;
mod gaps;
mod kept;
mod keystone;
mod metadata;
mod plugin;
mod read;
mod services;
#[cfg(test)]
mod tests;
mod wire;
mod write;

pub use config::{Auth, Clouds, Endpoints, Interface, Mode, OpenstackConfig};
pub use plugin::{BACKEND, Openstack};

/// What the keys of extensions begin with.
const PREFIX: &str = "openstack";
