//! `Idempotency-Key`: a request that is repeated is served once.

use bytes::Bytes;
use futures::executor::block_on;
use futures::poll;
use http::{Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::caller::Caller;
use crate::support::{Answer, Fault, POOLS, World, request};

fn keyed(key: &str, target: &str, body: &Value) -> Request<Bytes> {
    crate::support::json(request(Method::POST, target).header("idempotency-key", key), body)
}

fn post(world: &World, key: &str, body: &Value) -> Answer {
    world.send(keyed(key, POOLS, body))
}

fn pools(world: &World) -> usize {
    world.get(POOLS).items("name").len()
}

#[test]
fn a_repeated_request_gets_the_first_answer_again() {
    let world = World::new();
    let before = pools(&world);
    let body = json!({"name": "once"});
    let first = post(&world, "k-1", &body);
    let again = post(&world, "k-1", &body);
    assert_eq!((first.status, again.status, pools(&world)), (201, 201, before + 1));
    assert_eq!(
        (
            first.header("idempotency-replayed"),
            again.header("idempotency-replayed")
        ),
        ("", "true")
    );
    assert_eq!(first.body, again.body);
    for name in ["location", "etag", "content-type"] {
        assert!(!first.header(name).is_empty());
        assert_eq!(first.header(name), again.header(name), "{name}");
    }
    assert_ne!(
        first.header("x-request-id"),
        again.header("x-request-id"),
        "it is another request"
    );
    // Whatever has become of the pool since.
    world.delete(first.header("location")).expect(204);
    assert_eq!(post(&world, "k-1", &body).body, first.body);
    assert_eq!(pools(&world), before);
}

#[test]
fn a_key_is_for_one_request() {
    let world = World::new();
    post(&world, "k-1", &json!({"name": "a"})).expect(201);
    let before = world.everything();
    let other_body = keyed("k-1", POOLS, &json!({"name": "b"}));
    let other_path = keyed("k-1", "/o2ims/v2/resourcePools", &json!({"name": "a"}));
    for request in [other_body, other_path] {
        let problem = world.send(request).problem();
        assert_eq!(
            (problem.status, problem.at.join(",").as_str()),
            (400, "Idempotency-Key")
        );
        assert!(
            problem.detail.contains("used for another request"),
            "{}",
            problem.detail
        );
    }
    for wrong in ["", &"x".repeat(256)] {
        let problem = post(&world, wrong, &json!({"name": "c"})).problem();
        assert_eq!(
            (problem.status, problem.at.join(",").as_str()),
            (400, "Idempotency-Key")
        );
        assert!(
            problem.detail.contains("must be 1 to 255 visible ASCII characters"),
            "{}",
            problem.detail
        );
    }
    assert_eq!(world.everything(), before);
    post(&world, "k-2", &json!({"name": "b"})).expect(201);
}

#[test]
fn a_refused_request_may_be_mended_under_its_key() {
    let (world, faults) = World::misbehaving("");
    assert_eq!(post(&world, "k", &json!({"nmae": "a"})).problem().status, 400);
    faults.set("create_resource_pool", Fault::Panic);
    assert_eq!(post(&world, "k", &json!({"name": "a"})).problem().status, 500);
    faults.clear();
    let answer = post(&world, "k", &json!({"name": "a"}));
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, ""));
}

#[test]
fn answers_are_kept_for_a_day() {
    let world = World::new();
    let body = json!({"callback": "https://smo/notify", "consumerSubscriptionId": "one"});
    let subscribe = |body: &Value| world.send(keyed("k", "/o2ims/v1/subscriptions", body));
    let first = subscribe(&body).expect(201);
    world.clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(subscribe(&body).expect(201), first);
    world.clock.advance(Duration::from_secs(2 * 3600));
    let other = json!({"callback": "https://smo/notify", "consumerSubscriptionId": "two"});
    assert_eq!(
        subscribe(&other).header("idempotency-replayed"),
        "",
        "the key is free again"
    );
}

#[test]
fn everybody_has_keys_of_their_own() {
    let world = World::of("identity: {source: {type: trustedHeader, proxies: [10.0.0.1]}}");
    let create = |caller: &Caller<'_>| caller.send(keyed("k", POOLS, &json!({"name": "a"})));
    let ann = world.user("a", "owner");
    for caller in [&ann, &world.user("b", "owner"), &ann.clone().named("bob")] {
        let answer = create(caller);
        assert_ne!(answer.status, 401);
        assert_eq!(answer.header("idempotency-replayed"), "");
    }
    assert_eq!(create(&ann).header("idempotency-replayed"), "true");
    let problem = world
        .user("a", "viewer")
        .send(keyed("k", POOLS, &json!({"name": "a"})))
        .problem();
    assert_eq!(
        problem.status, 403,
        "an answer is not given to who may not ask any more"
    );
}

#[test]
fn while_the_first_request_is_served_the_second_waits() {
    let (world, faults) = World::misbehaving("");
    faults.set("create_resource_pool", Fault::Hang);
    let body = json!({"name": "slow"});
    let gateway = world.gateway.clone();
    let mut first = Box::pin(async move { gateway.handle(keyed("k", POOLS, &body)).await });
    assert!(block_on(async { poll!(&mut first) }).is_pending());

    let busy = post(&world, "k", &json!({"name": "slow"}));
    let problem = busy.problem();
    assert_eq!(
        (problem.status, problem.error.as_str(), busy.header("retry-after")),
        (409, "conflict", "1")
    );
    assert!(problem.detail.contains("still being served"), "{}", problem.detail);

    // The client of the first request goes away; after the longest time a request may take, the key is free.
    drop(first);
    faults.clear();
    assert_eq!(post(&world, "k", &json!({"name": "slow"})).status, 409);
    world.clock.advance(Duration::from_secs(61));
    post(&world, "k", &json!({"name": "slow"})).expect(201);
}

#[test]
fn long_work_is_begun_once() {
    let world = World::new();
    let upload = json!({"name": "vdu", "version": "1", "packageType": "helm-chart", "packageUrl": "https://x/y.tgz"});
    let package = world.create("/o2dms/v1/deploymentPackages", &upload);
    let new = json!({"name": "vdu-1", "packageId": package["packageId"]});
    let deploy = || world.send(keyed("k", "/o2dms/v1/deployments", &new));
    let first = deploy();
    first.expect(202);
    world.clock.advance(Duration::from_secs(60));
    let again = deploy();
    assert_eq!(
        (again.status, again.header("location")),
        (202, first.header("location"))
    );
    assert_eq!(world.get("/o2dms/v1/operations").items("operationId").len(), 1);
}
