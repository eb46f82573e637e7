//! Receivers that fail again and again are left alone.

use o2_core::ports::Clock;
use o2_testkit::webhook::Refusal;

use crate::world::{MINUTE, SECOND, world};

#[test]
fn a_circuit_opens_tries_once_and_closes() {
    let mut world = world();
    world.settings.circuit_failures = 3;
    let sink = world.subscribe("a");
    sink.refuse(4, Refusal::Unreachable);
    world.publish(3);
    world.while_delivering(async {
        world.clock.sleep(20 * SECOND).await;
        assert_eq!(world.times(&sink), [0, 1, 3], "then it is open");
        world.clock.sleep(3 * MINUTE).await;
    });
    assert_eq!(
        world.times(&sink),
        [0, 1, 3, 33, 93, 93, 93],
        "30 s, then twice as long"
    );
    assert_eq!(sink.deliveries().len(), 3);
}

#[test]
fn what_a_receiver_refuses_does_not_open_its_circuit() {
    let mut world = world();
    world.settings.circuit_failures = 2;
    let sink = world.subscribe("a");
    let refusal = Refusal::Status {
        status: 404,
        retry_after: None,
    };
    sink.refuse(5, refusal);
    world.publish(1);
    world.deliver_for(MINUTE);
    assert_eq!(world.times(&sink), [0, 1, 3, 7, 15, 31]);
}

#[test]
fn the_status_shows_what_waits_and_why() {
    let mut world = world();
    world.settings.circuit_failures = 2;
    let sink = world.subscribe("a");
    world.subscribe("b");
    sink.refuse(100, Refusal::Unreachable);
    world.publish(2);
    let deliveries = world.deliveries();
    let run = std::pin::pin!(deliveries.run(std::future::pending()));
    let time = std::pin::pin!(world.clock.sleep(6 * SECOND));
    futures::executor::block_on(futures::future::select(run, time));
    let status = deliveries.status();
    assert_eq!(status.len(), 1, "{status:?}");
    let shown = serde_json::to_value(&status[0]).unwrap();
    assert_eq!(shown["subscriptionId"], "a");
    assert_eq!((&shown["queued"], &shown["attempts"]), (&2.into(), &2.into()));
    assert_eq!(shown["circuit"], "open");
    assert_eq!(shown["oldest"], "2026-01-01T00:00:00Z");
}
