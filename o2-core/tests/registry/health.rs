//! Health checks and the end of all plugins, in virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::{BoxFuture, FutureExt, join, pending, ready};
use o2_core::ports::Clock;
use o2_core::registry::{HealthChecks, RegisterOptions, Status};
use o2_core::{Error, ErrorKind, Health, HealthStatus, Result, Timestamp};
use o2_testkit::ManualClock;

use crate::fake::Fake;
use crate::{SECOND, context, kind, registry, status};

fn closing(name: &str, close: impl Fn() -> BoxFuture<'static, Result<()>> + Send + Sync + 'static) -> Fake {
    let mut plugin = Fake::new(name);
    plugin.close = Box::new(close);
    plugin
}

/// A host may run the future on any thread.
fn send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn the_operator_comes_before_the_host_and_the_host_before_the_health_check() {
    let ill = Fake::new("x").health(|| ready(Health::unhealthy(Timestamp::UNIX_EPOCH, "no route")).boxed());
    let registry = registry([ill]);
    let clock = ManualClock::auto();
    registry.check_health(&context(), &*clock, &HealthChecks::new()).await;
    assert_eq!(status(&registry, "x"), Status::Unhealthy);
    registry.mark_failed("x", "panicked twice").unwrap();
    assert_eq!(status(&registry, "x"), Status::Failed);
    assert_eq!(registry.get("x").unwrap().failure(), Some("panicked twice"));
    registry.disable("x").unwrap();
    assert_eq!(registry.statuses(), [("x".into(), Status::Disabled)]);
    registry.enable("x").unwrap();
    assert_eq!(status(&registry, "x"), Status::Active);

    let options = RegisterOptions::new().disabled();
    registry.register(Fake::new("off").build(), options).unwrap();
    assert_eq!(status(&registry, "off"), Status::Disabled);
}

#[tokio::test]
async fn whatever_a_health_check_does_the_others_are_checked() {
    let at = Timestamp::UNIX_EPOCH;
    let registry = registry([
        Fake::new("hangs").health(|| pending().boxed()),
        Fake::new("panics").health(|| panic!("out of luck")),
        Fake::new("panics-later").health(|| async { panic!("out of luck") }.boxed()),
        Fake::new("ill").health(move || ready(Health::unhealthy(at, "no route")).boxed()),
        Fake::new("weak").health(move || ready(Health::degraded(at, "slow disk")).boxed()),
        Fake::new("well"),
        Fake::new("off").health(|| panic!("nobody asks")),
    ]);
    registry.disable("off").unwrap();
    let clock = ManualClock::auto();
    let checks = HealthChecks::new().with_timeout(SECOND * 5);
    let found = send(registry.check_health(&context(), &*clock, &checks)).await;

    let expected = [
        (
            "hangs",
            HealthStatus::Unhealthy,
            "no answer within 5s",
            Status::Unhealthy,
        ),
        (
            "panics",
            HealthStatus::Unhealthy,
            "the plugin panicked",
            Status::Unhealthy,
        ),
        (
            "panics-later",
            HealthStatus::Unhealthy,
            "the plugin panicked",
            Status::Unhealthy,
        ),
        ("ill", HealthStatus::Unhealthy, "no route", Status::Unhealthy),
        ("weak", HealthStatus::Degraded, "slow disk", Status::Active),
        ("well", HealthStatus::Healthy, "", Status::Active),
    ];
    assert_eq!(found.len(), expected.len());
    for ((name, health), expected) in found.iter().zip(expected) {
        let found = (
            name.as_str(),
            health.status,
            health.message.as_str(),
            status(&registry, name.as_str()),
        );
        assert_eq!(found, expected);
        assert_eq!(registry.get(name.as_str()).unwrap().health(), Some(health));
    }
    assert_eq!(status(&registry, "off"), Status::Disabled);
    assert_eq!(clock.monotonic(), SECOND * 5);
}

#[tokio::test]
async fn a_plugin_that_recovers_is_active_again() {
    let well = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&well);
    let registry = registry([Fake::new("x").health(move || {
        ready(if seen.load(Ordering::Relaxed) {
            Health::healthy(Timestamp::UNIX_EPOCH)
        } else {
            Health::unhealthy(Timestamp::UNIX_EPOCH, "booting")
        })
        .boxed()
    })]);
    let clock = ManualClock::auto();
    let check = async || {
        registry
            .check_health_of("x", &context(), &*clock, SECOND)
            .await
            .unwrap();
        status(&registry, "x")
    };
    assert_eq!(check().await, Status::Unhealthy);
    well.store(true, Ordering::Relaxed);
    assert_eq!(check().await, Status::Active);
    let nobody = registry.check_health_of("y", &context(), &*clock, SECOND).await;
    assert_eq!(kind(nobody), ErrorKind::NotFound);
}

#[tokio::test]
async fn checks_run_side_by_side_but_not_all_at_once() {
    for (concurrency, seconds) in [(1, 30), (2, 15), (4, 10), (99, 5), (0, 30)] {
        let registry = registry((0..6).map(|n| Fake::new(&format!("p{n}")).health(|| pending().boxed())));
        let clock = ManualClock::auto();
        let checks = HealthChecks::new()
            .with_timeout(SECOND * 5)
            .with_concurrency(concurrency);
        registry.check_health(&context(), &*clock, &checks).await;
        assert_eq!(clock.monotonic(), SECOND * seconds, "{concurrency} at a time");
    }
}

#[tokio::test]
async fn a_late_finding_about_a_replaced_plugin_is_not_blamed_on_the_new_one() {
    let clock = ManualClock::auto();
    let slow = Arc::clone(&clock);
    let registry = registry([Fake::new("x").health(move || {
        let sleep = slow.sleep(SECOND);
        async move {
            sleep.await;
            Health::unhealthy(Timestamp::UNIX_EPOCH, "old and tired")
        }
        .boxed()
    })]);
    let change = async { registry.replace(Fake::new("x").build()).unwrap() };
    let context = context();
    let (found, _) = join(registry.check_health_of("x", &context, &*clock, SECOND * 5), change).await;
    assert_eq!(found.unwrap().status, HealthStatus::Unhealthy);
    assert_eq!(status(&registry, "x"), Status::Active);
    assert!(registry.get("x").unwrap().health().is_none());
}

#[tokio::test]
async fn rounds_of_checks_go_on_until_shutdown() {
    let clock = ManualClock::auto();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let registry = registry([Fake::new("x").health(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        ready(Health::healthy(Timestamp::UNIX_EPOCH)).boxed()
    })]);
    let checks = HealthChecks::new().with_interval(SECOND * 30);
    let rounds = send(registry.run_health(&*clock, checks, clock.sleep(SECOND * 100)));
    rounds.await;
    assert_eq!(count.load(Ordering::Relaxed), 4);
    assert_eq!(clock.monotonic(), SECOND * 100);
}

#[tokio::test]
async fn who_is_back_is_found_well_before_the_next_round() {
    let clock = ManualClock::auto();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let back = Fake::new("back").health({
        let clock = Arc::clone(&clock);
        move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let down = clock.monotonic() < SECOND * 12;
            let health = if down { Health::unhealthy } else { Health::degraded };
            ready(health(Timestamp::UNIX_EPOCH, "no route")).boxed()
        }
    });
    let well = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&well);
    let well_all_the_time = Fake::new("well").health(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        ready(Health::healthy(Timestamp::UNIX_EPOCH)).boxed()
    });
    let registry = registry([back, well_all_the_time]);
    let checks = HealthChecks::new().with_interval(SECOND * 30).with_recheck(SECOND * 5);
    registry.run_health(&*clock, checks, clock.sleep(SECOND * 29)).await;
    // At 0, 5, 10 and 15 s; and no more since it is well.
    assert_eq!(count.load(Ordering::Relaxed), 4);
    assert_eq!(status(&registry, "back"), Status::Active);
    assert_eq!(well.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn closing_all_waits_for_nobody_forever_and_names_who_failed() {
    let clock = ManualClock::auto();
    let registry = registry([
        Fake::new("well"),
        closing("hangs", || pending().boxed()),
        closing("panics", || panic!("out of luck")),
        closing("fails", || ready(Err(Error::conflict("still busy"))).boxed()),
    ]);
    let closed = send(registry.close_all(&*clock, SECOND * 3, 8)).await;
    let outcome: Vec<_> = closed
        .iter()
        .map(|(name, outcome)| (name.as_str(), outcome.as_ref().err().map(Error::kind)))
        .collect();
    assert_eq!(
        outcome,
        [
            ("well", None),
            ("hangs", Some(ErrorKind::Timeout)),
            ("panics", Some(ErrorKind::Internal)),
            ("fails", Some(ErrorKind::Conflict)),
        ]
    );
    assert_eq!(clock.monotonic(), SECOND * 3);
    assert!(
        registry
            .statuses()
            .iter()
            .all(|(_, status)| *status == Status::Disabled)
    );
}
