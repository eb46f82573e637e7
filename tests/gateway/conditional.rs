//! `ETag` and `If-Match`: nobody overwrites what they have not seen.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::support::sample::Sample;
use crate::support::{Answer, World, request};

fn conditional(method: Method, target: &str, tags: &str, body: Option<&Value>) -> Request<Bytes> {
    let builder = request(method, target).header("if-match", tags);
    match body {
        Some(body) => crate::support::json(builder, body),
        None => builder.body(Bytes::new()).unwrap(),
    }
}

fn etag(world: &World, target: &str) -> String {
    let answer = world.get(target);
    assert_eq!(answer.status, 200, "{target}");
    let etag = answer.header("etag").to_owned();
    assert!(
        etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'),
        "{target}: {etag}"
    );
    etag
}

#[track_caller]
fn failed(answer: &Answer, current: &str) {
    let problem = answer.problem();
    assert_eq!(
        (problem.status, problem.error.as_str()),
        (412, "preconditionFailed"),
        "{}",
        problem.detail
    );
    assert!(
        problem.detail.contains(current),
        "{}: it is {current} now",
        problem.detail
    );
}

/// Changes and deletions of one object: an old tag fails, the current one is good.
fn check(world: &World, target: &str, change: &Value, replacement: &Value, done: &[u16]) {
    let settle = || world.clock.advance(std::time::Duration::from_secs(60));
    let old = etag(world, target);
    assert_eq!(etag(world, target), old, "reading changes nothing");
    assert!(done.contains(&world.patch(target, change).status));
    settle();
    let current = etag(world, target);
    assert_ne!(current, old, "{target}");

    let before = world.everything();
    for (method, body) in [
        (Method::PATCH, Some(change)),
        (Method::PUT, Some(replacement)),
        (Method::DELETE, None),
    ] {
        failed(&world.send(conditional(method.clone(), target, &old, body)), &current);
        failed(
            &world.send(conditional(method.clone(), target, &format!("W/{current}"), body)),
            &current,
        );
        for wrong in ["1", "\"", "current"] {
            let problem = world.send(conditional(method.clone(), target, wrong, body)).problem();
            assert_eq!(
                (problem.status, problem.at.join(",").as_str()),
                (400, "If-Match"),
                "{method} {wrong}"
            );
            assert!(
                problem
                    .detail
                    .contains("must be * or a list of entity tags in double quotes")
            );
        }
    }
    assert_eq!(world.everything(), before);

    let either = format!("\"other\", {current}");
    let answer = world.send(conditional(Method::PUT, target, &either, Some(replacement)));
    assert!(done.contains(&answer.status), "{}", answer.text());
    settle();
    let answer = world.send(conditional(Method::PATCH, target, "*", Some(change)));
    assert!(done.contains(&answer.status), "{}", answer.text());
    settle();
    let answer = world.send(conditional(Method::DELETE, target, &etag(world, target), None));
    assert!([202, 204].contains(&answer.status), "{}", answer.text());
    settle();
    let gone = world.send(conditional(Method::PATCH, target, "*", Some(change)));
    assert_eq!(gone.problem().status, 404, "{target}");
}

#[test]
fn pools_are_changed_as_they_were_seen() {
    for version in ["v1", "v2"] {
        let sample = Sample::new();
        let target = format!("/o2ims/{version}/resourcePools/spare");
        check(
            &sample.world,
            &target,
            &json!({"description": "new"}),
            &json!({"name": "other"}),
            &[200],
        );
    }
}

#[test]
fn subscriptions_are_changed_as_they_were_seen() {
    let sample = Sample::new();
    let target = format!("/o2ims/v1/subscriptions/{}", sample.subscription);
    let change = json!({"consumerSubscriptionId": "mine"});
    check(
        &sample.world,
        &target,
        &change,
        &json!({"callback": "https://smo/other"}),
        &[200],
    );
}

#[test]
fn deployments_are_changed_as_they_were_seen() {
    let sample = Sample::new();
    let target = format!("/o2dms/v1/deployments/{}", sample.deployment);
    let change = json!({"values": {"cells": 3}});
    check(
        &sample.world,
        &target,
        &change,
        &json!({"values": {"cells": 4}}),
        &[202],
    );
}

#[test]
fn deployments_are_worked_on_as_they_were_seen() {
    let sample = Sample::new();
    let target = format!("/o2dms/v1/deployments/{}", sample.deployment);
    let old = etag(&sample.world, &target);
    sample
        .world
        .post(&format!("{target}/scale?wait=60s"), &json!({"replicas": 3}))
        .expect(200);
    let current = etag(&sample.world, &target);
    for (action, body) in [
        ("scale", json!({"replicas": 2})),
        ("rollback", json!({})),
        ("upgrade", json!({"packageId": sample.package})),
        ("heal", json!({})),
    ] {
        let target = format!("{target}/{action}");
        failed(
            &sample.world.send(conditional(Method::POST, &target, &old, Some(&body))),
            &current,
        );
    }
    let scale = format!("{target}/scale");
    let answer = sample.world.send(conditional(
        Method::POST,
        &scale,
        &current,
        Some(&json!({"replicas": 2})),
    ));
    assert_eq!(answer.status, 202, "{}", answer.text());
}

#[test]
fn templates_are_changed_as_they_were_seen() {
    let sample = Sample::new();
    let target = format!("/o2dms/v1/deploymentTemplates/{}", sample.template);
    let replacement = json!({"name": "other", "version": "2", "packageId": sample.package});
    check(
        &sample.world,
        &target,
        &json!({"description": "new"}),
        &replacement,
        &[200],
    );
}

#[test]
fn what_is_created_and_changed_says_its_tag() {
    let sample = Sample::new();
    let world = &sample.world;
    for (target, body) in [
        ("/o2ims/v1/resourcePools", json!({"name": "new"})),
        ("/o2ims/v1/subscriptions", json!({"callback": "https://smo/new"})),
        (
            "/o2dms/v1/deploymentTemplates",
            json!({"name": "new", "version": "1", "packageId": sample.package}),
        ),
        (
            "/o2dms/v1/deployments?wait=60s",
            json!({"name": "new", "packageId": sample.package}),
        ),
    ] {
        let created = world.post(target, &body);
        assert_eq!(created.status, 201, "{}", created.text());
        assert_eq!(
            created.header("etag"),
            etag(world, created.header("location")),
            "{target}"
        );
    }
    let changed = world.patch("/o2ims/v1/resourcePools/spare", &json!({"description": "new"}));
    assert_eq!(changed.header("etag"), etag(world, "/o2ims/v1/resourcePools/spare"));
}
