//! [`Pause`]: a wait that somebody may leave and another one go on with.

use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::ports::Clock;

/// A time before which nothing is done. Its timer runs only while somebody waits: one that nobody polls any more would be in
/// the way of others.
#[derive(Default)]
pub(super) struct Pause {
    until: Option<Duration>,
    timer: Option<BoxFuture<'static, ()>>,
}

impl Pause {
    /// Nothing is done for so long.
    pub(super) fn begin(&mut self, clock: &Arc<dyn Clock>, wait: Duration) {
        self.until = Some(clock.monotonic().saturating_add(wait));
        self.timer = None;
    }

    /// Whether the time has passed.
    pub(super) fn poll(&mut self, clock: &Arc<dyn Clock>, task: &mut Task<'_>) -> Poll<()> {
        let Some(until) = self.until else {
            return Poll::Ready(());
        };
        let left = until.saturating_sub(clock.monotonic());
        if left.is_zero() {
            *self = Self::default();
            return Poll::Ready(());
        }
        let timer = self.timer.get_or_insert_with(|| clock.sleep(left));
        let passed = timer.as_mut().poll(task);
        if passed.is_ready() {
            *self = Self::default();
        }
        passed
    }

    /// Nobody waits any more, for now.
    pub(super) fn leave(&mut self) {
        self.timer = None;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::poll_fn;
    use o2_testkit::ManualClock;

    use super::*;

    #[test]
    fn who_leaves_stops_no_clock_and_who_comes_waits_for_the_rest() {
        let manual = ManualClock::new();
        let clock: Arc<dyn Clock> = manual.clone();
        let mut pause = Pause::default();
        let is_over = |pause: &mut Pause| poll_fn(|task| pause.poll(&clock, task)).now_or_never().is_some();
        assert!(is_over(&mut pause));
        pause.begin(&clock, Duration::from_secs(10));
        assert!(!is_over(&mut pause) && manual.sleepers() == 1);
        pause.leave();
        assert_eq!(manual.sleepers(), 0);
        manual.advance(Duration::from_secs(9));
        assert!(!is_over(&mut pause));
        manual.advance(Duration::from_secs(1));
        assert!(is_over(&mut pause) && is_over(&mut pause));
        assert_eq!(manual.sleepers(), 0);
    }
}
