//! [`ApiServer`]: a Kubernetes API server that plays in memory, so that adapters of Kubernetes and of what runs on it are
//! tested without a cluster and without a socket.
//!
//! It keeps to what the real one does wherever a client can notice: discovery, versions, pages, watches, patches,
//! finalizers, owners, wording of errors. It has no admission but the schemas that a test gives, no controllers but those
//! that a test plays with [`ApiServer::on_change`], and no defaults of built-in kinds.
//!
//! Simplified: all lists are replaced by strategic merge patches and owned whole by appliers; bodies are JSON, also where
//! the real server takes YAML; versions of a kind differ in their name alone.

#![allow(
    clippy::panic,
    reason = "a test that speaks of what is not there fails, as an assertion does"
)]

mod access;
mod aggregated;
mod apply;
mod body;
mod call;
mod checks;
mod definitions;
mod delete;
mod direct;
mod discovery;
mod dispatch;
mod fields;
mod hooks;
mod list;
mod logs;
mod managers;
mod object;
mod owners;
mod patch;
mod registry;
mod reply;
mod resource;
mod route;
mod scale;
mod schema;
mod selector;
mod server;
mod service;
mod shapes;
mod state;
mod status;
mod store;
mod syntax;
#[cfg(test)]
mod tests;
mod trouble;
mod view;
mod watch;
mod write;

pub use body::Body;
pub use hooks::Change;
pub use resource::Resource;
pub use server::ApiServer;
pub use status::Status;
pub use store::ChangeType;
pub use trouble::ApiTrouble;
