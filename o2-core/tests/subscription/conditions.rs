//! `ETag` and `If-Match`, and several who change the same subscription.

use std::sync::Mutex;

use futures::FutureExt;
use futures::executor::block_on;
use http::header::IF_MATCH;
use o2_core::http::IfMatch;
use o2_core::subscription::{NewSubscription, Subscription, SubscriptionId};
use o2_core::{Context, ErrorKind};
use serde_json::json;

use super::{id, is_problem, subscribe, to, world};

#[test]
fn only_who_has_seen_the_present_state_may_change_it() {
    let world = world();
    let path = subscribe(&world.client, &to("one"));
    let old = world.client.get(&path).header("etag").to_owned();
    world.wait();
    let new = world
        .client
        .patch(&path, &json!({"consumerSubscriptionId": "c"}))
        .header("etag")
        .to_owned();
    assert!(old.starts_with('"') && old != new);

    let stale = world.client.with_header(IF_MATCH, &old);
    for answer in [
        stale.put(&path, &to("two")),
        stale.patch(&path, &to("two")),
        stale.delete(&path),
    ] {
        is_problem(&answer, 412);
        assert!(
            answer.body["detail"].as_str().unwrap().contains(&new),
            "{}",
            answer.body
        );
    }
    assert_eq!(world.client.get(&path).body["callback"], "https://one/notify");

    let several = format!("\"x,y\", W/\"z\", {new}");
    let fresh = world.client.with_header(IF_MATCH, &several).put(&path, &to("two"));
    assert_eq!(fresh.status, 200);
    is_problem(&world.client.with_header(IF_MATCH, &new).delete(&path), 412);
    let weak = format!("W/{}", fresh.header("etag"));
    is_problem(&world.client.with_header(IF_MATCH, &weak).delete(&path), 412);
    assert_eq!(
        world
            .client
            .with_header(IF_MATCH, fresh.header("etag"))
            .delete(&path)
            .status,
        204
    );
}

#[test]
fn any_state_will_do_for_a_star_but_not_none() {
    let world = world();
    let path = subscribe(&world.client, &to("one"));
    let any = world.client.with_header(IF_MATCH, "*");
    assert_eq!(any.put(&path, &to("two")).status, 200);
    assert_eq!(any.delete(&path).status, 204);
    is_problem(&any.delete(&path), 404);
}

#[test]
fn malformed_conditions_are_refused() {
    let world = world();
    let path = subscribe(&world.client, &to("one"));
    for condition in ["", "x", "\"x", "\"x\" \"y\"", "größe"] {
        let client = world.client.with_header(IF_MATCH, condition);
        for answer in [client.put(&path, &to("two")), client.delete(&path)] {
            is_problem(&answer, 400);
            assert_eq!(answer.violation(), "If-Match", "{condition}");
        }
    }
}

/// Two change different parts at the same time: neither change is lost.
#[test]
fn changes_at_the_same_time_are_both_made() {
    let world = world();
    let path = subscribe(&world.client, &to("one"));
    let id = SubscriptionId::new(id(&path));
    let context = Context::new("r");
    let named = |name: &'static str| {
        move |current: &Subscription| {
            let mut new = NewSubscription::to(current.callback.clone());
            new.consumer_subscription_id = Some(name.to_owned());
            Ok(new)
        }
    };
    // Each time somebody wants to change the callback, somebody else is faster, once.
    let others = Mutex::new(vec!["c"]);
    let moved = |current: &Subscription| {
        if let Some(name) = others.lock().unwrap().pop() {
            let faster = world.subscriptions.update(&context, &id, &IfMatch::Any, named(name));
            faster.now_or_never().unwrap().unwrap();
        }
        let mut new = NewSubscription::to("https://two/notify");
        new.consumer_subscription_id
            .clone_from(&current.consumer_subscription_id);
        Ok(new)
    };
    let changed = block_on(
        world
            .subscriptions
            .update(&context, &id, &IfMatch::Unconditional, moved),
    )
    .unwrap();
    assert_eq!(changed.callback, "https://two/notify");
    assert_eq!(changed.consumer_subscription_id.as_deref(), Some("c"));

    // Who wants to change only what it has seen is told.
    others.lock().unwrap().push("d");
    world.wait();
    let seen = IfMatch::Tags(vec![world.client.get(&path).header("etag").to_owned()]);
    let error = block_on(world.subscriptions.update(&context, &id, &seen, moved)).unwrap_err();
    assert!(error.is(ErrorKind::PreconditionFailed), "{error}");
}
