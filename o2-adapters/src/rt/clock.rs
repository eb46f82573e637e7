//! [`TokioClock`]: the [`Clock`] port on tokio's timer.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Timestamp;
use o2_core::ports::Clock;
use tokio::time::Instant;

/// The time of the machine, and sleeps on the timer of the tokio runtime that polls them.
///
/// Under `tokio::time::pause` the monotonic scale and the sleeps stand still, the wall clock goes on.
///
/// ```
/// use std::time::Duration;
/// use o2_adapters::rt::TokioClock;
/// use o2_core::ports::Clock;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// let clock = TokioClock::new();
/// let before = clock.monotonic();
/// clock.sleep(Duration::from_millis(1)).await;
/// assert!(clock.monotonic() - before >= Duration::from_millis(1));
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    began: Instant,
}

impl TokioClock {
    /// A clock whose monotonic scale begins now.
    #[must_use]
    pub fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time of the machine enters the library"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::UNIX_EPOCH.plus(since_epoch)
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the sleep that everybody else is to ask for"
    )]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(duration).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sleeping_moves_the_monotonic_scale() {
        let clock = TokioClock::new();
        clock.sleep(Duration::from_secs(90)).await;
        assert_eq!(clock.monotonic(), Duration::from_secs(90));
    }

    #[test]
    fn the_wall_clock_shows_this_century() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let now = runtime.block_on(async { TokioClock::new().now() });
        assert!(now > Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
    }
}
