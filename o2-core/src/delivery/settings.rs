//! [`DeliverySettings`]: limits and times of delivery.

use std::sync::Arc;
use std::time::Duration;

use super::{DeadLetterLimits, Links, NoLinks, RetryWaits};
use crate::outbox::OutboxLimits;

/// Limits and times of delivery.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeliverySettings {
    /// Others take over the shards of a replica that has died within this time. Default 15 s.
    pub lease: Duration,
    /// When notifications are tried again.
    pub waits: RetryWaits,
    /// How long one attempt may take. Default 30 s.
    pub timeout: Duration,
    /// How many requests are under way at the same time. Default 256.
    pub concurrency: usize,
    /// How many of them to one origin (scheme, host and port). Default 16.
    pub per_origin: usize,
    /// After so many failures in a row an origin is left alone for a while. Default 10.
    pub circuit_failures: u32,
    /// For how long at first; twice as long after each single try that fails. Default 30 s.
    pub circuit_open: Duration,
    /// For how long at most. Default 5 min.
    pub circuit_longest: Duration,
    /// The longest wait that `Retry-After` can ask for. Default 1 h.
    pub retry_after_longest: Duration,
    /// How many entries of one subscription are kept in memory. Default 64.
    pub in_memory: usize,
    /// How often it looks whether subscriptions have changed. Default 1 s.
    pub refresh: Duration,
    /// How long one call of the store may take. Default 10 s.
    pub store_timeout: Duration,
    /// How long requests under way may take after shutdown. Default 10 s.
    pub drain: Duration,
    /// What the outbox may hold.
    pub outbox: OutboxLimits,
    /// How many dead letters are kept.
    pub dead_letters: DeadLetterLimits,
    /// Where objects can be read.
    pub links: Arc<dyn Links>,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            waits: RetryWaits::default(),
            timeout: Duration::from_secs(30),
            concurrency: 256,
            per_origin: 16,
            circuit_failures: 10,
            circuit_open: Duration::from_secs(30),
            circuit_longest: Duration::from_secs(300),
            retry_after_longest: Duration::from_secs(3600),
            in_memory: 64,
            refresh: Duration::from_secs(1),
            store_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            outbox: OutboxLimits::default(),
            dead_letters: DeadLetterLimits::default(),
            links: Arc::new(NoLinks),
        }
    }
}
