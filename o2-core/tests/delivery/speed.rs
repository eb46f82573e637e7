//! Delivery wakes only what has something to do.

use std::sync::atomic::Ordering;

use o2_core::ports::Clock;

use crate::world::{MINUTE, SECOND, world};

#[test]
fn receivers_are_asked_for_once_while_nothing_changes() {
    let world = world();
    let sink = world.subscribe("a");
    world.publish(50);
    world.while_delivering(async {
        sink.delivery(50, SECOND).await;
    });
    assert_eq!(world.subscribers.asked.load(Ordering::SeqCst), 1);
}

#[test]
fn what_is_delivered_together_is_written_together() {
    let world = world();
    for number in 0..100 {
        world.subscribe(&format!("s{number}"));
    }
    world.publish(1);
    let before = futures::executor::block_on(world.store.revision()).unwrap();
    world.deliver_for(SECOND);
    let commits = futures::executor::block_on(world.store.revision()).unwrap().0 - before.0;
    assert_eq!(world.counted("delivered"), 100);
    assert!(commits < 40, "{commits} commits for 100 deliveries in 16 shards");
}

#[test]
fn nothing_to_do_costs_nothing_but_the_leases() {
    let world = world();
    world.subscribe("a");
    world.while_delivering(async {
        world.clock.sleep(SECOND).await;
        let before = world.store.revision().await.unwrap();
        world.clock.sleep(MINUTE).await;
        let commits = world.store.revision().await.unwrap().0 - before.0;
        assert_eq!(commits, 0, "leases are renewed, and nothing is written");
    });
    assert_eq!(world.subscribers.asked.load(Ordering::SeqCst), 0);
}
