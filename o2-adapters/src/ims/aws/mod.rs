#![doc = include_str!("README.md")]

mod answers;
mod client;
mod clock;
mod config;
mod credentials;
mod eks;
mod map;
mod node_pool;
mod notes;
mod parts;
mod plugin;
mod read;
mod sign;
mod statuses;
#[cfg(test)]
mod tests;
mod wire;
mod write;

pub use config::{AwsConfig, CredentialsConfig, Mode, RoleConfig};
pub use credentials::{AwsCredentials, Credentials, CredentialsProvider};
pub use plugin::{Aws, BACKEND};
