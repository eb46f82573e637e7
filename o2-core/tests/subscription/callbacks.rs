//! Test notifications, and callbacks that have to answer before they are believed.

use std::sync::Arc;

use futures::future::BoxFuture;
use o2_core::subscription::{Notifier, Subscription, TestOutcome};
use o2_core::{Error, ErrorKind, Result};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::{ROOT, World, act, good, is_problem, subscribe, to, world, world_of, world_with};

/// Hosts named `good` answer, `slow` ones never do, all others refuse.
#[derive(Debug)]
struct Fake;

impl Notifier for Fake {
    fn test<'a>(&'a self, subscription: &'a Subscription) -> BoxFuture<'a, Result<TestOutcome>> {
        Box::pin(async {
            match subscription.callback.as_str() {
                "https://good/notify" => Ok(TestOutcome::delivered(204, 12)),
                "https://slow/notify" => std::future::pending().await,
                "https://down/notify" => Err(Error::new(ErrorKind::Unavailable, "no way out")),
                _ => Ok(TestOutcome::failed(Some(503), 7, "it answered 503")),
            }
        })
    }

    fn check<'a>(&'a self, subscription: &'a Subscription) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            match subscription.callback.as_str() {
                "https://good/notify" => Ok(()),
                "https://slow/notify" => std::future::pending().await,
                _ => Err(Error::new(ErrorKind::Unavailable, "10.0.0.7 refused the connection")),
            }
        })
    }
}

fn with_fake() -> World {
    world_of(ManualClock::auto(), |subscriptions| {
        subscriptions.with_notifier(Arc::new(Fake))
    })
}

fn checked(host: &str) -> Value {
    let mut body = to(host);
    body["checkCallback"] = json!(true);
    body
}

#[test]
fn a_test_says_what_became_of_it() {
    let world = with_fake();
    for (host, expected) in [
        ("good", json!({"delivered": true, "status": 204, "latencyMs": 12})),
        (
            "bad",
            json!({"delivered": false, "status": 503, "latencyMs": 7, "reason": "it answered 503"}),
        ),
        (
            "slow",
            json!({"delivered": false, "latencyMs": 30000, "reason": "no answer in time"}),
        ),
    ] {
        let path = subscribe(&world.client, &to(host));
        let answer = act(&world.client, &format!("{path}/test"));
        assert_eq!((answer.status, answer.body), (200, expected), "{host}");
    }
    let down = subscribe(&world.client, &to("down"));
    is_problem(&act(&world.client, &format!("{down}/test")), 503);
    is_problem(&act(&world.client, &format!("{ROOT}/x/test")), 404);
    is_problem(&act(&world.client.for_tenant("red"), &format!("{down}/test")), 404);
}

#[test]
fn without_delivery_nothing_is_tested_or_checked() {
    let world = world();
    let path = subscribe(&world.client, &to("good"));
    is_problem(&act(&world.client, &format!("{path}/test")), 501);
    is_problem(&world.client.post(ROOT, &checked("other")), 501);
    assert_eq!(world.client.get(ROOT).items().len(), 1);
}

#[test]
fn a_callback_that_does_not_answer_is_refused_if_it_shall_be_checked() {
    let world = with_fake();
    let path = subscribe(&world.client, &checked("good"));
    assert_eq!(world.client.get(&path).body["checkCallback"], true);
    let unchecked = subscribe(&world.client, &to("bad"));
    let mut details = Vec::new();
    for answer in [
        world.client.post(ROOT, &checked("other")),
        world.client.post(ROOT, &checked("slow")),
        world.client.put(&path, &checked("slow")),
        world.client.patch(&path, &to("other")),
    ] {
        is_problem(&answer, 400);
        assert_eq!(answer.violation(), "body.callback");
        details.push(answer.body["detail"].clone());
    }
    details.dedup();
    assert_eq!(details.len(), 1, "nobody learns what is wrong: {details:?}");
    assert!(details[0].as_str().unwrap().contains("callback could not be verified"));
    assert_eq!(world.client.get(&path).body["callback"], "https://good/notify");
    // Who stays where it is need not answer again.
    good(&world.client.patch(&unchecked, &json!({"checkCallback": true})));
}

#[test]
fn a_gateway_may_check_all_callbacks() {
    let world = world_with(|subscriptions| subscriptions.with_notifier(Arc::new(Fake)).with_checked_callbacks());
    subscribe(&world.client, &to("good"));
    is_problem(&world.client.post(ROOT, &to("bad")), 400);
}
