//! What a notification looks like.

use std::sync::Arc;

use futures::executor::block_on;
use http::{HeaderMap, HeaderName, HeaderValue};
use o2_core::Result;
use o2_core::delivery::{Links, Message, Shape, Signer};
use o2_core::event::{ChangeEvent, EventKind};
use o2_core::model::Change;
use o2_core::outbox::OutboxLimits;
use o2_core::store::Batch;
use o2_core::subscription::SubscriptionId;
use o2_testkit::webhook::{Delivery, Refusal, WebhookSink};
use serde_json::{Value, json};

use crate::world::{SECOND, World, rack, world};

#[derive(Debug)]
struct Places;

impl Links for Places {
    fn link(&self, shape: Shape, object: &str, id: &str) -> Option<String> {
        let root = if shape == Shape::Official {
            "official"
        } else {
            "product"
        };
        Some(format!("https://o2.test/{root}/{object}s/{id}"))
    }
}

#[derive(Debug)]
struct Stamp;

impl Signer for Stamp {
    fn sign(&self, message: &Message<'_>) -> Result<HeaderMap> {
        let text = format!(
            "{}|{}|{}|{}|{}",
            message.id,
            message.timestamp,
            message.body.len(),
            message.event_type,
            message.subscription_id
        );
        let value = HeaderValue::from_str(&text).unwrap();
        Ok(HeaderMap::from_iter([(HeaderName::from_static("x-stamp"), value)]))
    }
}

/// Publishes something created, something changed and something deleted.
fn three(world: &World) {
    let now = o2_core::ports::Clock::now(&*world.clock);
    let events = [
        (EventKind::Created, Change::created(rack("r1"), now, "m")),
        (EventKind::Failed, Change::updated(rack("r1"), rack("r1"), now, "m")),
        (EventKind::Deleted, Change::deleted(rack("r1"), now, "m")),
    ];
    let events = events.map(|(kind, change)| ChangeEvent::of("lab".into(), kind, change));
    block_on(
        world
            .publisher(OutboxLimits::default())
            .publish(events.to_vec(), Batch::new()),
    )
    .unwrap();
}

fn bodies(shape: Shape) -> Vec<Value> {
    let mut world = world();
    world.settings.links = Arc::new(Places);
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| {
        receiver.shape = shape;
        receiver.consumer_subscription_id = Some("smo-7".to_owned());
    });
    three(&world);
    world.deliver_for(SECOND);
    let mut bodies: Vec<Value> = sink.deliveries().iter().map(Delivery::json).collect();
    for (body, delivery) in bodies.iter_mut().zip(sink.deliveries()) {
        let id = body.as_object_mut().unwrap().remove("notificationId").unwrap();
        assert_eq!(Some(id.as_str().unwrap()), delivery.request.header("webhook-id"));
    }
    bodies
}

#[test]
fn the_product_tells_the_official_fields_and_its_own() {
    let own = |number: u64, word: &str, mut official: Value| {
        official["subscriptionId"] = json!("a");
        official["eventType"] = json!(word);
        official["objectType"] = json!("rack");
        official["timestamp"] = json!("2026-01-01T00:00:00Z");
        official["sequence"] = json!(number);
        official
    };
    let official = official("product");
    let words = ["RackCreated", "RackFailed", "RackDeleted"];
    let expected: Vec<_> = (1..)
        .zip(words)
        .zip(official)
        .map(|((number, word), body)| own(number, word, body))
        .collect();
    assert_eq!(bodies(Shape::Product), expected);
}

#[test]
fn the_official_shape_has_the_official_fields_only() {
    assert_eq!(bodies(Shape::Official), official("official"));
}

fn official(root: &str) -> Vec<Value> {
    let link = format!("https://o2.test/{root}/racks/r1");
    let rack = json!({"id": "r1"});
    vec![
        json!({"consumerSubscriptionId": "smo-7", "notificationEventType": 0, "objectRef": link, "postObjectState": rack}),
        json!({"consumerSubscriptionId": "smo-7", "notificationEventType": 1, "objectRef": link,
            "priorObjectState": rack, "postObjectState": rack}),
        json!({"consumerSubscriptionId": "smo-7", "notificationEventType": 2, "priorObjectState": rack}),
    ]
}

#[test]
fn requests_have_the_headers_of_the_receiver_and_of_this_attempt() {
    let world = world();
    let sink = world.subscribe("a");
    world.subscribers.change("a", |receiver| {
        receiver
            .headers
            .insert("authorization", HeaderValue::from_static("Bearer s3cret"));
        receiver.signer = Some(Arc::new(Stamp));
    });
    sink.refuse(1, Refusal::Unreachable);
    world.publish(1);
    world.deliver_for(5 * SECOND);
    for (attempt, time) in sink
        .attempts()
        .iter()
        .zip(["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"])
    {
        let header = |name: &str| attempt.request.header(name).unwrap().to_owned();
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("authorization"), "Bearer s3cret");
        assert!(header("user-agent").starts_with("oran-o2/"));
        let stamp = header("x-stamp");
        let parts: Vec<_> = stamp.split('|').collect();
        assert_eq!(
            (parts[0], parts[1], parts[3], parts[4]),
            (header("webhook-id").as_str(), time, "RackCreated", "a")
        );
    }
    assert_eq!(sink.attempts().len(), 2);
}

#[test]
fn receivers_do_not_show_their_secrets() {
    let world = world();
    world.subscribe("a");
    world.subscribers.change("a", |receiver| {
        receiver
            .headers
            .insert("authorization", HeaderValue::from_static("Bearer s3cret"));
        receiver.url = "https://u:s3cret@a.test/notify?token=s3cret".parse().unwrap();
        let shown = format!("{receiver:?}");
        assert!(shown.contains("authorization") && shown.contains("a.test"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    });
}

#[test]
fn the_same_event_has_another_id_for_another_subscriber() {
    let world = world();
    let (a, b) = (world.subscribe("a"), world.subscribe("b"));
    world.publish(1);
    world.deliver_for(SECOND);
    let id = |sink: &WebhookSink| sink.deliveries()[0].request.header("webhook-id").unwrap().to_owned();
    assert_ne!(id(&a), id(&b));
}

#[test]
fn a_test_is_sent_once_and_not_stored() {
    let world = world();
    let sink = world.subscribe("a");
    let notifier = world.deliveries().notifier();
    let receiver = o2_core::delivery::Receiver::new(sink.url().parse().unwrap());
    let subscription = SubscriptionId::new("a");
    let outcome = block_on(notifier.test(&subscription, &receiver));
    assert!(outcome.delivered && outcome.status.is_none() && outcome.reason.is_none());
    let body = sink.deliveries()[0].json();
    assert_eq!(
        (&body["eventType"], &body["subscriptionId"]),
        (&json!("TestNotification"), &json!("a"))
    );
    for (refusal, status, reason) in [
        (
            Refusal::Status {
                status: 503,
                retry_after: Some(3),
            },
            Some(503),
            "the receiver answered 503",
        ),
        (Refusal::Unreachable, None, "the receiver did not answer (unavailable)"),
    ] {
        sink.refuse(1, refusal);
        let outcome = block_on(notifier.test(&subscription, &receiver));
        assert_eq!(
            (outcome.delivered, outcome.status, outcome.reason.as_deref()),
            (false, status, Some(reason))
        );
    }
    assert_eq!((sink.attempts().len(), world.keys("").len()), (3, 0));
}

#[test]
fn a_callback_that_does_not_answer_is_refused_in_one_and_the_same_way() {
    let world = world();
    let sink = world.subscribe("a");
    let notifier = world.deliveries().notifier();
    let url = sink.url().parse().unwrap();
    block_on(notifier.check(&url)).unwrap();
    let mut messages = Vec::new();
    for refusal in [
        Refusal::Unreachable,
        Refusal::Silence,
        Refusal::Status {
            status: 401,
            retry_after: None,
        },
    ] {
        sink.refuse(1, refusal);
        messages.push(block_on(notifier.check(&url)).unwrap_err().to_string());
    }
    messages.dedup();
    assert_eq!(messages, ["the callback does not answer a GET with 2xx within 5 s"]);
}
