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
        use futures::future::{Either, select};
        let work = std::pin::pin!(work);
        let timer = std::pin::pin!(async { self.sleep(limit).await });
        match select(work, timer).await {
            Either::Left((value, _)) => Ok(value),
            Either::Right(((), _)) => Err(limit),
        }
    }
}
