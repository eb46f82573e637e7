//! Counts calls and measures how long they take.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::Result;
use crate::layer::{Call, Layer, Next, Outcome};
use crate::metrics::{OperationMetrics, PluginMetrics};
use crate::ports::Clock;

/// Counts the calls of one plugin by operation and outcome, and measures how long they take. Dropped calls count too.
#[derive(Debug)]
pub struct MetricsLayer {
    metrics: PluginMetrics,
    clock: Arc<dyn Clock>,
}

impl MetricsLayer {
    /// Counts into `metrics`.
    #[must_use]
    pub fn new(metrics: PluginMetrics, clock: Arc<dyn Clock>) -> Self {
        Self { metrics, clock }
    }
}

#[async_trait]
impl Layer for MetricsLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let mut running = Running::begin(self.metrics.operation(call.operation), &*self.clock);
        let result = next.run(call).await;
        running.outcome = Outcome::of(&result);
        result
    }
}

/// Counts the call when it has ended or was dropped.
struct Running<'a> {
    metrics: Arc<OperationMetrics>,
    clock: &'a dyn Clock,
    began: Duration,
    outcome: Outcome,
}

impl<'a> Running<'a> {
    fn begin(metrics: Arc<OperationMetrics>, clock: &'a dyn Clock) -> Self {
        metrics.begin();
        Self {
            metrics,
            clock,
            began: clock.monotonic(),
            outcome: Outcome::Cancelled,
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let took = self.clock.monotonic().saturating_sub(self.began);
        self.metrics.end(self.outcome, took);
    }
}
