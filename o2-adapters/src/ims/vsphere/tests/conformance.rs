//! The conformance suite on a played vCenter.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::Result;
use o2_core::ports::HttpClient;
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ImsWorld, ims};

use super::line::Line;
use super::played::Played;
use super::world::{Backend, Scripted};
use super::{built, config};
use crate::documented;

/// Worlds on played vCenters, each on one of its own.
struct PlayedWorlds;

impl Harness<dyn ImsWorld> for PlayedWorlds {
    fn name(&self) -> &str {
        "vsphere"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        let clock = ManualClock::auto();
        let played = Played::new(clock.clone());
        let http: Arc<dyn HttpClient> = Arc::new(Line(Arc::clone(&played)));
        let plugin = built(&config(), Arc::clone(&http), clock.clone());
        let world = plugin.map(|plugin| Scripted {
            config: config(),
            http,
            clock,
            plugin,
            backend: Backend::Played(played),
            reopened: Mutex::default(),
            parent: "vc-1:domain-c1".to_owned(),
            silence: Duration::from_secs(10),
        });
        ready(world.map(|world| Arc::new(world) as _)).boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&PlayedWorlds).await;
    println!("{report}");
    report.assert_green();
    documented::check("vsphere", &report);
}
