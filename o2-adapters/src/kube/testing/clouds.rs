//! The worlds of the conformance suite, on played servers or on one that really runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use kube::Client;
use o2_core::Result;
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ImsWorld, Report, ims};
use o2_testkit::kubernetes::ApiServer;

use super::cloud::{Cloud, REAL};
use super::machines::Flavour;
use crate::rt::TokioClock;

/// Worlds on played servers, each on one of its own.
pub(crate) struct PlayedClouds(pub(crate) &'static Flavour);

impl Harness<dyn ImsWorld> for PlayedClouds {
    fn name(&self) -> &str {
        self.0.backend
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            let clock = ManualClock::auto();
            let server = ApiServer::with_clock(clock.clone());
            for kind in (self.0.kinds)() {
                server.serve(kind);
            }
            let client = Client::new(server, "default");
            let world = Cloud::new(self.0, client, clock, Duration::from_secs(10)).await?;
            Ok(Arc::new(world) as Arc<dyn ImsWorld>)
        }
        .boxed()
    }
}

/// Worlds on a server that really runs: one at a time, which is cleared away when the next one begins.
pub(crate) struct LiveClouds {
    flavour: &'static Flavour,
    client: Client,
    world: Mutex<Option<Arc<Cloud>>>,
}

impl LiveClouds {
    async fn clear(&self) {
        let world = self.world.lock().unwrap().take();
        if let Some(world) = world {
            world.clear().await;
        }
    }
}

impl Harness<dyn ImsWorld> for LiveClouds {
    fn name(&self) -> &str {
        self.flavour.backend
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            self.clear().await;
            let clock = Arc::new(TokioClock::new());
            let world = Cloud::new(self.flavour, self.client.clone(), clock, REAL).await?;
            let world = Arc::new(world);
            *self.world.lock().unwrap() = Some(Arc::clone(&world));
            Ok(world as Arc<dyn ImsWorld>)
        }
        .boxed()
    }
}

/// The report on a server that really runs. Nothing is left there.
pub(crate) async fn on_a_real_server(flavour: &'static Flavour, client: Client) -> Report {
    let live = LiveClouds {
        flavour,
        client,
        world: Mutex::default(),
    };
    let report = ims(&live).await;
    live.clear().await;
    report
}
