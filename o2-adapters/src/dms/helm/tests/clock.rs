//! [`Patient`]: the clock of these tests. Work that nobody looks at for a while does not hold up the time of the others.
//!
//! The plugin goes on with what the program does whenever somebody uses it, and not in between. On an automatic clock, a sleep
//! in such work would keep time from moving on for everybody else. So here a sleep that is not looked at any more, while
//! somebody waits for a later time, is set aside until it is looked at again.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Timestamp;
use o2_core::ports::Clock;
use o2_testkit::ManualClock;

/// How often somebody who waits for a later time looks before an earlier sleep is set aside.
const PATIENCE: u32 = 100;

type Key = (Duration, u64);

pub(super) struct Patient {
    inner: Arc<ManualClock>,
    sleepers: Arc<Mutex<Sleepers>>,
}

#[derive(Default)]
struct Sleepers {
    all: BTreeMap<Key, Sleeper>,
    next: u64,
}

struct Sleeper {
    waker: Waker,
    /// Absent while it is polled.
    inner: Option<BoxFuture<'static, ()>>,
    /// How often others have looked since somebody has looked at this one.
    ignored: u32,
}

impl Patient {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: ManualClock::auto(),
            sleepers: Arc::default(),
        })
    }
}

impl Clock for Patient {
    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    fn monotonic(&self) -> Duration {
        self.inner.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut sleepers = self.sleepers.lock().unwrap();
        sleepers.next += 1;
        Sleep {
            key: (self.inner.monotonic().saturating_add(duration), sleepers.next),
            inner: Arc::clone(&self.inner),
            sleepers: Arc::clone(&self.sleepers),
        }
        .boxed()
    }
}

impl fmt::Debug for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

struct Sleep {
    key: Key,
    inner: Arc<ManualClock>,
    sleepers: Arc<Mutex<Sleepers>>,
}

impl Sleep {
    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap()
    }

    /// Looks at those who are to be woken before, and sets aside whom nobody looks at. Whether there are others left.
    fn look_at_earlier(&self) -> bool {
        let mut sleepers = self.sleepers();
        let (mut forgotten, mut wakers) = (Vec::new(), Vec::new());
        for (key, sleeper) in sleepers.all.range_mut(..self.key) {
            sleeper.ignored += 1;
            if sleeper.ignored > PATIENCE {
                forgotten.push(*key);
            } else {
                wakers.push(sleeper.waker.clone());
            }
        }
        let dropped: Vec<_> = forgotten.iter().map(|key| sleepers.all.remove(key)).collect();
        drop(sleepers);
        drop(dropped);
        let others = !wakers.is_empty();
        wakers.iter().for_each(Waker::wake_by_ref);
        others
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let now = self.inner.monotonic();
        let known = self.sleepers().all.remove(&self.key).and_then(|known| known.inner);
        if now >= self.key.0 {
            return Poll::Ready(());
        }
        let mut inner = known.unwrap_or_else(|| self.inner.sleep(self.key.0.saturating_sub(now)));
        if inner.poll_unpin(task).is_ready() {
            return Poll::Ready(());
        }
        let sleeper = Sleeper {
            waker: task.waker().clone(),
            inner: Some(inner),
            ignored: 0,
        };
        self.sleepers().all.insert(self.key, sleeper);
        if self.look_at_earlier() {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let dropped = self.sleepers().all.remove(&self.key);
        drop(dropped);
    }
}

#[tokio::test]
async fn work_that_nobody_looks_at_holds_nobody_up() {
    let clock = Patient::new();
    let mut abandoned = clock.sleep(Duration::from_secs(1));
    assert!((&mut abandoned).now_or_never().is_none());
    clock.sleep(Duration::from_secs(5)).await;
    assert_eq!(clock.monotonic(), Duration::from_secs(5));
    assert!(abandoned.now_or_never().is_some());
    // Those that are looked at end in their order.
    let (sooner, later) = (clock.sleep(Duration::from_secs(1)), clock.sleep(Duration::from_secs(2)));
    let first = futures::future::select(later, sooner).await;
    assert!(matches!(first, futures::future::Either::Right(_)));
    assert_eq!(clock.monotonic(), Duration::from_secs(6));
}
