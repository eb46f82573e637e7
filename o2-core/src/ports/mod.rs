//! Ports: what the library needs from its host. Each is a small object-safe trait; ready-made ones are in `o2-adapters`.
//!
//! A port the host did not provide answers every call with a `Config` error that names it.

mod audit;
mod clock;
mod http_client;
mod process;
mod secrets;
mod shared;

use std::sync::Arc;

pub use audit::{AuditEntry, AuditOutcome, AuditSink, NoAudit};
pub use clock::Clock;
pub use http_client::{HttpClient, HttpRequest, HttpResponse};
pub use process::{ProcessOutput, ProcessRequest, ProcessRunner};
pub use secrets::{Secret, SecretSource};
pub use shared::Shared;

use crate::Error;
use crate::store::{MemoryStore, Store};

/// The ports a plugin is built with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Outbound HTTP.
    pub http: Arc<dyn HttpClient>,
    /// External programs.
    pub process: Arc<dyn ProcessRunner>,
    /// Secrets that configuration refers to by name.
    pub secrets: Arc<dyn SecretSource>,
    /// What must last.
    pub store: Arc<dyn Store>,
    /// What plugins have in common.
    pub shared: Shared,
}

impl Ports {
    /// Ports with a clock, an in-memory store, and nothing else.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        Self {
            clock,
            http: Arc::new(NotProvided),
            process: Arc::new(NotProvided),
            secrets: Arc::new(NotProvided),
            store,
            shared: Shared::default(),
        }
    }

    /// Provides outbound HTTP.
    #[must_use]
    pub fn with_http(mut self, http: Arc<dyn HttpClient>) -> Self {
        self.http = http;
        self
    }

    /// Provides external programs.
    #[must_use]
    pub fn with_process(mut self, process: Arc<dyn ProcessRunner>) -> Self {
        self.process = process;
        self
    }

    /// Provides secrets.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Arc<dyn SecretSource>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Provides the store.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// Provides what plugins have in common, so that several gateways share it, or with values of the host's.
    #[must_use]
    pub fn with_shared(mut self, shared: Shared) -> Self {
        self.shared = shared;
        self
    }
}

/// Stands in for a port the host did not provide.
#[derive(Debug, Clone, Copy)]
struct NotProvided;

impl NotProvided {
    fn error(port: &str, ready_made: &str) -> Error {
        Error::config(format!(
            "the {port} port is not provided; give GatewayBuilder one, for example {ready_made}"
        ))
    }
}
