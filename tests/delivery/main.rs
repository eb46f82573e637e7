//! The whole gateway between a backend that changes and receivers behind real sockets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]
#![allow(dead_code, reason = "the crash test and the benchmarks use the rest of the flow")]

#[path = "../flow/mod.rs"]
mod flow;
mod hook;
mod world;

use std::net::Ipv4Addr;
use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use self::hook::{Answer, Hook};
use self::world::World;

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// A part of this machine that is not allowed to be spoken to.
const DENIED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

#[tokio::test]
async fn a_redirect_to_an_address_that_is_denied_is_not_followed() {
    let world = World::new();
    let private = Hook::listen(DENIED, Answer::Status(StatusCode::NO_CONTENT)).await;
    let answers = [
        StatusCode::FOUND,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let mut hooks = Vec::new();
    for status in answers {
        let hook = Hook::listen(HERE, Answer::Redirect(status, private.url())).await;
        world.subscribe(&hook.url()).await;
        hooks.push(hook);
    }
    world
        .while_running(async {
            world.log.change(0, false);
            for hook in &hooks {
                hook.requests(3).await;
            }
            until("three failing deliveries are shown", async || {
                let waiting = world.get("/admin/v1/deliveries").await;
                let items = waiting["items"].as_array().unwrap();
                items.len() == 3 && items.iter().all(|item| item["attempts"].as_u64() > Some(0))
            })
            .await;
        })
        .await;
    assert_eq!(private.count(), 0);
    let status = world.try_subscribe(&private.url()).await.status();
    assert_eq!(status, StatusCode::BAD_REQUEST, "its own address is refused at once");
}

#[tokio::test]
async fn what_waits_behind_a_request_on_the_wire_is_discarded_with_its_subscription() {
    let world = World::new();
    let hook = Hook::listen(HERE, Answer::WhenReleased).await;
    let subscription = world.subscribe(&hook.url()).await;
    world
        .while_running(async {
            for pool in 0..5 {
                world.log.change(pool, false);
            }
            hook.requests(1).await;
            world.stored("outbox/", 5).await;
            world.delete(&format!("/o2ims/v2/subscriptions/{subscription}")).await;
            hook.release();
            world.stored("outbox/", 0).await;
        })
        .await;
    assert_eq!(hook.count(), 1);
    assert_eq!(world.get("/admin/v1/deadLetters").await["items"], json!([]));
}

#[tokio::test]
async fn what_a_receiver_has_not_answered_at_the_end_is_told_by_the_next_process() {
    let world = World::new();
    let hook = Hook::listen(HERE, Answer::WhenReleased).await;
    world.subscribe(&hook.url()).await;
    world
        .while_running(async {
            for pool in 0..3 {
                world.log.change(pool, false);
            }
            hook.requests(1).await;
            world.stored("outbox/", 3).await;
        })
        .await;
    let next = world.again();
    hook.release();
    next.while_running(next.stored("outbox/", 0)).await;
    let ids = hook.ids();
    assert_eq!(
        (ids.len(), &ids[0]),
        (4, &ids[1]),
        "the first one again, with its id, and the others"
    );
}

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(20);

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "not within {PATIENCE:?}: {what}");
}
