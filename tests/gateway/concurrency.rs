//! Many requests at once, requests that nobody waits for any more, two gateways side by side, and the work beside requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::join;
use http::{Method, Request};
use o2::core::ports::Clock;
use o2_testkit::ManualClock;
use o2_testkit::conformance::laws::at_every_await;
use serde_json::{Value, json};

use crate::support::{Fault, POOL, POOLS, World, json as with_json, request};

const THREADS: usize = 8;

fn read(target: &str) -> Request<Bytes> {
    request(Method::GET, target).body(Bytes::new()).unwrap()
}

fn keyed(target: &str, body: &Value) -> Request<Bytes> {
    with_json(request(Method::POST, target).header("idempotency-key", "k1"), body)
}

/// A gateway whose plugins await before and after their work.
fn lingering() -> World {
    let (world, faults) = World::misbehaving("");
    faults.set("*", Fault::Linger);
    world
}

#[test]
fn of_many_who_create_the_same_pool_one_wins() {
    let world = World::new();
    let (created, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let body = json!({"resourcePoolId": "contended", "name": "contended"});
                match world.post(POOLS, &body).status {
                    201 => created.fetch_add(1, Ordering::Relaxed),
                    409 => refused.fetch_add(1, Ordering::Relaxed),
                    status => panic!("{status}"),
                };
                world.get(&format!("{POOLS}/contended")).expect(200);
            });
        }
    });
    assert_eq!((created.into_inner(), refused.into_inner()), (1, THREADS - 1));
}

#[test]
fn readers_see_whole_objects_while_writers_change_them() {
    let world = World::new();
    let pool = format!("{POOLS}/{POOL}");
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let (world, pool) = (&world, &pool);
            scope.spawn(move || {
                for round in 0..20 {
                    let word = format!("{number}-{round}");
                    let patch = json!({"description": word, "labels": {"word": word}});
                    // Four attempts may not be enough among so many; then the caller is told to try again.
                    let status = world.patch(pool, &patch).status;
                    assert!(matches!(status, 200 | 409), "{status}");
                    let seen = world.get(pool).expect(200);
                    assert!(
                        seen["labels"]["word"].is_null() || seen["description"] == seen["labels"]["word"],
                        "{seen}"
                    );
                }
            });
        }
    });
}

#[test]
fn a_dropped_request_leaves_a_gateway_that_works() {
    let world = lingering();
    let before = world.get(POOLS).expect(200);
    for target in [
        POOLS,
        "/o2ims/v2/resources?sort=-name&limit=3",
        "/readyz",
        "/openapi.json",
    ] {
        let answer = block_on(at_every_await(|| world.gateway.handle(read(target))));
        assert_eq!(answer.status(), 200, "{target}");
    }
    assert_eq!(world.get(POOLS).expect(200), before);
}

#[test]
fn a_dropped_creation_happened_or_did_not() {
    let world = lingering();
    let body = json!({"resourcePoolId": "dropped", "name": "dropped"});
    let create = || with_json(request(Method::POST, POOLS), &body);
    let answer = block_on(at_every_await(|| world.gateway.handle(create())));
    let status = answer.status().as_u16();
    assert!(
        matches!(status, 201 | 409),
        "{status}: an attempt that was dropped may have been the one"
    );
    world.get(&format!("{POOLS}/dropped")).expect(200);
    world.delete(&format!("{POOLS}/dropped?force=true")).expect(204);
    world.get(&format!("{POOLS}/dropped")).expect(404);
}

#[test]
fn a_dropped_request_does_not_keep_its_idempotency_key_for_ever() {
    let world = lingering();
    let body = json!({"resourcePoolId": "keyed", "name": "keyed"});
    let mut create = Box::pin(world.gateway.handle(keyed(POOLS, &body)));
    assert!(create.as_mut().now_or_never().is_none(), "it waits for the plugin");
    drop(create);
    world.clock.advance(Duration::from_secs(3_600));
    let status = world.send(keyed(POOLS, &body)).status;
    assert!(matches!(status, 201 | 409), "{status}");
}

#[test]
fn two_gateways_know_nothing_of_each_other() {
    let (one, other) = (World::new(), World::new());
    let before = other.everything();
    one.create(POOLS, &json!({"resourcePoolId": "mine", "name": "mine"}));
    one.create(
        "/o2ims/v1/subscriptions",
        &json!({"callback": "https://smo.example/hook"}),
    );
    one.ask(Method::POST, "/admin/v1/plugins/ims/memory/disable")
        .expect(200);
    one.get(POOLS).expect(503);
    assert_eq!(other.everything(), before);
    other.get(&format!("{POOLS}/mine")).expect(404);
    let counted = |world: &World| world.gateway.metrics().render().unwrap().contains(r#"status="503""#);
    assert!(counted(&one) && !counted(&other));
}

#[test]
fn the_work_beside_requests_ends_when_it_is_told_and_closes_the_plugins() {
    let world = World::at(ManualClock::auto(), |builder| builder);
    let clock = Arc::clone(&world.clock);
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let meanwhile = async {
        clock.sleep(Duration::from_secs(120)).await;
        let ready = world.gateway.handle(read("/readyz")).await;
        assert_eq!(ready.status(), 200);
        let plugins = world.gateway.handle(read("/admin/v1/plugins/ims/memory/health")).await;
        assert_eq!(plugins.status(), 200, "{plugins:?}");
        stop.send(()).unwrap();
    };
    block_on(join(world.gateway.run(shutdown), meanwhile));
    let problem = world.get(POOLS).problem();
    assert_eq!((problem.status, problem.error.as_str()), (503, "unavailable"));
}
