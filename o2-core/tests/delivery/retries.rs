//! When a notification is tried again, and when it is given up.

use std::time::Duration;

use futures::executor::block_on;
use o2_core::delivery::Profile;
use o2_core::ports::Clock;
use o2_core::query::Query;
use o2_core::{Context, Timestamp};
use o2_testkit::webhook::Refusal;
use proptest::prelude::*;

use crate::world::{HOUR, MINUTE, SECOND, sequences, world};

const BUSY: Refusal = Refusal::Status {
    status: 500,
    retry_after: None,
};

fn later(seconds: u32) -> Refusal {
    Refusal::Status {
        status: 503,
        retry_after: Some(seconds),
    }
}

#[test]
fn the_profile_seed_tries_for_half_a_minute() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(6, BUSY);
    world.publish(2);
    world.deliver_for(MINUTE);
    assert_eq!(
        world.times(&sink),
        [0, 1, 3, 7, 15, 31, 31],
        "the next one goes on at once"
    );
    assert_eq!(sequences(&sink), [2]);
    assert_eq!(world.keys("deadletter/"), ["deadletter/a/00000000000000000001"]);
    assert_eq!(world.keys("delivery/"), [""; 0]);
    assert_eq!((world.counted("failed"), world.counted("dead")), (6, 1));
}

#[test]
fn the_profile_standard_tries_for_a_day() {
    let mut world = world();
    (world.settings.refresh, world.settings.lease) = (HOUR, 3 * HOUR);
    let sink = world.subscribe("a");
    world
        .subscribers
        .change("a", |receiver| receiver.profile = Profile::Standard);
    sink.refuse(10, BUSY);
    world.publish(1);
    world.deliver_for(24 * HOUR);
    let waits = [5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600];
    let mut times = vec![0];
    times.extend(waits.iter().scan(0, |time, wait| {
        *time += wait;
        Some(*time)
    }));
    assert_eq!(world.times(&sink), times);
    assert_eq!(world.keys("deadletter/").len(), 1);
}

#[test]
fn every_way_to_fail_is_tried_again() {
    for refusal in [
        Refusal::Unreachable,
        Refusal::Status {
            status: 301,
            retry_after: None,
        },
        Refusal::Status {
            status: 404,
            retry_after: None,
        },
        BUSY,
    ] {
        let world = world();
        let sink = world.subscribe("a");
        sink.refuse(1, refusal);
        world.publish(1);
        world.deliver_for(MINUTE);
        assert_eq!(world.times(&sink), [0, 1], "{refusal:?}");
        assert_eq!(sequences(&sink), [1]);
    }
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(1, Refusal::Silence);
    world.publish(1);
    world.deliver_for(MINUTE);
    assert_eq!(world.times(&sink), [0, 31], "30 s and then one more");
}

#[test]
fn attempts_have_the_same_id() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(3, BUSY);
    world.publish(1);
    world.deliver_for(MINUTE);
    let attempts = sink.attempts();
    assert_eq!(attempts.len(), 4);
    for attempt in &attempts {
        assert_eq!(
            attempt.request.header("webhook-id"),
            attempts[0].request.header("webhook-id")
        );
        assert_eq!(attempt.json()["notificationId"], attempts[0].json()["notificationId"]);
    }
}

#[test]
fn retry_after_is_kept_to_and_holds_for_the_whole_origin() {
    let world = world();
    let sink = world.subscribe("a");
    let receiver = o2_core::delivery::Receiver::new("https://a.test/notify/b".parse().unwrap());
    world.subscribers.set("b", receiver);
    sink.refuse(1, later(20));
    world.publish(1);
    world.while_delivering(async {
        world.clock.sleep(5 * SECOND).await;
        world.publish(1);
        world.clock.sleep(MINUTE).await;
    });
    let times = world.times(&sink);
    let after: Vec<_> = times.iter().filter(|time| **time > 0).collect();
    assert!(after.iter().all(|time| **time == 20), "{times:?}");
    assert_eq!(sink.deliveries().len(), 4);
}

#[test]
fn retry_after_is_never_longer_than_an_hour() {
    let mut world = world();
    world.settings.refresh = MINUTE;
    let sink = world.subscribe("a");
    sink.refuse(1, later(1_000_000));
    world.publish(1);
    world.deliver_for(2 * HOUR);
    assert_eq!(world.times(&sink), [0, 3600]);
}

#[test]
fn a_shorter_retry_after_does_not_shorten_the_wait() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(3, later(1));
    world.publish(1);
    world.deliver_for(MINUTE);
    assert_eq!(world.times(&sink), [0, 1, 3, 7]);
}

#[test]
fn attempts_are_remembered_across_a_restart() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(100, BUSY);
    world.publish(1);
    world.deliver_for(5 * SECOND);
    assert_eq!(world.times(&sink), [0, 1, 3]);
    world.deliver_for(2 * MINUTE);
    let times = world.times(&sink);
    assert_eq!(times.len(), 6, "{times:?}");
    assert!(times[3] >= 15, "the leases of the first have to end: {times:?}");
    let letters = block_on(world.letters().list(&Context::new("test"), &Query::new())).unwrap();
    assert_eq!(letters.items[0].attempt_count, 6);
    assert_eq!(letters.items[0].attempts.len(), 5);
}

#[test]
fn a_clock_that_jumps_neither_hammers_nor_stalls() {
    // Within the time for which entries are kept: what is older after a restart is given up.
    const DAYS: Duration = Duration::from_secs(5 * 86_400);
    let back = |_| Timestamp::from_unix_seconds(1_000_000_000);
    let forth = |now: Timestamp| now.plus(DAYS);
    for jump in [back as fn(Timestamp) -> Timestamp, forth] {
        let world = world();
        let sink = world.subscribe("a");
        sink.refuse(100, BUSY);
        world.publish(1);
        world.while_delivering(async {
            world.clock.sleep(2 * SECOND).await;
            world.clock.jump_wall(jump(world.clock.now()));
            world.clock.sleep(2 * SECOND).await;
        });
        assert_eq!(sink.attempts().len(), 3, "0, 1 and 3 s");
        // After a restart as well; the longest wait that is left is 4 s.
        let before = world.clock.monotonic();
        world.while_delivering(async {
            while sink.attempts().len() < 4 {
                world.clock.sleep(SECOND).await;
            }
        });
        assert!(world.clock.monotonic() - before < 25 * SECOND);
    }
}

#[test]
fn a_jump_of_years_makes_nothing_too_old() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(4, BUSY);
    world.publish(1);
    world.while_delivering(async {
        world.clock.sleep(2 * SECOND).await;
        world.clock.jump_wall(Timestamp::parse("2040-01-01T00:00:00Z").unwrap());
        sink.delivery(1, MINUTE).await;
    });
    assert_eq!(world.keys("deadletter/"), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn waits_stay_within_the_jitter(jitter in 0_u8..=100) {
        let mut world = world();
        world.settings.waits.jitter = jitter;
        let sink = world.subscribe("a");
        sink.refuse(5, BUSY);
        world.publish(1);
        world.deliver_for(2 * MINUTE);
        let start = sink.attempts()[0].time;
        let times: Vec<Duration> = sink.attempts().iter().map(|attempt| attempt.time.since(start)).collect();
        let share = f64::from(jitter) / 100.0;
        for (pair, planned) in times.windows(2).zip([1.0, 2.0, 4.0, 8.0, 16.0]) {
            let wait = (pair[1] - pair[0]).as_secs_f64();
            prop_assert!(wait >= planned * (1.0 - share) - 0.001 && wait <= planned * (1.0 + share) + 0.001);
        }
    }
}
