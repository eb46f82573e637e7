//! Everything comes, once, in order.

use o2_testkit::webhook::Refusal;

use crate::world::{MINUTE, SECOND, sequence, sequences, subscription, world};

#[test]
fn every_event_comes_once_and_in_order_and_leaves_nothing_behind() {
    let world = world();
    let sinks: Vec<_> = ["a", "b", "c"].iter().map(|id| world.subscribe(id)).collect();
    world.publish(5);
    world.deliver_for(SECOND);
    for sink in &sinks {
        assert_eq!(sequences(sink), [1, 2, 3, 4, 5]);
        assert!(sink.duplicates("webhook-id").is_empty());
    }
    assert_eq!(world.keys("outbox/"), [""; 0]);
    assert_eq!(world.keys("delivery/"), [""; 0]);
    assert_eq!((world.counted("queued"), world.counted("delivered")), (15, 15));
}

#[test]
fn what_is_published_meanwhile_comes_too() {
    let world = world();
    let sink = world.subscribe("a");
    world.while_delivering(async {
        for round in 1..=20 {
            world.publish(2);
            sink.delivery(2 * round, SECOND).await;
        }
    });
    assert_eq!(sequences(&sink), (1..=40).collect::<Vec<_>>());
}

#[test]
fn more_than_is_kept_in_memory_comes_in_order() {
    let mut world = world();
    world.settings.in_memory = 3;
    let sink = world.subscribe("a");
    world.publish(50);
    world.while_delivering(async {
        sink.delivery(7, SECOND).await;
        world.publish(50);
        sink.delivery(100, SECOND).await;
    });
    assert_eq!(sequences(&sink), (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_failure_holds_back_what_comes_after_it_and_nobody_else() {
    let world = world();
    let (slow, quick) = (world.subscribe("slow"), world.subscribe("quick"));
    let busy = Refusal::Status {
        status: 500,
        retry_after: None,
    };
    slow.refuse(2, busy);
    world.publish(3);
    world.deliver_for(MINUTE);
    assert_eq!(world.times(&slow), [0, 1, 3, 3, 3]);
    assert_eq!(world.times(&quick), [0, 0, 0]);
    let tried: Vec<_> = slow.attempts().iter().map(sequence).collect();
    assert_eq!(tried, [1, 1, 1, 2, 3]);
    for sink in [&slow, &quick] {
        assert!(sink.out_of_order(subscription, sequence).is_empty());
    }
}

#[test]
fn a_dead_receiver_does_not_delay_the_others() {
    let world = world();
    let dead = world.subscribe("dead");
    dead.refuse(10_000, Refusal::Silence);
    let sinks: Vec<_> = (0..99).map(|number| world.subscribe(&format!("s{number}"))).collect();
    world.publish(10);
    world.while_delivering(async {
        for sink in &sinks {
            sink.delivery(10, SECOND).await;
        }
    });
    for sink in &sinks {
        assert!(world.times(sink).iter().all(|time| *time == 0));
    }
    assert_eq!(dead.attempts().len(), 1);
}

#[test]
fn many_dead_subscriptions_of_one_origin_do_not_take_every_place() {
    let mut world = world();
    world.settings.concurrency = 32;
    let dead = world.listen("dead");
    dead.refuse(100_000, Refusal::Silence);
    for number in 0..100 {
        let receiver = o2_core::delivery::Receiver::new("https://dead.test/notify".parse().unwrap());
        world.subscribers.set(&format!("d{number}"), receiver);
    }
    let alive = world.subscribe("alive");
    world.publish(1);
    world.while_delivering(async {
        let first = alive.delivery(1, SECOND).await;
        assert_eq!(first.time.to_string(), "2026-01-01T00:00:00Z");
        o2_core::ports::Clock::sleep(&*world.clock, 35 * SECOND).await;
    });
    assert!(
        dead.attempts().len() <= 17,
        "16 at first, then one: {}",
        dead.attempts().len()
    );
}
