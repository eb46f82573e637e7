//! Several replicas on one store.

use futures::executor::block_on;
use futures::future::{Either, join, select};
use o2_core::delivery::Deliveries;
use o2_core::outbox::SHARDS;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Condition};

use crate::world::{SECOND, World, at_once, sequence, sequences, subscription, world};

/// Runs `deliveries` until `work` ends.
async fn while_running<T>(deliveries: &Deliveries, work: impl Future<Output = T>) -> T {
    let run = std::pin::pin!(deliveries.run(std::future::pending()));
    match select(run, std::pin::pin!(work)).await {
        Either::Left(_) => panic!("deliveries end before they are told to"),
        Either::Right((value, _)) => value,
    }
}

/// How many shards anybody has.
fn held(world: &World) -> usize {
    let is_held = |shard: &u8| {
        let name = format!("delivery/{shard:02x}");
        let taken = at_once(world.store.acquire(&name, "test", SECOND)).unwrap();
        if let Some(lease) = &taken {
            at_once(world.store.release(lease)).unwrap();
        }
        taken.is_none()
    };
    (0..SHARDS).filter(is_held).count()
}

#[test]
fn one_replica_has_all_shards() {
    let world = world();
    let deliveries = world.deliveries();
    block_on(while_running(&deliveries, async {
        world.clock.sleep(SECOND).await;
        assert_eq!(held(&world), 16);
    }));
}

#[test]
fn two_replicas_deliver_everything_once_and_in_order() {
    let world = world();
    let sinks: Vec<_> = (0..20).map(|number| world.subscribe(&format!("s{number}"))).collect();
    let (one, other) = (world.deliveries(), world.deliveries());
    let work = async {
        for _ in 0..30 {
            world.publish(2);
            world.clock.sleep(SECOND).await;
        }
        world.clock.sleep(20 * SECOND).await;
    };
    block_on(while_running(&one, while_running(&other, work)));
    for sink in &sinks {
        assert_eq!(sequences(sink), (1..=60).collect::<Vec<_>>());
        assert!(sink.duplicates("webhook-id").is_empty());
    }
}

#[test]
fn who_comes_later_gets_a_share() {
    let world = world();
    for number in 0..40 {
        let sink = world.subscribe(&format!("s{number}"));
        sink.refuse(1000, o2_testkit::webhook::Refusal::Unreachable);
    }
    world.publish(1);
    let (one, other) = (world.deliveries(), world.deliveries());
    block_on(while_running(&one, async {
        world.clock.sleep(7 * SECOND).await;
        assert_eq!(one.status().len(), 40);
        let work = async {
            world.clock.sleep(20 * SECOND).await;
            let (here, there) = (one.status().len(), other.status().len());
            assert_eq!(here + there, 40);
            assert!(here >= 8 && there >= 8, "{here} and {there}");
        };
        while_running(&other, work).await;
        // The other is gone without a word; its shards come back when its leases end.
        world.clock.sleep(26 * SECOND).await;
        assert_eq!(one.status().len() + world.keys("deadletter/").len(), 40);
    }));
}

#[test]
fn a_replica_that_ends_in_good_order_is_succeeded_at_once() {
    let world = world();
    let sink = world.subscribe("a");
    let first = world.deliveries();
    block_on(first.run(world.clock.sleep(2 * SECOND)));
    assert_eq!(world.keys("delivery%replica/"), [""; 0]);
    world.publish(1);
    world.while_delivering(async {
        sink.delivery(1, SECOND / 10).await;
    });
}

#[test]
fn what_a_dead_replica_had_is_taken_over_when_its_leases_end() {
    let world = world();
    let sink = world.subscribe("a");
    world.deliver_for(6 * SECOND);
    world.publish(3);
    let died = world.clock.monotonic();
    world.while_delivering(async {
        sink.delivery(3, 30 * SECOND).await;
        let passed = world.clock.monotonic() - died;
        assert!(passed >= 8 * SECOND, "the leases have not ended: {passed:?}");
        assert!(
            passed <= 15 * SECOND,
            "others take over within the lease time: {passed:?}"
        );
    });
    assert!(sink.out_of_order(subscription, sequence).is_empty());
}

#[test]
fn who_has_lost_a_shard_changes_nothing() {
    let world = world();
    let sink = world.subscribe("a");
    let deliveries = world.deliveries();
    block_on(while_running(&deliveries, async {
        world.clock.sleep(SECOND).await;
        // Somebody takes every shard away, as when the store has lost the leases.
        steal(&world).await;
        world.publish(2);
        world.clock.sleep(2 * SECOND).await;
    }));
    assert!(!sink.deliveries().is_empty(), "it cannot know yet");
    assert_eq!(world.keys("outbox/").len(), 2, "but it changes nothing");
    assert_eq!(world.keys("deadletter/"), [""; 0]);
}

/// Ends every lease and takes it in another name.
async fn steal(world: &World) {
    let holder = world.keys("delivery%replica/").remove(0);
    let holder = holder.rsplit('/').next().unwrap().to_owned();
    for shard in 0..SHARDS {
        let name = format!("delivery/{shard:02x}");
        let lease = world.store.acquire(&name, &holder, 15 * SECOND).await.unwrap().unwrap();
        world.store.release(&lease).await.unwrap();
        let stolen = world.store.acquire(&name, "thief", 60 * SECOND).await.unwrap().unwrap();
        let held = Batch::new().when(Condition::Holding(stolen));
        world.store.commit(held).await.unwrap();
    }
}

#[test]
fn replicas_that_are_gone_are_forgotten() {
    let world = world();
    world.deliver_for(SECOND);
    world.deliver_for(SECOND);
    assert_eq!(world.keys("delivery%replica/").len(), 2);
    let (one, other) = (world.deliveries(), world.deliveries());
    let both = join(
        one.run(world.clock.sleep(200 * SECOND)),
        other.run(world.clock.sleep(200 * SECOND)),
    );
    block_on(both);
    assert_eq!(world.keys("delivery%replica/"), [""; 0]);
}
