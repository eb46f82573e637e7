//! The core of the O2 library: everything that infrastructure management (IMS), deployment management (DMS) and
//! orchestrator integration (SMO) have in common, and nothing that belongs to one of them.
//!
//! The way of a request, in modules: [`http`] receives it, [`identity`] says who asks, a service of one of the domain
//! crates decodes it with [`query`], [`router`] picks plugins from the [`registry`], each plugin is wrapped in
//! [`layers`], and the answer goes back as a [`page`] of [`model`]s. What the host provides is in [`ports`]; what must
//! last is in [`store`]. How notifications are signed and where they may go is in [`webhook`].
//!
//! The crate links no runtime, no web framework and no TLS.

pub mod admin;
pub mod capability;
pub mod collect;
pub mod config;
pub mod context;
pub mod delivery;
pub mod error;
pub mod event;
pub mod federation;
pub mod http;
pub mod id;
pub mod identity;
pub mod layer;
pub mod layers;
pub mod metrics;
pub mod model;
pub mod operation;
pub mod outbox;
pub mod page;
pub mod plugin;
pub mod ports;
pub mod query;
pub mod registry;
pub mod router;
pub mod snapshot;
pub mod store;
pub mod subscription;
pub mod time;
pub mod validate;
pub mod webhook;

pub use async_trait::async_trait;
pub use capability::{Capabilities, Pushdown};
pub use context::Context;
pub use error::{Error, ErrorKind, Fault, Result, Retry, Violation};
pub use id::{Id, PluginId, TenantId};
pub use model::{Extensions, Labels, Model};
pub use operation::{Action, Category, Operation};
pub use page::Page;
pub use plugin::{Health, HealthStatus, Plugin, PluginInfo};
pub use time::Timestamp;
