//! Dead letters: what they tell, sending them again, removing them.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use o2_core::Context;
use o2_core::delivery::{DeadLetters, Deliveries, HasDeadLetters, HasDeliveries, routes};
use o2_core::http::{Api, ApiVersion};
use o2_core::ports::Clock;
use o2_testkit::http::Client;
use o2_testkit::webhook::{Refusal, WebhookSink};
use serde_json::{Value, json};

use crate::world::{HOUR, MINUTE, SECOND, World, at_once, sequences, world};

const ROOT: &str = "/admin/v1/deadLetters";

/// A host with nothing but deliveries.
struct Host(DeadLetters, Deliveries);

impl HasDeadLetters for Host {
    fn dead_letters(&self) -> &DeadLetters {
        &self.0
    }
}

impl HasDeliveries for Host {
    fn deliveries(&self) -> &Deliveries {
        &self.1
    }
}

fn client(world: &World) -> Client {
    let host = Arc::new(Host(world.letters(), world.deliveries()));
    Client::new(Arc::new(Api::new(host, "/admin", &[ApiVersion::V1], routes(), &[])))
}

/// Two subscribers for whom so many events have died, one minute apart for each event.
fn with_letters(count: usize) -> (World, Arc<WebhookSink>, Arc<WebhookSink>) {
    let mut world = world();
    world.settings.waits.seed.clear();
    let (a, b) = (world.subscribe("a"), world.subscribe("b"));
    for sink in [&a, &b] {
        sink.refuse(count, Refusal::Unreachable);
    }
    world.while_delivering(async {
        for _ in 0..count {
            world.publish(1);
            world.clock.sleep(MINUTE).await;
        }
    });
    assert_eq!(world.keys("deadletter/").len(), 2 * count);
    (world, a, b)
}

#[test]
fn a_letter_tells_what_happened_and_why_it_was_given_up() {
    let (world, ..) = with_letters(1);
    let client = client(&world);
    let answer = client.get(&format!("{ROOT}/a.1"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = &answer.body;
    for (field, value) in [
        ("deadLetterId", json!("a.1")),
        ("subscriptionId", json!("a")),
        ("sequence", json!(1)),
        ("eventType", json!("RackCreated")),
        ("objectType", json!("rack")),
        ("objectId", json!("r1")),
        ("reason", json!("undeliverable")),
        ("since", json!("2026-01-01T00:00:00Z")),
        ("attemptCount", json!(1)),
        (
            "attempts",
            json!([{"time": "2026-01-01T00:00:00Z", "error": "unavailable", "latencyMs": 0}]),
        ),
    ] {
        assert_eq!(body[field], value, "{field}");
    }
    assert_eq!(body["event"]["after"], json!({"id": "r1"}));
    for unknown in ["a.2", "c.1", "a", "a.x", "%2F"] {
        assert_eq!(client.get(&format!("{ROOT}/{unknown}")).status, 404, "{unknown}");
    }
}

#[test]
fn letters_are_filtered_sorted_and_paged() {
    let (world, ..) = with_letters(3);
    let client = client(&world);
    let ids = |query: &str| -> Vec<String> {
        let answer = client.get(&format!("{ROOT}?{query}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let id = |item: &Value| item["deadLetterId"].as_str().unwrap().to_owned();
        answer.items().iter().map(id).collect()
    };
    assert_eq!(ids("subscriptionId=a"), ["a.1", "a.2", "a.3"]);
    assert_eq!(ids("filter=(gt,sequence,2)"), ["a.3", "b.3"]);
    assert_eq!(ids("filter=(lt,since,2026-01-01T00:01:00Z)"), ["a.1", "b.1"]);
    assert_eq!(ids("reason=gone"), [""; 0]);
    assert_eq!(ids("sort=-sequence&limit=2"), ["a.3", "b.3"]);
    assert_eq!(client.walk(&format!("{ROOT}?limit=2")).len(), 6);
}

#[test]
fn a_replayed_letter_is_delivered_with_the_same_id_and_before_what_is_newer() {
    let (world, a, b) = with_letters(2);
    world.subscribers.change("a", |receiver| receiver.active = false);
    world.publish(2);
    let client = client(&world);
    assert_eq!(client.send(Method::POST, &format!("{ROOT}/a.2/replay"), "").status, 202);
    assert_eq!(client.send(Method::POST, &format!("{ROOT}/a.2/replay"), "").status, 404);
    world.while_delivering(async {
        // Also when the newer ones are waiting in memory already.
        world.clock.sleep(20 * SECOND).await;
        at_once(world.letters().replay(&Context::new("test"), "a.1")).unwrap();
        world.clock.sleep(SECOND).await;
        world.subscribers.change("a", |receiver| receiver.active = true);
        a.delivery(4, 5 * SECOND).await;
    });
    assert_eq!(sequences(&a), [1, 2, 3, 4]);
    assert_eq!(sequences(&b), [3, 4]);
    let ids = |attempts: &[o2_testkit::webhook::Delivery]| -> Vec<String> {
        attempts
            .iter()
            .map(|attempt| attempt.request.header("webhook-id").unwrap().to_owned())
            .collect()
    };
    let attempts = ids(&a.attempts());
    assert_eq!(attempts[..2], ids(&a.deliveries())[..2]);
    assert_eq!(world.keys("deadletter/a/"), [""; 0]);
}

#[test]
fn a_letter_can_die_and_be_replayed_again_and_again() {
    let (world, a, _) = with_letters(1);
    a.refuse(5, Refusal::Unreachable);
    world.while_delivering(async {
        for _ in 0..6 {
            at_once(world.letters().replay(&Context::new("test"), "a.1")).unwrap();
            world.clock.sleep(40 * SECOND).await;
        }
    });
    assert_eq!((a.attempts().len(), sequences(&a)), (7, vec![1]));
}

#[test]
fn letters_are_replayed_by_subscription_and_time() {
    for (which, replayed) in [
        (json!({}), vec!["a.1", "a.2", "a.3", "b.1", "b.2", "b.3"]),
        (json!({"subscriptionId": "b"}), vec!["b.1", "b.2", "b.3"]),
        (
            json!({"since": "2026-01-01T00:01:00Z"}),
            vec!["a.2", "a.3", "b.2", "b.3"],
        ),
        (
            json!({"subscriptionId": "a", "since": "2026-01-01T00:01:00Z", "until": "2026-01-01T00:02:00Z"}),
            vec!["a.2"],
        ),
        (json!({"subscriptionId": "nobody"}), vec![]),
    ] {
        let (world, ..) = with_letters(3);
        let answer = client(&world).post(&format!("{ROOT}/replay"), &which);
        assert_eq!(
            (answer.status, &answer.body),
            (202, &json!({"count": replayed.len()})),
            "{which}"
        );
        let mut waiting: Vec<_> = world.keys("outbox/").iter().map(|key| id_of(key)).collect();
        waiting.sort();
        assert_eq!(waiting, replayed, "{which}");
        assert_eq!(world.keys("deadletter/").len(), 6 - replayed.len());
    }
}

/// `a.1` of `outbox/07/a/00000000000000000001`.
fn id_of(key: &str) -> String {
    let parts: Vec<_> = key.split('/').collect();
    format!("{}.{}", parts[2], parts[3].trim_start_matches('0'))
}

#[test]
fn letters_are_purged_one_by_one_or_together() {
    let (world, ..) = with_letters(3);
    let client = client(&world);
    assert_eq!(client.delete(&format!("{ROOT}/a.2")).status, 204);
    assert_eq!(client.delete(&format!("{ROOT}/a.2")).status, 404);
    let older = json!({"until": "2026-01-01T00:01:00Z"});
    assert_eq!(client.post(&format!("{ROOT}/purge"), &older).body, json!({"count": 2}));
    let answer = client.post(&format!("{ROOT}/purge"), &json!({"subscriptionId": "b"}));
    assert_eq!(answer.body, json!({"count": 2}));
    assert_eq!(world.keys("deadletter/"), ["deadletter/a/00000000000000000003"]);
    assert_eq!(world.keys("outbox/"), [""; 0]);
}

#[test]
fn a_selection_that_makes_no_sense_is_refused() {
    let (world, ..) = with_letters(1);
    let client = client(&world);
    for (body, at) in [
        (json!({"subscription": "a"}), "body.subscription"),
        (json!({"since": "yesterday"}), "body.since"),
        (
            json!({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
            "body.until",
        ),
    ] {
        for path in ["replay", "purge"] {
            let answer = client.post(&format!("{ROOT}/{path}"), &body);
            assert_eq!(answer.status, 400, "{}", answer.body);
            assert!(answer.violation().starts_with(at), "{}", answer.violation());
        }
    }
    assert_eq!(world.keys("deadletter/").len(), 2);
}

#[test]
fn the_oldest_of_too_many_letters_are_removed() {
    let (mut world, ..) = with_letters(4);
    world.settings.dead_letters.letters = 3;
    world.settings.dead_letters.every = MINUTE;
    world.deliver_for(2 * MINUTE);
    assert_eq!(world.keys("deadletter/").len(), 3);
    assert_eq!(world.counted("dropped"), 5);
    let ids: Vec<_> = world
        .keys("deadletter/")
        .iter()
        .map(|key| key[11..12].to_owned() + &key[key.len() - 1..])
        .collect();
    assert_eq!(ids, ["a4", "b3", "b4"]);
}

#[test]
fn letters_that_are_too_old_are_removed() {
    let (mut world, ..) = with_letters(2);
    world.settings.dead_letters.age = HOUR;
    world.settings.dead_letters.every = MINUTE;
    world.settings.refresh = MINUTE;
    world.deliver_for(HOUR - MINUTE / 2);
    assert_eq!(world.keys("deadletter/").len(), 2, "those of the second event");
    world.deliver_for(Duration::from_secs(1200));
    assert_eq!(world.keys("deadletter/").len(), 0);
}

#[test]
fn deliveries_are_shown_to_those_who_stand_above_tenants() {
    let (world, ..) = with_letters(1);
    let client = client(&world);
    let answer = client.get("/admin/v1/deliveries");
    assert_eq!((answer.status, answer.items().len()), (200, 0));
    assert_eq!(client.for_tenant("t").get("/admin/v1/deliveries").status, 403);
    assert_eq!(client.for_tenant("t").get(&format!("{ROOT}/a.1")).status, 404);
}
