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
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use futures::{FutureExt, future, poll};
    use std::task::Wake;

    const SECOND: Duration = Duration::from_secs(1);

    /// Who was woken, and when.
    type Notes = Arc<Mutex<Vec<(char, Duration)>>>;

    struct Noting {
        name: char,
        clock: Arc<ManualClock>,
        notes: Notes,
    }

    impl Wake for Noting {
        fn wake(self: Arc<Self>) {
            self.notes.lock().unwrap().push((self.name, self.clock.monotonic()));
        }
    }

    #[test]
    fn sleepers_are_woken_in_the_order_and_at_the_moment_they_are_due() {
        let clock = ManualClock::new();
        let notes = Notes::default();
        let mut sleeps: Vec<_> = [('a', 30), ('b', 10), ('c', 20), ('d', 10), ('e', 99)]
            .into_iter()
            .map(|(name, seconds)| {
                let waker = Waker::from(Arc::new(Noting {
                    name,
                    clock: Arc::clone(&clock),
                    notes: Arc::clone(&notes),
                }));
                let mut sleep = clock.sleep(SECOND * seconds);
                assert!(sleep.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
                sleep
            })
            .collect();
        assert_eq!(clock.sleepers(), 5);

        clock.advance(SECOND * 40);
        let expected = [('b', 10), ('d', 10), ('c', 20), ('a', 30)].map(|(name, at)| (name, SECOND * at));
        assert_eq!(*notes.lock().unwrap(), expected);
        assert_eq!(clock.monotonic(), SECOND * 40);

        let mut context = Context::from_waker(Waker::noop());
        let ended = sleeps
            .iter_mut()
            .map(|sleep| sleep.poll_unpin(&mut context))
            .filter(Poll::is_ready)
            .count();
        assert_eq!((ended, clock.sleepers()), (4, 1));
        drop(sleeps);
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn time_goes_to_the_next_sleeper_and_no_further() {
        let clock = ManualClock::new();
        assert!(!clock.advance_to_next());
        let (mut first, mut second) = (clock.sleep(SECOND), clock.sleep(SECOND * 5));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());

        assert!(clock.advance_to_next());
        assert!(poll!(&mut first).is_ready() && poll!(&mut second).is_pending());
        assert_eq!(clock.monotonic(), SECOND);
        assert!(clock.advance_to_next());
        assert!(poll!(&mut second).is_ready());
        assert_eq!(clock.monotonic(), SECOND * 5);
    }

    #[tokio::test]
    async fn a_sleep_counts_from_its_call_and_an_empty_one_ends_at_once() {
        let clock = ManualClock::new();
        let mut sleep = clock.sleep(SECOND);
        clock.advance(SECOND);
        assert!(poll!(&mut sleep).is_ready());
        assert!(poll!(clock.sleep(Duration::ZERO)).is_ready());
    }

    #[tokio::test]
    async fn a_jump_of_the_wall_clock_wakes_nobody() {
        let clock = ManualClock::new();
        let mut sleep = clock.sleep(SECOND * 10);
        assert!(poll!(&mut sleep).is_pending());
        for year in ["2001-01-01T00:00", "2031-01-01T00:00"] {
            let start = Timestamp::parse(&format!("{year}:00Z")).unwrap();
            clock.jump_wall(start);
            clock.advance(SECOND);
            assert_eq!(clock.now(), start.plus(SECOND));
            assert!(poll!(&mut sleep).is_pending());
        }
        assert_eq!(clock.monotonic(), SECOND * 2);
    }

    #[tokio::test]
    async fn automatic_time_decides_timeouts_as_real_time_would() {
        let hang = future::pending::<()>;
        for (work, limit, expected, at) in [(5, 10, Ok(()), 5), (10, 5, Err(SECOND * 5), 5)] {
            let clock: Arc<dyn Clock> = ManualClock::auto();
            assert_eq!(clock.within(SECOND * limit, clock.sleep(SECOND * work)).await, expected);
            assert_eq!(clock.monotonic(), SECOND * at);
        }
        let clock: Arc<dyn Clock> = ManualClock::auto();
        assert_eq!(clock.within(SECOND, hang()).await, Err(SECOND));
        let nested = clock.within(SECOND * 9, clock.within(SECOND * 7, hang()));
        assert_eq!(nested.await, Ok(Err(SECOND * 7)));
        assert_eq!(clock.monotonic(), SECOND * 8);
    }

    #[tokio::test]
    async fn automatic_time_waits_for_work_that_can_run() {
        let clock: Arc<dyn Clock> = ManualClock::auto();
        let (first, hop) = oneshot::channel::<()>();
        let (last, done) = oneshot::channel::<()>();
        let relay = async {
            hop.await.unwrap();
            tokio::task::yield_now().await;
            last.send(()).unwrap();
        };
        let kick = async { first.send(()).unwrap() };
        let (outcome, (), ()) = futures::join!(clock.within(SECOND, done), relay, kick);
        assert_eq!(outcome, Ok(Ok(())));
        assert_eq!(clock.monotonic(), Duration::ZERO);
    }

    #[tokio::test]
    async fn automatic_time_interleaves_independent_loops() {
        let clock = ManualClock::auto();
        let log = Mutex::new(Vec::new());
        let every = async |name: char, seconds: u32, times: u32| {
            for _ in 0..times {
                clock.sleep(SECOND * seconds).await;
                log.lock().unwrap().push((name, clock.monotonic().as_secs()));
            }
        };
        futures::join!(every('a', 3, 2), every('b', 2, 4));
        let expected = [('b', 2), ('a', 3), ('b', 4), ('a', 6), ('b', 6), ('b', 8)];
        let mut log = log.into_inner().unwrap();
        log.sort_by_key(|&(name, at)| (at, name));
        assert_eq!(log, expected);
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn dropping_the_earliest_sleeper_lets_automatic_time_move_on() {
        let clock = ManualClock::auto();
        let mut early = clock.sleep(SECOND);
        assert!(poll!(&mut early).is_pending());
        let dropper = async {
            tokio::task::yield_now().await;
            drop(early);
        };
        futures::join!(clock.sleep(SECOND * 2), dropper);
        assert_eq!(clock.monotonic(), SECOND * 2);
    }
}
