//! Waiting for a case: as long as it does something it may go on, and when it only waits it is given up after a while.
//!
//! Virtual time moves when everybody sleeps. A case that is busy without ever sleeping must not see it move because
//! somebody counts the seconds for it; so the seconds are counted only while the case waits.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::future::{FutureExt, poll_fn};
use futures::task::AtomicWaker;
use o2_core::ports::Clock;

/// Knows whether the case was woken since it was polled.
struct Bell {
    rung: AtomicBool,
    outer: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.outer.wake();
    }
}

/// Awaits `work`, or gives it up when it has waited for `patience` without being woken.
///
/// # Errors
/// The time it waited.
pub(super) async fn patiently<T>(
    clock: &dyn Clock,
    patience: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Duration> {
    let mut work = pin!(work);
    let bell = Arc::new(Bell {
        rung: AtomicBool::new(true),
        outer: AtomicWaker::new(),
    });
    let waker = Waker::from(Arc::clone(&bell));
    let mut limit = None;
    poll_fn(move |context| {
        bell.outer.register(context.waker());
        if bell.rung.swap(false, Ordering::AcqRel) {
            limit = None;
            if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(Ok(done));
            }
            if bell.rung.load(Ordering::Acquire) {
                return Poll::Pending;
            }
        }
        let limit = limit.get_or_insert_with(|| clock.sleep(patience));
        limit.poll_unpin(context).map(|()| Err(patience))
    })
    .await
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use futures::future::pending;

    use super::*;
    use crate::ManualClock;

    const LONG: Duration = Duration::from_secs(600);

    async fn yields(times: usize) {
        let mut left = times;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            left = left.saturating_sub(1);
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    #[test]
    fn who_is_busy_is_not_given_up_and_sees_no_time_pass() {
        let clock = ManualClock::auto();
        assert_eq!(block_on(patiently(&*clock, LONG, yields(10_000))), Ok(()));
        assert_eq!(clock.monotonic(), Duration::ZERO);
    }

    #[test]
    fn who_sleeps_is_woken() {
        let clock = ManualClock::auto();
        let sleeps = async {
            yields(100).await;
            clock.sleep(Duration::from_secs(599)).await;
            yields(100).await;
        };
        assert_eq!(block_on(patiently(&*clock, LONG, sleeps)), Ok(()));
        assert_eq!(clock.monotonic(), Duration::from_secs(599));
    }

    #[test]
    fn who_waits_for_ever_is_given_up() {
        let clock = ManualClock::auto();
        let waits = async {
            yields(100).await;
            pending::<()>().await;
        };
        assert_eq!(block_on(patiently(&*clock, LONG, waits)), Err(LONG));
    }
}
