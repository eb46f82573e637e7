//! How much a plugin is used: [`Statistics`] are counters, a [`StatisticsLayer`] around the plugin moves them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use serde::Serialize;

use crate::layer::{Call, Layer, Next};
use crate::ports::Clock;
use crate::time::Timestamp;
use crate::{Fault, Result};

/// Counts the calls of one plugin. The counters are independent of each other and never go back.
#[derive(Debug)]
pub struct Statistics {
    calls: AtomicU64,
    failures: AtomicU64,
    /// Unix time in nanoseconds; `NEVER` before the first call.
    last_used: AtomicI64,
}

const NEVER: i64 = i64::MIN;

impl Statistics {
    /// Counts a call that begins now.
    pub fn record_call(&self, now: Timestamp) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.last_used.fetch_max(now.unix_nanos(), Ordering::Relaxed);
    }

    /// Counts a call that failed, and not because the caller asked for something wrong.
    pub fn record_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters as they are now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let last_used = self.last_used.load(Ordering::Relaxed);
        Usage {
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            last_used: (last_used != NEVER).then(|| Timestamp::from_unix_nanos(last_used)),
        }
    }
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            calls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            last_used: AtomicI64::new(NEVER),
        }
    }
}

/// How much a plugin has been used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Usage {
    /// Calls that began.
    pub calls: u64,
    /// Calls that failed by the fault of the gateway or the backend.
    pub failures: u64,
    /// When the last call began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
}

/// Counts the calls that pass through it.
#[derive(Debug)]
pub struct StatisticsLayer {
    statistics: Arc<Statistics>,
    clock: Arc<dyn Clock>,
}

impl StatisticsLayer {
    /// Counts in `statistics`; hand the same to
    /// [`RegisterOptions::with_statistics`](super::RegisterOptions::with_statistics).
    #[must_use]
    pub fn new(statistics: Arc<Statistics>, clock: Arc<dyn Clock>) -> Self {
        Self { statistics, clock }
    }
}

#[async_trait]
impl Layer for StatisticsLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        self.statistics.record_call(self.clock.now());
        let outcome = next.run(call).await;
        if outcome.as_ref().is_err_and(|error| error.fault() != Fault::Caller) {
            self.statistics.record_failure();
        }
        outcome
    }
}
