//! Limits how many calls of a plugin run at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::semaphore::{Permit, Request, Semaphore};
use crate::error::{Error, ErrorKind, Fault, Result, Retry};
use crate::layer::{Call, Layer, Next};
use crate::ports::Clock;

/// How many calls of a plugin run and wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConcurrencyPolicy {
    /// The most calls that run at once; zero counts as one.
    pub running: usize,
    /// The most calls that wait for their turn.
    pub waiting: usize,
    /// The longest wait.
    pub wait: Duration,
}

impl ConcurrencyPolicy {
    /// So many calls run at once, so many wait, for so long.
    #[must_use]
    pub fn new(running: usize, waiting: usize, wait: Duration) -> Self {
        Self { running, waiting, wait }
    }
}

impl Default for ConcurrencyPolicy {
    /// 64 run, 256 wait, 5 s.
    fn default() -> Self {
        Self::new(64, 256, Duration::from_secs(5))
    }
}

/// Runs a limited number of calls of one plugin at once; others wait for their turn, first come first served.
///
/// A call that finds the queue full, or waits too long, fails with `Unavailable`. It is not `RateLimited`: this caller
/// did nothing wrong, all callers together ask for more than the backend is given. The fault is the gateway's, so the
/// circuit breaker does not blame the backend, and the verdict is `Safe`, as nothing has been sent.
#[derive(Debug)]
pub struct ConcurrencyLayer {
    policy: ConcurrencyPolicy,
    clock: Arc<dyn Clock>,
    permits: Semaphore,
}

impl ConcurrencyLayer {
    /// Limits calls as `policy` says.
    #[must_use]
    pub fn new(policy: ConcurrencyPolicy, clock: Arc<dyn Clock>) -> Self {
        Self {
            policy,
            clock,
            permits: Semaphore::new(policy.running.max(1), policy.waiting),
        }
    }

    async fn permit(&self, call: &Call<'_>) -> Result<Permit> {
        match self.permits.request() {
            Request::Granted(permit) => Ok(permit),
            Request::Refused => Err(self.busy(call)),
            Request::Queued(turn) => match self.clock.within(self.longest_wait(call), turn).await {
                Ok(Ok(permit)) => Ok(permit),
                Ok(Err(_)) | Err(_) => Err(self.busy(call)),
            },
        }
    }

    fn longest_wait(&self, call: &Call<'_>) -> Duration {
        let left = |deadline: Duration| deadline.saturating_sub(self.clock.monotonic());
        call.context
            .deadline()
            .map_or(self.policy.wait, |deadline| self.policy.wait.min(left(deadline)))
    }

    fn busy(&self, call: &Call<'_>) -> Error {
        let (plugin, limit) = (&call.plugin.name, self.policy.running.max(1));
        let message = format!("plugin '{plugin}' is busy: its limit of parallel calls ({limit}) is reached");
        Error::new(ErrorKind::Unavailable, message)
            .with_fault(Fault::Gateway)
            .with_retry(Retry::Safe)
    }
}

#[async_trait]
impl Layer for ConcurrencyLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let _permit = self.permit(call).await?;
        next.run(call).await
    }
}
