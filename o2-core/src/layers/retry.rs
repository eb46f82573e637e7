//! Repeats calls that failed for a passing reason.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::jitter::Jitter;
use crate::context::Context;
use crate::error::{Error, Result, Retry};
use crate::layer::{Call, Layer, Next};
use crate::metrics::PluginMetrics;
use crate::operation::Operation;
use crate::ports::Clock;

/// How often and after which time a call is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a call is made at most, the first time included.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub base: Duration,
    /// The longest wait before any attempt. A backend that asks for more is not called again.
    pub cap: Duration,
}

impl RetryPolicy {
    /// At most `attempts`; waits of up to `base`, doubled each time, up to `cap`.
    #[must_use]
    pub fn new(attempts: u32, base: Duration, cap: Duration) -> Self {
        Self { attempts, base, cap }
    }

    /// The longest wait after the failure of attempt number `attempt`, counted from one.
    fn longest_wait(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }
}

impl Default for RetryPolicy {
    /// Three attempts, 100 ms, 5 s.
    fn default() -> Self {
        Self::new(3, Duration::from_millis(100), Duration::from_secs(5))
    }
}

/// Repeats a failed call when its error says that this is safe, or safe for idempotent operations and this is one.
///
/// Waits grow exponentially with full jitter (any time up to the longest, equally likely). A backend that says when to
/// come again is not called earlier. The wait never reaches past the context's deadline.
///
/// When the layer gives up, the last error stays but its verdict becomes `Never`: whoever is outside shall not multiply
/// the attempts.
#[derive(Debug)]
pub struct RetryLayer {
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    metrics: PluginMetrics,
    jitter: Jitter,
}

impl RetryLayer {
    /// Repeats as `policy` says. The time of construction seeds the jitter, so replicas draw different numbers.
    #[must_use]
    pub fn new(policy: RetryPolicy, clock: Arc<dyn Clock>, metrics: PluginMetrics) -> Self {
        let seed = clock.now().unix_nanos().unsigned_abs();
        Self {
            policy,
            clock,
            metrics,
            jitter: Jitter::new(seed),
        }
    }

    /// Seeds the jitter, for repeatable tests.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.jitter = Jitter::new(seed);
        self
    }

    /// How long to wait after attempt number `attempt` failed with `error`; `None` to give up.
    fn wait(&self, attempt: u32, error: &Error, context: &Context) -> Option<Duration> {
        if attempt >= self.policy.attempts {
            return None;
        }
        let asked = error.retry_after().unwrap_or_default();
        if asked > self.policy.cap {
            return None;
        }
        let wait = asked.saturating_add(self.jitter.up_to(self.policy.longest_wait(attempt)));
        let in_time = |deadline| self.clock.monotonic().saturating_add(wait) < deadline;
        context.deadline().is_none_or(in_time).then_some(wait)
    }
}

#[async_trait]
impl Layer for RetryLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let mut attempt = 1;
        loop {
            let Err(error) = next.run(call).await else {
                return Ok(());
            };
            if !may_repeat(&error, call.operation) {
                return Err(error);
            }
            let Some(wait) = self.wait(attempt, &error, call.context) else {
                return Err(error.with_retry(Retry::Never));
            };
            self.metrics.count_retry(call.operation);
            tracing::debug!(attempt, ?wait, error = error.message(), "plugin call will be repeated");
            self.clock.sleep(wait).await;
            attempt += 1;
        }
    }
}

fn may_repeat(error: &Error, operation: &Operation) -> bool {
    match error.retry() {
        Retry::Never => false,
        Retry::Safe => true,
        Retry::IfIdempotent => operation.idempotent,
    }
}
