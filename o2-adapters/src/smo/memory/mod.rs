#![doc = include_str!("README.md")]

mod config;
mod event;
mod inventory;
mod plugin;
mod run;
mod state;
#[cfg(test)]
mod tests;

pub use config::MemorySmoConfig;
pub use event::SmoEvent;
pub use plugin::{BACKEND, MemorySmo};
