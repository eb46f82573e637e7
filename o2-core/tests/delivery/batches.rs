//! Receivers that take several notifications in one request.

use o2_testkit::webhook::{Refusal, WebhookSink};

use crate::world::{MINUTE, SECOND, world};

/// The sequences of each request, whatever became of it.
fn requests(sink: &WebhookSink) -> Vec<Vec<u64>> {
    let sequences = |body: serde_json::Value| {
        let notifications = body.as_array().unwrap().clone();
        notifications
            .iter()
            .map(|one| one["sequence"].as_u64().unwrap())
            .collect()
    };
    sink.attempts()
        .iter()
        .map(|attempt| sequences(attempt.json()))
        .collect()
}

#[test]
fn a_batch_is_a_list_of_what_waits() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| receiver.batch_size = 3);
    world.publish(7);
    world.deliver_for(SECOND);
    assert_eq!(requests(&sink), [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(world.keys("outbox/"), [""; 0]);
    assert_eq!(world.counted("delivered"), 7);
    assert!(sink.duplicates("webhook-id").is_empty());
}

#[test]
fn a_batch_that_failed_is_the_same_again_and_has_the_same_id() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| receiver.batch_size = 3);
    sink.refuse(1, Refusal::Unreachable);
    world.publish(2);
    world.while_delivering(async {
        o2_core::ports::Clock::sleep(&*world.clock, SECOND / 2).await;
        world.publish(2);
        sink.delivery(2, MINUTE).await;
    });
    assert_eq!(requests(&sink), [vec![1, 2], vec![1, 2], vec![3, 4]]);
    let ids: Vec<_> = sink
        .attempts()
        .iter()
        .map(|attempt| attempt.request.header("webhook-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

#[test]
fn a_batch_that_is_given_up_becomes_one_dead_letter_each() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| receiver.batch_size = 2);
    sink.refuse(6, Refusal::Unreachable);
    world.publish(3);
    world.deliver_for(MINUTE);
    assert_eq!(world.keys("deadletter/").len(), 2);
    assert_eq!(requests(&sink).last().unwrap(), &[3]);
}
