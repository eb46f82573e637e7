//! Time, as the host tells it.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::time::Timestamp;

/// Tells and awaits time. Tests use a virtual one, so that no test waits for real.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The wall-clock time. May jump.
    fn now(&self) -> Timestamp;

    /// Time since some fixed instant. Never goes back.
    fn monotonic(&self) -> Duration;

    /// Ends when `duration` has passed on the monotonic scale.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

impl dyn Clock {
    /// Runs `work`, giving up when `limit` has passed; the work is then dropped.
    ///
    /// The timer starts when the work has to wait for the first time, so work that does not wait costs none.
    ///
    /// # Errors
    /// Returns the limit when it has passed.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T> + Send) -> Result<T, Duration> {
        first(work, async { self.sleep(limit).await }).await.ok_or(limit)
    }

    /// Runs `work`, giving up at `deadline` of the monotonic scale; the work is then dropped and there is `None`.
    ///
    /// Time is told when the work has to wait for the first time, so work that does not wait costs no look at the clock,
    /// and is done also when the deadline has passed.
    pub async fn until<T>(&self, deadline: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
        let timer = async { self.sleep(deadline.saturating_sub(self.monotonic())).await };
        first(work, timer).await
    }
}

/// The result of `work`, unless `timer` ends first.
async fn first<T>(work: impl Future<Output = T> + Send, timer: impl Future<Output = ()> + Send) -> Option<T> {
    use futures::future::{Either, select};
    match select(std::pin::pin!(work), std::pin::pin!(timer)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}
