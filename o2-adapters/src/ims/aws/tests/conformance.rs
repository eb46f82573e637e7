//! The conformance suite. It fails until the plugin has operations, and says how to go on.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ImsWorld, World, ims};

use super::{built, example};

const NEXT: &str = "\
the plugin has no operations yet. Take one that the backend has and
  1. describe what the backend sends in wire.rs, and turn it into the model in map.rs, with a sample in a test;
  2. ask for it in client.rs, and write the method of the trait in plugin.rs;
  3. name the operation in the capabilities, and let the backend of the tests answer it.
Then the suite runs on it. docs/adding-a-backend.md shows each step";

/// Makes worlds.
struct Worlds;

/// A plugin on the backend of the tests. What else a world can do, the suite has more cases for: see `World`.
struct Scripted {
    plugin: Arc<dyn IMSPlugin>,
    clock: Arc<dyn Clock>,
}

impl Harness<dyn ImsWorld> for Worlds {
    fn name(&self) -> &str {
        "aws"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        let plugin = example().and_then(|config| built(&config));
        let clock = ManualClock::auto();
        ready(plugin.map(|plugin| Arc::new(Scripted { plugin, clock }) as _)).boxed()
    }
}

impl World<dyn IMSPlugin> for Scripted {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }
}

impl ImsWorld for Scripted {}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&Worlds).await;
    assert!(report.operations.values().any(|declared| *declared), "{NEXT}");
    report.assert_green();
}
