//! The conformance suite.

use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use kube::Client;
use o2_core::Result;
use o2_testkit::conformance::{Harness, ImsWorld, ims};

use super::world::{Cloud, REAL};
use crate::kube::testing::peer;
use crate::rt::TokioClock;

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
    for world in std::mem::take(&mut *live.worlds.lock().unwrap()) {
        world.clear().await;
    }
    println!("{report}");
    report.assert_green();
}
