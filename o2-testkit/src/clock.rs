//! [`ManualClock`]: virtual time for tests. It links no runtime, and no test that uses it waits for real.
//!
//! It is not a scheduler: moving time wakes the tasks that sleep, and it is the executor of the test that runs them.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::Timestamp;
use o2_core::ports::Clock;

/// 2026-01-01T00:00:00Z, when every clock starts.
const START: i64 = 1_767_225_600;

/// How often the earliest sleeper of an automatic clock yields before time moves.
const PATIENCE: u32 = 32;

/// A clock that moves only when it is told to ([`new`](Self::new)) or when everybody sleeps ([`auto`](Self::auto)).
///
/// Both scales start at a fixed instant, 2026-01-01T00:00:00Z and zero, so that tests can compare with literals.
///
/// # Automatic mode
///
/// Code with timeouts, retries and backoff runs in no real time on an automatic clock, and sees the same durations in
/// the same order as on a real one. Two rules make that true:
///
/// - Time moves only to the *earliest* sleeper's due time, so `select(sleep(1 s), sleep(2 s))` ends with the first.
/// - The earliest sleeper does not end at once. It first yields several times to its executor (pending, woken again
///   immediately), so that work which is ready to run goes before the passing of time: `select(work, sleep(1 s))` ends
///   with the sleep only if the work waits for something that does not come, or for a later time.
///
/// So the work has to make progress on the executor that also polls the sleepers. Where it waits for another thread or
/// a real socket, time would run ahead of it: use a manual clock there. Use one for endless periodic loops too; an
/// automatic clock runs them as fast as it can. A sleeper that is kept but no longer polled stops time for the others;
/// drop it, as one has to anyway.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use o2_core::ports::Clock;
/// use o2_testkit::ManualClock;
///
/// let clock = ManualClock::new();
/// assert_eq!(clock.now().to_string(), "2026-01-01T00:00:00Z");
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().to_string(), "2026-01-01T00:01:30Z");
/// assert_eq!(clock.monotonic(), Duration::from_secs(90));
/// ```
pub struct ManualClock {
    time: Arc<Time>,
}

impl ManualClock {
    /// A clock that moves when it is told to.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::starting(false)
    }

    /// A clock that moves when everybody sleeps; see the type's documentation.
    #[must_use]
    pub fn auto() -> Arc<Self> {
        Self::starting(true)
    }

    fn starting(automatic: bool) -> Arc<Self> {
        let state = State {
            monotonic: Duration::ZERO,
            wall: Timestamp::from_unix_seconds(START),
            wall_set_at: Duration::ZERO,
            sleepers: BTreeMap::new(),
            next: 0,
        };
        let time = Arc::new(Time {
            automatic,
            state: Mutex::new(state),
        });
        Arc::new(Self { time })
    }

    /// Moves time forward. Those whose sleep ends meanwhile are woken in the order in which they end, each at the
    /// moment when it ends; those that are due at the same moment in the order in which they began.
    pub fn advance(&self, duration: Duration) {
        let target = self.time.lock().monotonic.saturating_add(duration);
        self.time.move_to(target);
    }

    /// Moves time forward to the end of the earliest sleep; `false` when nobody sleeps.
    pub fn advance_to_next(&self) -> bool {
        let next = self.time.lock().sleepers.keys().next().map(|&(due, _)| due);
        if let Some(due) = next {
            self.time.move_to(due);
        }
        next.is_some()
    }

    /// How many sleeps have been polled and have neither ended nor been dropped.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.time.lock().sleepers.len()
    }

    /// Sets the wall clock, forward or back, as an operator or NTP might. Sleeps do not notice.
    pub fn jump_wall(&self, to: Timestamp) {
        let mut state = self.time.lock();
        state.wall = to;
        state.wall_set_at = state.monotonic;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let state = self.time.lock();
        state.wall.plus(state.monotonic.saturating_sub(state.wall_set_at))
    }

    fn monotonic(&self) -> Duration {
        self.time.lock().monotonic
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.time.lock();
        state.next += 1;
        Box::pin(Sleep {
            key: (state.monotonic.saturating_add(duration), state.next),
            yields: 0,
            time: Arc::clone(&self.time),
        })
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock")
            .field("now", &self.now())
            .field("monotonic", &self.monotonic())
            .field("sleepers", &self.sleepers())
            .field("automatic", &self.time.automatic)
            .finish()
    }
}

struct Time {
    automatic: bool,
    state: Mutex<State>,
}

struct State {
    monotonic: Duration,
    /// What the wall clock showed at `wall_set_at`.
    wall: Timestamp,
    wall_set_at: Duration,
    /// Those who sleep, by due time and then by the order of their calls.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    next: u64,
}

/// Wakers are woken and dropped only after the lock is released: either may run code that comes back to the clock.
impl Time {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn move_to(&self, target: Duration) {
        while let Some(waker) = self.next_until(target) {
            waker.wake();
        }
        self.prompt();
    }

    /// Takes the earliest sleeper that is due at `target` at the latest, or moves to `target`.
    fn next_until(&self, target: Duration) -> Option<Waker> {
        let mut state = self.lock();
        let sleeper = state.sleepers.first_entry().filter(|first| first.key().0 <= target);
        let (moment, waker) = match sleeper {
            Some(sleeper) => (sleeper.key().0, Some(sleeper.remove())),
            None => (target, None),
        };
        state.monotonic = state.monotonic.max(moment);
        waker
    }

    /// Has the earliest sleeper polled, so that automatic time moves on.
    fn prompt(&self) {
        if self.automatic {
            let first = self.lock().sleepers.values().next().cloned();
            first.inspect(Waker::wake_by_ref);
        }
    }

    fn forget(&self, key: (Duration, u64)) {
        let forgotten = self.lock().sleepers.remove(&key);
        if forgotten.is_some() {
            self.prompt();
        }
    }
}

struct Sleep {
    key: (Duration, u64),
    yields: u32,
    time: Arc<Time>,
}

impl Sleep {
    /// Registers the sleeper; says whether its time has come, and whether it is the earliest.
    fn register(&self, waker: &Waker) -> Turn {
        let mut state = self.time.lock();
        if state.monotonic >= self.key.0 {
            return Turn::Due;
        }
        let replaced = state.sleepers.insert(self.key, waker.clone());
        let earliest = state.sleepers.keys().next() == Some(&self.key);
        drop(state);
        drop(replaced);
        if earliest { Turn::Earliest } else { Turn::Later }
    }
}

enum Turn {
    Due,
    Earliest,
    Later,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.register(context.waker()) {
            Turn::Due => {
                self.time.forget(self.key);
                return Poll::Ready(());
            }
            Turn::Earliest if self.time.automatic && self.yields == PATIENCE => {
                self.time.forget(self.key);
                self.time.move_to(self.key.0);
                return Poll::Ready(());
            }
            Turn::Earliest if self.time.automatic => {
                self.yields += 1;
                context.waker().wake_by_ref();
            }
            Turn::Earliest | Turn::Later => self.yields = 0,
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.time.forget(self.key);
    }
}

#[cfg(test)]
mod tests;
