//! [`FaultLayer`]: calls of a plugin that go wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use o2_core::layer::{Call, Layer, Next};
use o2_core::ports::Clock;
use o2_core::{Error, ErrorKind, Fault, Result, Retry, async_trait};
use serde::{Deserialize, Serialize};

use super::plan::Injector;
use super::{FaultPlan, Injected};

/// How a call of a plugin goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CallFault {
    /// It takes this long before the plugin is asked.
    Latency(Duration),
    /// It fails and the plugin is not asked. Where another attempt may help, any call may be repeated.
    FailsBefore(ErrorKind),
    /// The plugin does it, and the answer is lost. Where another attempt may help, only idempotent calls may be repeated.
    FailsAfter(ErrorKind),
    /// Nothing comes back, until somebody stops waiting. The plugin is not asked.
    Hangs,
}

/// Makes calls of a plugin go wrong as a plan says; the subjects of the plan are the names of operations.
///
/// It belongs below the layers under test: as the last of [`Layered`](o2_core::layer::Layered), or in a gateway's stack
/// with [`insert_after`](o2_core::layers::LayerStack::insert_after) the innermost position, the timeout. Above them it
/// would hide from them what they are to treat.
///
/// ```
/// use o2_core::ErrorKind;
/// use o2_core::layers::{LayerStack, Position};
/// use o2_testkit::ManualClock;
/// use o2_testkit::fault::{CallFault, FaultLayer, FaultPlan};
///
/// let clock = ManualClock::auto();
/// let plan = FaultPlan::seeded(7).one_in(10, CallFault::FailsAfter(ErrorKind::Unavailable));
/// let faults = FaultLayer::new(clock.clone(), plan);
/// let stack = LayerStack::new(clock).insert_after(Position::Timeout, move |_| faults.clone());
/// # drop(stack);
/// ```
#[derive(Debug)]
pub struct FaultLayer {
    clock: Arc<dyn Clock>,
    injector: Injector<CallFault>,
}

impl FaultLayer {
    /// Time passes on `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, plan: FaultPlan<CallFault>) -> Arc<Self> {
        let injector = Injector::new(plan);
        Arc::new(Self { clock, injector })
    }

    /// What has gone wrong so far; [`FaultPlan::of`] makes a plan of it that does the same again.
    #[must_use]
    pub fn injected(&self) -> Vec<Injected<CallFault>> {
        self.injector.injected()
    }
}

#[async_trait]
impl Layer for FaultLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        match self.injector.next(call.operation.name) {
            None => next.run(call).await,
            Some(CallFault::Latency(delay)) => {
                self.clock.sleep(delay).await;
                next.run(call).await
            }
            Some(CallFault::FailsBefore(kind)) => {
                let error = failure(kind);
                Err(match kind.usual_retry() {
                    Retry::Never => error,
                    _ => error.with_retry(Retry::Safe),
                })
            }
            Some(CallFault::FailsAfter(kind)) => {
                next.run(call).await?;
                Err(failure(kind))
            }
            Some(CallFault::Hangs) => std::future::pending().await,
        }
    }
}

fn failure(kind: ErrorKind) -> Error {
    let error = Error::new(kind, "a fault was injected");
    match kind {
        ErrorKind::RateLimited | ErrorKind::Internal => error.with_fault(Fault::Backend),
        _ => error,
    }
}
