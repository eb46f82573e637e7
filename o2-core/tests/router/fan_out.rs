//! The three ways to ask several plugins, in virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use o2_core::ports::Clock;
use o2_core::registry::Registered;
use o2_core::router::Failures;
use o2_core::router::fan_out::{fallback, first, merge, split};
use o2_core::{Error, ErrorKind, Fault, Plugin, PluginId, Result};
use o2_testkit::ManualClock;

use crate::world::World;

type Target = Arc<Registered<dyn Plugin>>;

/// How long a plugin takes, and what it answers.
type Answer = (u64, Result<u32, ErrorKind>);

/// Plugins `p0`, `p1`, … that answer as told.
struct Panel {
    targets: Vec<Target>,
    answers: Vec<Answer>,
    clock: Arc<ManualClock>,
    asked: AtomicUsize,
}

impl Panel {
    fn new(answers: &[Answer]) -> Self {
        let names = (0..answers.len()).map(|number| format!("p{number}"));
        let world = names.fold(World::new([]), |world, name| world.with(&name));
        Self {
            targets: world.registry.snapshot().ranked().to_vec(),
            answers: answers.to_vec(),
            clock: ManualClock::auto(),
            asked: AtomicUsize::new(0),
        }
    }

    fn ask<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<u32>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let number: usize = target.name().as_str()[1..].parse().unwrap();
        let (seconds, answer) = self.answers[number];
        let sleep = self.clock.sleep(Duration::from_secs(seconds));
        async move {
            sleep.await;
            answer.map_err(|kind| Error::new(kind, "no"))
        }
        .boxed()
    }

    fn seconds(&self) -> u64 {
        self.clock.monotonic().as_secs()
    }
}

fn shown(outcome: Result<(PluginId, u32)>) -> String {
    match outcome {
        Ok((plugin, value)) => format!("{plugin} {value}"),
        Err(error) => format!("{} {}", error.plugin().map_or("-", PluginId::as_str), error.kind()),
    }
}

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn merge_asks_everybody_a_few_at_a_time_and_keeps_the_order() {
    use ErrorKind::Timeout;
    for (concurrency, seconds) in [(1, 10), (2, 6), (9, 4), (0, 10)] {
        let panel = Panel::new(&[(4, Ok(1)), (1, Ok(2)), (3, Err(Timeout)), (2, Ok(4))]);
        let answers = send(merge(&panel.targets, concurrency, |target| panel.ask(target))).await;
        let shown: Vec<_> = answers
            .into_iter()
            .map(|(name, answer)| shown(answer.map(|value| (name, value))))
            .collect();
        assert_eq!(shown, ["p0 1", "p1 2", "- timeout", "p3 4"]);
        assert_eq!(panel.seconds(), seconds, "{concurrency} at a time");
    }
}

#[tokio::test]
async fn a_merge_is_as_good_as_its_best_answer_and_as_bad_as_its_worst_failure() {
    use ErrorKind::{NotFound, Timeout, Unavailable};
    let known = |kinds: &[ErrorKind]| {
        let mut failures = Failures::new();
        failures.extend(
            kinds
                .iter()
                .map(|kind| (PluginId::new("known"), Error::new(*kind, "no"))),
        );
        failures
    };
    for (answers, known_failures, expected) in [
        (&[(0, Ok(1)), (0, Ok(2))][..], known(&[]), Ok((2, ""))),
        (
            &[(0, Ok(1)), (0, Err(Timeout))],
            known(&[Unavailable]),
            Ok((1, "known=unavailable, p1=timeout")),
        ),
        (
            &[(0, Err(NotFound)), (0, Err(Timeout))],
            known(&[]),
            Err(("p1", Timeout)),
        ),
        (
            &[(0, Err(Timeout)), (0, Err(Timeout))],
            known(&[]),
            Err(("p0", Timeout)),
        ),
        (&[(0, Err(Timeout))], known(&[Unavailable]), Err(("known", Unavailable))),
        (&[], known(&[]), Err(("-", Unavailable))),
    ] {
        let panel = Panel::new(answers);
        let answers = merge(&panel.targets, 8, |target| panel.ask(target)).await;
        match (split(answers, known_failures), expected) {
            (Ok((good, failures)), Ok((count, text))) => {
                assert_eq!((good.len(), failures.to_string().as_str()), (count, text));
            }
            (Err(error), Err((plugin, kind))) => {
                assert_eq!(
                    (error.plugin().map_or("-", PluginId::as_str), error.kind()),
                    (plugin, kind)
                );
            }
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }
}

#[tokio::test]
async fn first_takes_the_fastest_good_answer() {
    use ErrorKind::{NotFound, Timeout, Unavailable};
    for (answers, concurrency, expected, seconds) in [
        (&[(3, Ok(1)), (1, Ok(2)), (2, Ok(3))][..], 8, "p1 2", 1),
        (&[(3, Ok(1)), (1, Err(Unavailable)), (2, Ok(3))], 8, "p2 3", 2),
        (&[(3, Ok(1)), (1, Ok(2)), (1, Ok(3))], 1, "p0 1", 3),
        (&[(3, Err(Timeout)), (1, Ok(2))], 1, "p1 2", 4),
        (
            &[(3, Err(NotFound)), (1, Err(Unavailable)), (2, Err(Timeout))],
            8,
            "p1 unavailable",
            3,
        ),
        (&[], 8, "- unavailable", 0),
    ] {
        let panel = Panel::new(answers);
        let found = send(first(&panel.targets, concurrency, |target| panel.ask(target))).await;
        assert_eq!((shown(found).as_str(), panel.seconds()), (expected, seconds));
        assert_eq!(panel.clock.sleepers(), 0, "losers are dropped");
    }
}

#[tokio::test]
async fn fallback_goes_on_after_failures_and_stops_at_answers() {
    use ErrorKind::*;
    for (answers, expected, asked) in [
        (&[(1, Ok(1)), (1, Ok(2))][..], "p0 1", 1),
        (&[(1, Err(Unavailable)), (1, Ok(2))], "p1 2", 2),
        (&[(1, Err(Timeout)), (1, Ok(2))], "p1 2", 2),
        (&[(1, Err(Internal)), (1, Ok(2))], "p1 2", 2),
        (&[(1, Err(Unsupported)), (1, Ok(2))], "p1 2", 2),
        (&[(1, Err(RateLimited)), (1, Ok(2))], "p1 2", 2),
        (&[(1, Err(NotFound)), (1, Ok(2))], "p0 notFound", 1),
        (&[(1, Err(InvalidInput)), (1, Ok(2))], "p0 invalidInput", 1),
        (
            &[(1, Err(Unavailable)), (1, Err(NotFound)), (1, Ok(2))],
            "p1 notFound",
            2,
        ),
        (
            &[(1, Err(Timeout)), (1, Err(Unavailable)), (1, Err(Unsupported))],
            "p1 unavailable",
            3,
        ),
        (&[], "- unavailable", 0),
    ] {
        let panel = Panel::new(answers);
        let found = send(fallback(&panel.targets, |target| panel.ask(target))).await;
        assert_eq!(
            (shown(found).as_str(), panel.asked.load(Ordering::Relaxed)),
            (expected, asked)
        );
        assert_eq!(panel.seconds(), asked as u64);
    }
}

#[tokio::test]
async fn a_not_found_that_is_the_backends_fault_is_no_answer() {
    let panel = Panel::new(&[(0, Ok(1)), (0, Ok(2))]);
    let broken = |target: &Target| -> BoxFuture<'_, Result<u32>> {
        let error = Error::not_found("endpoint", "/v3").with_fault(Fault::Backend);
        let answer = if target.name().as_str() == "p0" {
            Err(error)
        } else {
            Ok(2)
        };
        std::future::ready(answer).boxed()
    };
    assert_eq!(shown(fallback(&panel.targets, broken).await), "p1 2");
}
