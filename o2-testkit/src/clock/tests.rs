//! Manual and automatic mode.

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
