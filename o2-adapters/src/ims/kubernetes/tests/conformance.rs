//! The conformance suite.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use kube::Client;
use o2_core::Result;
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ImsWorld, ims};
use o2_testkit::kubernetes::{ApiServer, Resource};
use serde_json::Value;

use super::capi::definitions;
use super::world::{Cloud, REAL};
use crate::documented;
use crate::kube::testing::peer;
use crate::rt::TokioClock;

/// Worlds on played servers, each on one of its own.
struct Played;

impl Harness<dyn ImsWorld> for Played {
    fn name(&self) -> &str {
        "kubernetes"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            let clock = ManualClock::auto();
            let server = ApiServer::with_clock(clock.clone());
            for definition in definitions() {
                server.serve(served(&definition));
            }
            let client = Client::new(server, "default");
            let world = Cloud::new(client, clock, Duration::from_secs(10)).await?;
            Ok(Arc::new(world) as Arc<dyn ImsWorld>)
        }
        .boxed()
    }
}

/// The kind that a definition defines; unknown fields are refused.
pub(super) fn served(definition: &Value) -> Resource {
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, version) = (text(&spec["group"]), text(&spec["versions"][0]["name"]));
    let (kind, plural) = (text(&spec["names"]["kind"]), text(&spec["names"]["plural"]));
    let schema = spec["versions"][0]["schema"]["openAPIV3Schema"].clone();
    Resource::new(&group, &[&version], &kind, &plural).with_schema(schema)
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&Played).await;
    println!("{report}");
    report.assert_green();
    documented::check("kubernetes", &report);
}

/// Worlds on a server that really runs.
struct Live {
    client: Client,
    worlds: Mutex<Vec<Arc<Cloud>>>,
}

impl Harness<dyn ImsWorld> for Live {
    fn name(&self) -> &str {
        "kubernetes"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            let clock = Arc::new(TokioClock::new());
            let world = Cloud::new(self.client.clone(), clock, REAL).await?;
            let world = Arc::new(world);
            self.worlds.lock().unwrap().push(Arc::clone(&world));
            Ok(world as Arc<dyn ImsWorld>)
        }
        .boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    let Some(client) = peer("conformance of the infrastructure").await else {
        return;
    };
    let live = Live {
        client,
        worlds: Mutex::default(),
    };
    let report = ims(&live).await;
    let worlds = std::mem::take(&mut *live.worlds.lock().unwrap());
    for world in worlds {
        world.clear().await;
    }
    println!("{report}");
    report.assert_green();
}
