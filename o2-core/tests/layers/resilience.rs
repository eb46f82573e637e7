//! Layers for backends that fail: retry and circuit breaker.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::{FutureExt, poll};
use o2_core::layer::Layered;
use o2_core::layers::{CircuitBreakerLayer, CircuitPolicy, CircuitState, RetryLayer, RetryPolicy};
use o2_core::ports::Clock;
use o2_core::{Error, ErrorKind, Fault, Retry};
use o2_testkit::ManualClock;

use crate::fake::{Fake, ItemPlugin, SECOND, Step, context, create, fail, fail_by, get, item, metrics};

use ErrorKind::{Conflict, Internal, NotFound, RateLimited, Timeout, Unavailable};

/// Five attempts; waits of up to 1, 2, 4, 4 seconds.
struct Retried {
    clock: Arc<ManualClock>,
    fake: Arc<Fake>,
    plugin: Layered<dyn ItemPlugin>,
}

impl Retried {
    fn new(seed: u64, script: impl IntoIterator<Item = Step>) -> Self {
        let clock = ManualClock::auto();
        let fake = Fake::new(&clock, script);
        let policy = RetryPolicy::new(5, SECOND, SECOND * 4);
        let layer = RetryLayer::new(policy, Arc::clone(&clock) as _, metrics()).with_seed(seed);
        let plugin = fake.layered(vec![Arc::new(layer)]);
        Self { clock, fake, plugin }
    }

    fn waits(&self) -> Vec<Duration> {
        let calls = self.fake.calls();
        calls.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

fn unsent(wait: Option<Duration>) -> Step {
    let error = Error::new(Unavailable, "no connection").with_retry(Retry::Safe);
    Step::Fail(match wait {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    })
}

/// How often a read and a create are called when the first call goes like this.
async fn check_attempts(title: &str, step: impl Fn() -> Step, reads: usize, creates: usize) {
    let retried = Retried::new(1, [step()]);
    let _ = get(&retried.plugin).await;
    assert_eq!(retried.fake.calls().len(), reads, "get after {title}");
    let retried = Retried::new(1, [step()]);
    let _ = create(&retried.plugin, &context()).await;
    assert_eq!(retried.fake.calls().len(), creates, "create after {title}");
}

#[tokio::test]
async fn only_what_is_safe_is_repeated() {
    check_attempts("an answer", || Step::Answer, 1, 1).await;
    check_attempts("silence", || fail(Timeout), 2, 1).await;
    check_attempts("a broken connection", || fail(Unavailable), 2, 1).await;
    check_attempts("no connection", || unsent(None), 2, 2).await;
    check_attempts("being told to wait", || fail(RateLimited), 2, 2).await;
    check_attempts("a final answer", || fail(NotFound), 1, 1).await;
    check_attempts("a defect", || fail(Internal), 1, 1).await;
    check_attempts("a panic", || Step::Panic, 1, 1).await;
}

#[tokio::test]
async fn an_idempotent_write_is_repeated_like_a_read() {
    let retried = Retried::new(1, [fail(Timeout)]);
    retried.plugin.delete_item(&context(), &item().id, false).await.unwrap();
    assert_eq!(retried.fake.calls().len(), 2);
}

#[tokio::test]
async fn waits_grow_differ_and_repeat_with_the_seed() {
    let mut seen = Vec::new();
    for seed in [1, 2, 3, 1] {
        let retried = Retried::new(seed, (0..4).map(|_| fail(Timeout)));
        get(&retried.plugin).await.unwrap();
        let waits = retried.waits();
        let longest = [1, 2, 4, 4].map(|seconds| SECOND * seconds);
        assert!(waits.iter().zip(longest).all(|(wait, most)| *wait <= most), "{waits:?}");
        seen.push(waits);
    }
    assert_eq!(seen[0], seen[3]);
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
}

#[tokio::test]
async fn after_the_last_attempt_nobody_else_shall_repeat() {
    let retried = Retried::new(
        1,
        (0..9).map(|number| Step::Fail(Error::new(Timeout, format!("silence {number}")))),
    );
    let error = get(&retried.plugin).await.unwrap_err();
    assert_eq!(retried.fake.calls().len(), 5);
    assert_eq!(
        (error.kind(), error.retry(), error.message()),
        (Timeout, Retry::Never, "silence 4")
    );

    let retried = Retried::new(1, [fail(Timeout)]);
    let error = create(&retried.plugin, &context()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::IfIdempotent, "not repeated, so the verdict stays");
}

#[tokio::test]
async fn a_backend_that_says_when_is_not_called_earlier() {
    let retried = Retried::new(1, [unsent(Some(SECOND * 4))]);
    get(&retried.plugin).await.unwrap();
    let wait = retried.waits()[0];
    assert!(wait >= SECOND * 4 && wait <= SECOND * 5, "{wait:?}");

    let retried = Retried::new(1, [unsent(Some(SECOND * 5))]);
    let error = get(&retried.plugin).await.unwrap_err();
    assert_eq!((retried.fake.calls().len(), error.retry_after()), (1, Some(SECOND * 5)));
}

#[tokio::test]
async fn no_wait_reaches_past_the_deadline() {
    for (deadline, calls) in [(SECOND * 3, 1), (SECOND * 8, 2), (SECOND * 60, 5)] {
        let retried = Retried::new(1, (0..9).map(|_| unsent(Some(SECOND * 4))));
        let context = context().with_deadline(deadline);
        let error = retried.plugin.get_item(&context, &item().id).await.unwrap_err();
        assert_eq!(
            (retried.fake.calls().len(), error.retry()),
            (calls, Retry::Never),
            "{deadline:?}"
        );
        assert!(retried.clock.monotonic() < deadline);
    }
}

/// Opens after three failures, for ten seconds.
struct Circuit {
    clock: Arc<ManualClock>,
    fake: Arc<Fake>,
    breaker: Arc<CircuitBreakerLayer>,
    plugin: Layered<dyn ItemPlugin>,
}

impl Circuit {
    fn new(script: impl IntoIterator<Item = Step>) -> Self {
        let clock = ManualClock::new();
        let fake = Fake::new(&clock, script);
        let policy = CircuitPolicy::new(3, SECOND * 10);
        let breaker = Arc::new(CircuitBreakerLayer::new(policy, Arc::clone(&clock) as _, metrics()));
        let plugin = fake.layered(vec![Arc::clone(&breaker) as _]);
        Self {
            clock,
            fake,
            breaker,
            plugin,
        }
    }

    /// Open since now.
    async fn opened(script: impl IntoIterator<Item = Step>) -> Self {
        let failures = (0..3).map(|_| fail(Timeout));
        let circuit = Self::new(failures.chain(script));
        circuit.call(3).await;
        assert_eq!(circuit.breaker.state(), CircuitState::Open);
        circuit
    }

    async fn call(&self, times: usize) {
        for _ in 0..times {
            let _ = get(&self.plugin).await;
        }
    }
}

#[tokio::test]
async fn only_failures_of_the_backend_in_a_row_open_the_circuit() {
    let (gateway, backend) = (Fault::Gateway, Fault::Backend);
    for (script, expected) in [
        (
            vec![fail(Timeout), fail(Unavailable), fail_by(Internal, backend)],
            CircuitState::Open,
        ),
        (vec![fail(Timeout), fail(Timeout)], CircuitState::Closed),
        (
            vec![fail(Timeout), fail(Timeout), Step::Answer, fail(Timeout)],
            CircuitState::Closed,
        ),
        (
            vec![fail(Timeout), fail(Timeout), fail(Conflict), fail(Timeout)],
            CircuitState::Closed,
        ),
        (
            vec![fail(NotFound), fail(NotFound), fail(NotFound)],
            CircuitState::Closed,
        ),
        (
            vec![fail(Internal), Step::Panic, fail_by(Unavailable, gateway)],
            CircuitState::Closed,
        ),
        (
            vec![fail(Timeout), fail(Timeout), Step::Panic, fail(Timeout)],
            CircuitState::Open,
        ),
        (
            vec![
                fail(Timeout),
                fail(Timeout),
                fail_by(Timeout, Fault::Caller),
                fail(Timeout),
            ],
            CircuitState::Open,
        ),
    ] {
        let title = format!("{script:?}");
        let steps = script.len();
        let circuit = Circuit::new(script);
        circuit.call(steps).await;
        assert_eq!(circuit.breaker.state(), expected, "{title}");
    }
}

#[tokio::test]
async fn an_open_circuit_refuses_and_says_for_how_long() {
    let circuit = Circuit::opened([]).await;
    circuit.clock.advance(SECOND * 4);
    let error = get(&circuit.plugin).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault(), error.retry()),
        (Unavailable, Fault::Backend, Retry::Safe)
    );
    assert_eq!(error.retry_after(), Some(SECOND * 6));
    assert_eq!(
        error.message(),
        "plugin 'lab' is not called for now, because it failed repeatedly"
    );
    assert_eq!(circuit.fake.calls().len(), 3);
}

#[tokio::test]
async fn a_half_open_circuit_lets_one_call_of_many_through() {
    let circuit = Circuit::opened([Step::Take(SECOND)]).await;
    circuit.clock.advance(SECOND * 10);
    assert_eq!(circuit.breaker.state(), CircuitState::HalfOpen);
    let mut calls: Vec<_> = (0..10).map(|_| get(&circuit.plugin).boxed()).collect();
    let mut probe = calls.remove(0);
    assert!(poll!(&mut probe).is_pending());
    let others = join_all(calls).await;
    assert!(
        others
            .iter()
            .all(|result| result.as_ref().is_err_and(|error| error.is(Unavailable)))
    );
    assert_eq!(circuit.fake.calls().len(), 4);

    circuit.clock.advance(SECOND);
    probe.await.unwrap();
    assert_eq!(circuit.breaker.state(), CircuitState::Closed);
    get(&circuit.plugin).await.unwrap();
}

#[tokio::test]
async fn the_probe_decides() {
    for (step, expected) in [
        (Step::Answer, CircuitState::Closed),
        (fail(NotFound), CircuitState::Closed),
        (fail(Unavailable), CircuitState::Open),
        (Step::Panic, CircuitState::HalfOpen),
    ] {
        let title = format!("{step:?}");
        let circuit = Circuit::opened([step]).await;
        circuit.clock.advance(SECOND * 10);
        circuit.call(1).await;
        assert_eq!(circuit.breaker.state(), expected, "{title}");
        assert_eq!(circuit.fake.calls().len(), 4);
    }
}

#[tokio::test]
async fn a_dropped_probe_makes_room_for_the_next() {
    let circuit = Circuit::opened([Step::Hang]).await;
    circuit.clock.advance(SECOND * 10);
    assert!(get(&circuit.plugin).now_or_never().is_none());
    get(&circuit.plugin).await.unwrap();
    assert_eq!(circuit.breaker.state(), CircuitState::Closed);
}

#[tokio::test]
async fn a_late_answer_from_before_does_not_close_the_circuit() {
    let failures = (0..3).map(|_| fail(Timeout));
    let slow = [Step::Take(SECOND), Step::Take(SECOND * 11)];
    let circuit = Circuit::new(slow.into_iter().chain(failures).chain([Step::Hang]));
    let (mut early, mut late) = (get(&circuit.plugin).boxed(), get(&circuit.plugin).boxed());
    assert!(poll!(&mut early).is_pending() && poll!(&mut late).is_pending());
    circuit.call(3).await;
    circuit.clock.advance(SECOND);
    early.await.unwrap();
    assert_eq!(circuit.breaker.state(), CircuitState::Open);

    circuit.clock.advance(SECOND * 10);
    let mut probe = get(&circuit.plugin).boxed();
    assert!(poll!(&mut probe).is_pending());
    late.await.unwrap();
    assert_eq!(circuit.breaker.state(), CircuitState::HalfOpen);
    get(&circuit.plugin).await.expect_err("the probe still runs");
}
