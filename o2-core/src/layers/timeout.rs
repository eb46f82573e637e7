//! Limits how long one attempt may take.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind, Fault, Result, Retry};
use crate::layer::{Call, Layer, Next};
use crate::operation::{Action, Operation};
use crate::ports::Clock;

/// How long one attempt may take, by what the operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Reading one object or one page.
    pub read: Duration,
    /// Creating, changing or removing an object.
    pub write: Duration,
    /// Setting work in motion: scale, roll back, run a workflow.
    pub execute: Duration,
}

impl Timeouts {
    /// So long for reads, writes and executions.
    #[must_use]
    pub fn new(read: Duration, write: Duration, execute: Duration) -> Self {
        Self { read, write, execute }
    }

    /// How long `operation` may take.
    #[must_use]
    pub fn limit(&self, operation: &Operation) -> Duration {
        match operation.action {
            Action::Read => self.read,
            Action::Create | Action::Update | Action::Delete => self.write,
            Action::Execute => self.execute,
        }
    }
}

impl Default for Timeouts {
    /// 30 s for reads, 60 s for writes, 120 s for executions.
    fn default() -> Self {
        Self::new(
            Duration::from_secs(30),
            Duration::from_secs(60),
            Duration::from_secs(120),
        )
    }
}

/// Ends an attempt that takes longer than its limit or than the context's deadline allows, whichever comes first.
///
/// At its limit it is the backend that did not answer; at an earlier deadline it is the caller who would not wait, and
/// the error says so: otherwise impatient callers could open the circuit for everybody.
#[derive(Debug)]
pub struct TimeoutLayer {
    timeouts: Timeouts,
    clock: Arc<dyn Clock>,
}

impl TimeoutLayer {
    /// Limits attempts to `timeouts`.
    #[must_use]
    pub fn new(timeouts: Timeouts, clock: Arc<dyn Clock>) -> Self {
        Self { timeouts, clock }
    }
}

#[async_trait]
impl Layer for TimeoutLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let limit = self.timeouts.limit(call.operation);
        let left = call
            .context
            .deadline()
            .map(|deadline| deadline.saturating_sub(self.clock.monotonic()))
            .filter(|left| *left < limit);
        if left.is_some_and(|left| left.is_zero()) {
            return Err(too_late(call));
        }
        match self.clock.within(left.unwrap_or(limit), next.run(call)).await {
            Ok(result) => result,
            Err(passed) => Err(silence(call, passed, left.is_some())),
        }
    }
}

fn silence(call: &Call<'_>, passed: Duration, at_deadline: bool) -> Error {
    let (plugin, operation) = (&call.plugin.name, call.operation.name);
    let reason = if at_deadline {
        "the time left until the caller's deadline"
    } else {
        "its limit"
    };
    let message = format!("plugin '{plugin}' did not answer {operation} within {passed:?}, {reason}");
    let fault = if at_deadline { Fault::Caller } else { Fault::Backend };
    Error::new(ErrorKind::Timeout, message).with_fault(fault)
}

fn too_late(call: &Call<'_>) -> Error {
    let (plugin, operation) = (&call.plugin.name, call.operation.name);
    let message = format!("the caller's deadline has passed before {operation} of plugin '{plugin}' was called");
    Error::new(ErrorKind::Timeout, message)
        .with_fault(Fault::Caller)
        .with_retry(Retry::Safe)
}
