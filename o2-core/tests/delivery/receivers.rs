//! Subscriptions that change, pause, end, or whose receiver is gone, while something waits for them.

use std::sync::atomic::Ordering;

use futures::executor::block_on;
use o2_core::Context;
use o2_core::ports::Clock;
use o2_core::query::Query;
use o2_testkit::webhook::Refusal;

use crate::world::{MINUTE, SECOND, sequences, world};

const BUSY: Refusal = Refusal::Status {
    status: 500,
    retry_after: None,
};

#[test]
fn a_receiver_that_is_gone_disables_its_subscription() {
    let mut world = world();
    world.settings.in_memory = 2;
    let sink = world.subscribe("a");
    let gone = Refusal::Status {
        status: 410,
        retry_after: None,
    };
    sink.refuse(1, gone);
    world.publish(5);
    world.deliver_for(MINUTE);
    assert_eq!(sink.attempts().len(), 1);
    assert_eq!(
        *world.subscribers.disabled.lock().unwrap(),
        ["a: the receiver answered 410 Gone"]
    );
    assert_eq!(world.keys("outbox/"), [""; 0]);
    let letters = block_on(world.letters().list(&Context::new("test"), &Query::new())).unwrap();
    let reasons: Vec<_> = letters.items.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["gone"; 5]);
    let statuses: Vec<_> = letters
        .items
        .iter()
        .map(|letter| letter.attempts.first().and_then(|it| it.status))
        .collect();
    assert_eq!(statuses, [Some(410), None, None, None, None]);
}

#[test]
fn what_waits_for_a_subscription_that_is_deleted_is_discarded() {
    let mut world = world();
    world.settings.in_memory = 2;
    let (sink, other) = (world.subscribe("a"), world.subscribe("b"));
    sink.refuse(1, BUSY);
    world.publish(10);
    world.while_delivering(async {
        world.subscribers.remove("a");
        world.clock.sleep(5 * SECOND).await;
    });
    assert_eq!(sequences(&sink), [0; 0]);
    assert_eq!(other.deliveries().len(), 10);
    assert_eq!((world.keys("outbox/"), world.keys("delivery/")), (vec![], vec![]));
    assert_eq!(world.keys("deadletter/"), [""; 0]);
    assert_eq!(world.counted("discarded"), 10);
}

#[test]
fn a_subscription_that_is_deleted_while_it_waits_for_a_retry_is_discarded_at_once() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(4, BUSY);
    world.publish(3);
    world.while_delivering(async {
        world.clock.sleep(8 * SECOND).await;
        assert_eq!(sink.attempts().len(), 4, "the next attempt would be at 15 s");
        world.subscribers.remove("a");
        world.clock.sleep(2 * SECOND).await;
        assert_eq!(world.keys("outbox/"), [""; 0]);
    });
    assert_eq!(sink.attempts().len(), 4);
}

#[test]
fn what_is_for_a_paused_subscription_waits() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| receiver.active = false);
    world.publish(3);
    world.while_delivering(async {
        world.clock.sleep(MINUTE).await;
        assert_eq!((sink.attempts().len(), world.keys("outbox/").len()), (0, 3));
        world.subscribers.change("a", |receiver| receiver.active = true);
        world.clock.sleep(2 * SECOND).await;
        assert_eq!(sequences(&sink), [1, 2, 3]);
    });
}

#[test]
fn what_is_for_a_subscription_that_has_expired_is_discarded() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| {
        receiver.active = false;
        receiver.expires_at = Some("2026-01-01T00:00:30Z".parse().unwrap());
    });
    world.publish(3);
    world.while_delivering(async {
        world.clock.sleep(29 * SECOND).await;
        assert_eq!(world.keys("outbox/").len(), 3);
        world.clock.sleep(3 * SECOND).await;
        assert_eq!(world.keys("outbox/").len(), 0);
    });
    assert_eq!(sink.attempts().len(), 0);
}

#[test]
fn notifications_go_where_the_subscription_says_now() {
    let world = world();
    let (old, new) = (world.subscribe("a"), world.listen("new"));
    old.refuse(1, BUSY);
    world.publish(2);
    world.while_delivering(async {
        old_has_refused(&world, &old).await;
        world.subscribers.change("a", |receiver| {
            receiver.url = "https://new.test/notify".parse().unwrap();
        });
        new.delivery(2, 5 * SECOND).await;
    });
    assert_eq!((old.attempts().len(), sequences(&new)), (1, vec![1, 2]));
}

async fn old_has_refused(world: &crate::world::World, old: &o2_testkit::webhook::WebhookSink) {
    while old.attempts().is_empty() {
        world.clock.sleep(SECOND / 10).await;
    }
}

#[test]
fn receivers_that_cannot_be_found_out_are_asked_for_again() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.are_unknown.store(true, Ordering::SeqCst);
    world.publish(1);
    world.while_delivering(async {
        world.clock.sleep(10 * SECOND).await;
        let asked = world.subscribers.asked.load(Ordering::SeqCst);
        assert!((5..=12).contains(&asked), "about once a second: {asked}");
        world.subscribers.are_unknown.store(false, Ordering::SeqCst);
        sink.delivery(1, 2 * SECOND).await;
    });
}

#[test]
fn too_many_entries_of_one_subscription_become_dead_letters() {
    let mut world = world();
    world.settings.outbox.per_subscription = 4;
    world.settings.in_memory = 3;
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| receiver.active = false);
    world.publish(6);
    world.while_delivering(async {
        world.clock.sleep(SECOND).await;
        world.publish(3);
        world.clock.sleep(2 * SECOND).await;
        assert_eq!(world.keys("outbox/").len(), 4);
        world.subscribers.change("a", |receiver| receiver.active = true);
        sink.delivery(4, 5 * SECOND).await;
    });
    assert_eq!(sequences(&sink), [6, 7, 8, 9]);
    let letters = block_on(world.letters().list(&Context::new("test"), &Query::new())).unwrap();
    assert!(letters.items.iter().all(|letter| letter.reason.as_str() == "queueFull"));
    assert_eq!(letters.items.len(), 5);
}

#[test]
fn entries_that_wait_for_too_long_become_dead_letters() {
    let mut world = world();
    world.settings.outbox.retention = MINUTE;
    world.subscribe("a");
    world.subscribers.change("a", |receiver| receiver.active = false);
    world.publish(2);
    world.while_delivering(async {
        world.clock.sleep(50 * SECOND).await;
        assert_eq!(world.keys("outbox/").len(), 2);
        world.publish(1);
        world.clock.sleep(30 * SECOND).await;
        assert_eq!(world.keys("outbox/").len(), 1, "the third is not old yet");
    });
    let letters = block_on(world.letters().list(&Context::new("test"), &Query::new())).unwrap();
    let reasons: Vec<_> = letters.items.iter().map(|letter| letter.reason.as_str()).collect();
    assert_eq!(reasons, ["tooOld"; 2]);
}
