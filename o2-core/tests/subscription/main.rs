//! Subscriptions through their routes, as subscribers use them, and through the service, as hosts without HTTP do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

mod conditions;
mod filters;
mod lists;
mod routes;
mod service;
mod tenants;

use std::sync::Arc;
use std::time::Duration;

use o2_core::http::{Api, ApiVersion};
use o2_core::ports::Clock;
use o2_core::query::PageLimits;
use o2_core::store::MemoryStore;
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
    subscriptions: Subscriptions,
    client: Client,
}

fn world() -> World {
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let subscriptions = Subscriptions::new(store, Arc::clone(&clock) as Arc<dyn Clock>, PageLimits::default());
    let host = Arc::new(Host(subscriptions.clone()));
    let api = Api::new(host, "/o2ims", &[ApiVersion::V1, ApiVersion::V2], routes(), &[]);
    World {
        clock,
        subscriptions,
        client: Client::new(Arc::new(api)),
    }
}

impl World {
    fn wait(&self) {
        self.clock.advance(Duration::from_secs(1));
    }
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

#[track_caller]
fn is_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.is_problem(), "{:?}", answer.headers);
}
