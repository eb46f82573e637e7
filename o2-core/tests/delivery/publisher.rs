//! What is written into the outbox, and under which conditions.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::{BoxFuture, join_all};
use o2_core::event::ChangeEvent;
use o2_core::outbox::{GENERATION, Matched, Matching, OutboxLimits, Publisher};
use o2_core::ports::Clock;
use o2_core::store::{Batch, Condition, MemoryStore, Revision, Store};
use o2_core::{ErrorKind, Fault, Result, Retry};
use o2_testkit::ManualClock;
use o2_testkit::crash_store::{CrashPoint, CrashStore};

use crate::world::{SECOND, World, at_once, world};

#[test]
fn events_and_position_are_one_commit() {
    let world = world();
    world.subscribe("a");
    world.subscribe("b");
    let position = Batch::new().put("collector/lab", "mark-7");
    let events = vec![world.event("r1"), world.event("r2")];
    let published = block_on(world.publisher(OutboxLimits::default()).publish(events, position)).unwrap();
    assert_eq!((published.events, published.entries, published.last), (2, 4, Some(2)));
    assert_eq!(at_once(world.store.revision()).unwrap(), published.revision);
    assert_eq!(published.revision, Revision(1));
    assert_eq!(world.keys("outbox/").len(), 4);
    assert_eq!(world.keys("collector/").len(), 1);
}

#[test]
fn an_event_has_the_same_record_for_all_subscriptions() {
    let world = world();
    world.subscribe("a");
    world.subscribe("b");
    world.publish(1);
    let entries = at_once(world.store.scan("outbox/", None, 10)).unwrap();
    assert_eq!(entries[0].value, entries[1].value);
    let record: serde_json::Value = serde_json::from_slice(&entries[0].value).unwrap();
    assert_eq!((&record["sequence"], &record["objectId"]), (&1.into(), &"r1".into()));
}

#[test]
fn events_that_concern_nobody_cost_the_position_alone() {
    let world = world();
    let events = vec![world.event("r1")];
    let position = Batch::new().put("collector/lab", "mark-7");
    let published = block_on(world.publisher(OutboxLimits::default()).publish(events, position)).unwrap();
    assert_eq!((published.events, published.entries, published.last), (0, 0, None));
    assert_eq!(world.keys(""), ["collector/lab"]);
}

#[test]
fn a_position_that_does_not_hold_is_the_callers_error_and_nothing_is_written() {
    let world = world();
    world.subscribe("a");
    let position = Batch::new()
        .when(Condition::Present("nothing".to_owned()))
        .put("collector/lab", "x");
    let events = vec![world.event("r1")];
    let error = block_on(world.publisher(OutboxLimits::default()).publish(events, position)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert!(error.detail().unwrap().contains("nothing"));
    assert_eq!(world.keys(""), [""; 0]);
}

#[test]
fn those_who_publish_at_the_same_time_share_the_sequences() {
    let world = world();
    world.subscribe("a");
    let publisher = world.publisher(OutboxLimits::default());
    let all = (0..8).map(|number| publisher.publish(vec![world.event(&format!("r{number}"))], Batch::new()));
    for published in block_on(join_all(all)) {
        published.unwrap();
    }
    let sequences: Vec<_> = world
        .keys("outbox/")
        .iter()
        .map(|key| key[key.len() - 2..].to_owned())
        .collect();
    assert_eq!(sequences, ["01", "02", "03", "04", "05", "06", "07", "08"]);
}

#[test]
fn a_store_that_has_forgotten_its_last_commits_gives_no_sequence_twice() {
    let (world, later) = (world(), world());
    let publish = |world: &World| {
        world.subscribe("a");
        let publisher = Publisher::new(
            Arc::clone(&world.store),
            world.clock(),
            Arc::clone(&world.subscribers) as Arc<dyn Matching>,
            OutboxLimits::default(),
            world.metrics.delivery(),
        );
        let events = vec![world.event("r1"), world.event("r2")];
        block_on(publisher.publish(events, Batch::new())).unwrap().last.unwrap()
    };
    let first = publish(&world);
    assert_eq!(
        first, 1_767_225_600_000_002,
        "microseconds since 1970, and the second event from there"
    );
    assert_eq!(publish(&world), first + 2);
    later.clock.advance(Duration::from_micros(9));
    assert!(publish(&later) > first + 2);
}

/// A matcher that learns of a new subscription when it is asked to catch up.
#[derive(Debug)]
struct Slow(std::sync::Mutex<Matched>, Arc<dyn Store>);

impl Matching for Slow {
    fn matching(&self, _: &ChangeEvent) -> Matched {
        self.0.lock().unwrap().clone()
    }

    fn caught_up<'a>(&'a self, beyond: Option<Revision>, _: Duration) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let newest = self.1.get(GENERATION).await?.map(|entry| entry.revision);
            assert!(newest > beyond);
            *self.0.lock().unwrap() = Matched {
                subscriptions: vec!["new".into()],
                generation: newest,
            };
            Ok(())
        })
    }
}

#[test]
fn no_subscription_that_was_created_meanwhile_is_missed() {
    let world = world();
    at_once(world.store.commit(Batch::new().put(GENERATION, ""))).unwrap();
    let slow = Arc::new(Slow(std::sync::Mutex::default(), Arc::clone(&world.store)));
    let (store, limits) = (Arc::clone(&world.store), OutboxLimits::default());
    let publisher = o2_core::outbox::Publisher::new(store, world.clock(), slow, limits, world.metrics.delivery());
    let published = block_on(publisher.publish(vec![world.event("r1")], Batch::new())).unwrap();
    assert_eq!((published.entries, world.keys("outbox/").len()), (1, 1));
}

#[test]
fn a_matcher_that_does_not_catch_up_is_told() {
    let world = world();
    at_once(world.store.commit(Batch::new().put(GENERATION, ""))).unwrap();
    let publisher = world.publisher(OutboxLimits::default());
    let error = block_on(publisher.publish(vec![world.event("r1")], Batch::new())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn a_full_outbox_is_waited_for_and_then_refused() {
    let world = world();
    world.subscribe("a");
    let mut limits = OutboxLimits::default();
    limits.entries = 3;
    let publisher = world.publisher(limits);
    let publish = || publisher.publish(vec![world.event("r")], Batch::new().put("position", "x"));
    for _ in 0..3 {
        block_on(publish()).unwrap();
    }
    let before = world.clock.monotonic();
    let error = block_on(publish()).unwrap_err();
    assert_eq!(world.clock.monotonic() - before, 5 * SECOND);
    assert_eq!(
        (error.kind(), error.fault(), error.retry()),
        (ErrorKind::Unavailable, Fault::Gateway, Retry::Safe)
    );
    assert_eq!(error.message(), "the outbox is full: 3 notifications wait");
    world.while_delivering(async { publish().await.unwrap() });
}

#[test]
fn the_level_is_counted_anew_when_the_feed_forgets() {
    let clock = ManualClock::auto();
    let store = MemoryStore::with_feed_capacity(Arc::clone(&clock) as Arc<dyn Clock>, 1);
    let world = World::on(clock, Arc::new(store));
    world.subscribe("a");
    let mut limits = OutboxLimits::default();
    limits.entries = 3;
    let publisher = world.publisher(limits);
    for _ in 0..3 {
        block_on(publisher.publish(vec![world.event("r")], Batch::new())).unwrap();
        for _ in 0..5 {
            at_once(world.store.commit(Batch::new().put("other", "x"))).unwrap();
        }
    }
    assert!(block_on(publisher.publish(vec![world.event("r")], Batch::new())).is_err());
}

#[test]
fn whether_an_unclear_commit_happened_is_seen_at_the_position() {
    for (point, happened) in [(CrashPoint::BeforeCommit(1), false), (CrashPoint::AfterCommit(1), true)] {
        let clock = ManualClock::auto();
        let store = CrashStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let world = World::on(clock, Arc::clone(&store) as Arc<dyn Store>);
        world.subscribe("a");
        store.crash_at(point);
        let position = || Batch::new().put("position", "7");
        let events = vec![world.event("r1")];
        let error = block_on(
            world
                .publisher(OutboxLimits::default())
                .publish(events.clone(), position()),
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let world = world.with_store(store.restart());
        let known = at_once(world.store.get("position")).unwrap().is_some();
        assert_eq!(known, happened);
        if !known {
            block_on(world.publisher(OutboxLimits::default()).publish(events, position())).unwrap();
        }
        assert_eq!(world.keys("outbox/").len(), 1);
    }
}
