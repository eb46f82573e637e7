//! The layers every plugin call goes through, one file each, and [`LayerStack`], which puts them in order.
//!
//! Outermost first: trace, metrics, error context, audit, tenancy, capability, quota, circuit breaker, retry,
//! concurrency, timeout. [`Position`] gives the reason for each place. What a layer is, is said in
//! [`layer`](crate::layer).
//!
//! Calls that return a stream (`watch`, logs) are treated like any other: what is timed, counted and retried is the
//! opening of the stream, never its items.

mod audit;
mod capability;
mod circuit_breaker;
mod concurrency;
mod error_context;
mod jitter;
mod metrics;
mod quota;
mod retry;
pub(crate) mod semaphore;
mod stack;
mod static_quotas;
mod tenancy;
mod timeout;
mod trace;

pub use audit::AuditLayer;
pub use capability::CapabilityLayer;
pub use circuit_breaker::{CircuitBreakerLayer, CircuitPolicy, CircuitState};
pub use concurrency::{ConcurrencyLayer, ConcurrencyPolicy};
pub use error_context::ErrorContextLayer;
pub use jitter::Jitter;
pub use metrics::MetricsLayer;
pub use quota::{QuotaLayer, QuotaSource, QuotaUsage};
pub use retry::{RetryLayer, RetryPolicy};
pub use stack::{LayerStack, PluginLayers, Position};
pub use static_quotas::StaticQuotas;
pub use tenancy::{Tenancy, TenancyLayer};
pub use timeout::{TimeoutLayer, Timeouts};
pub use trace::TraceLayer;
