//! Subscriptions through their routes, as subscribers use them, and through the service, as hosts without HTTP do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod callbacks;
mod conditions;
mod filters;
mod lists;
mod matcher;
mod options;
mod quotas;
mod routes;
mod service;
mod status;
mod stored;
mod tenants;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use http::Method;
use o2_core::Timestamp;
use o2_core::http::{Api, ApiVersion};
use o2_core::ports::Clock;
use o2_core::query::PageLimits;
use o2_core::store::{MemoryStore, Store};
use o2_core::subscription::{HasSubscriptions, Subscriptions, routes};
use o2_testkit::ManualClock;
use o2_testkit::http::{Answer, Client};
use serde_json::{Value, json};

const ROOT: &str = "/o2ims/v1/subscriptions";

/// A host with nothing but subscriptions.
#[derive(Debug)]
struct Host(Subscriptions);

impl HasSubscriptions for Host {
    fn subscriptions(&self) -> &Subscriptions {
        &self.0
    }
}

struct World {
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    subscriptions: Subscriptions,
    client: Client,
}

fn world() -> World {
    world_with(|subscriptions| subscriptions)
}

fn world_with(set: impl FnOnce(Subscriptions) -> Subscriptions) -> World {
    world_of(ManualClock::new(), set)
}

fn world_of(clock: Arc<ManualClock>, set: impl FnOnce(Subscriptions) -> Subscriptions) -> World {
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    world_on(clock, store, set)
}

fn world_on(
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    set: impl FnOnce(Subscriptions) -> Subscriptions,
) -> World {
    let subscriptions = Subscriptions::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::clone(&clock) as Arc<dyn Clock>,
        PageLimits::default(),
    );
    let subscriptions = set(subscriptions);
    let host = Arc::new(Host(subscriptions.clone()));
    let api = Api::new(host, "/o2ims", &[ApiVersion::V1, ApiVersion::V2], routes(), &[]);
    World {
        clock,
        store,
        subscriptions,
        client: Client::new(Arc::new(api)),
    }
}

impl World {
    fn wait(&self) {
        self.advance(1);
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The result of what never waits.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().unwrap()
}

/// Subscribes, and gives back the path of what came into being.
#[track_caller]
fn subscribe(client: &Client, body: &Value) -> String {
    let answer = client.post(ROOT, body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.header("location").to_owned()
}

fn to(host: &str) -> Value {
    json!({"callback": format!("https://{host}/notify")})
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Asks for an action, which takes no body.
fn act(client: &Client, path: &str) -> Answer {
    client.send(Method::POST, path, "")
}

#[track_caller]
fn good(answer: &Answer) {
    assert!((200..300).contains(&answer.status), "{}", answer.body);
}

#[track_caller]
fn is_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.is_problem(), "{:?}", answer.headers);
}
