//! Deployment plugins: the in-memory one, the same behind a network, and broken ones.

mod backend;
mod contract;
pub(crate) mod memory;
mod mutants;
mod remote;
mod site;
mod twist;

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::layer::{Layer, Layered};
use o2_core::layers::CapabilityLayer;
use o2_core::{Capabilities, Operation, Result};
use o2_dms::{DMSPlugin, op};
use o2_testkit::conformance::{DmsWorld, Harness, dms};

use memory::Memory;
use site::Site;
use twist::{Mutant, Twist};

/// Makes sites whose plugin talks with the backend.
struct Network;

impl Harness<dyn DmsWorld> for Network {
    fn name(&self) -> &str {
        "remote"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::remote(|remote| Arc::new(remote)).await?) as _) }.boxed()
    }
}

/// Makes sites whose plugin lacks one operation.
struct Lacking(&'static Operation);

/// Lacks an operation, as its capabilities say; a layer sees to it.
#[derive(Debug)]
struct Lacks(&'static Operation);

impl Twist for Lacks {
    fn capabilities(&self, right: &Capabilities) -> Capabilities {
        right.clone().without(self.0)
    }
}

impl Harness<dyn DmsWorld> for Lacking {
    fn name(&self) -> &str {
        "lacking"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        let operation = self.0;
        let wrap = move |right| {
            let modest: Arc<dyn DMSPlugin> = Arc::new(Mutant::new(right, Arc::new(Lacks(operation))));
            Arc::new(Layered::new(modest, [Arc::new(CapabilityLayer) as Arc<dyn Layer>])) as _
        };
        async move { Ok(Arc::new(Site::remote(wrap).await?) as _) }.boxed()
    }
}

#[tokio::test]
async fn a_plugin_may_lack_any_operation() {
    for operation in op::ALL {
        let report = dms(&Lacking(operation)).await;
        assert!(report.is_green(), "without {}: {report}", operation.name);
        assert_eq!(report.operations.get(operation.name), Some(&false));
    }
}

#[tokio::test]
async fn the_memory_backend_keeps_the_contract() {
    let report = dms(&Memory).await;
    report.assert_green();
    println!("{report}");
}

#[tokio::test]
async fn a_plugin_of_a_remote_backend_keeps_the_contract() {
    let report = dms(&Network).await;
    report.assert_green();
    println!("{report}");
    // Here everything can be tried, so that nothing is left out for want of a world.
    let skipped: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.outcome.as_str() == "skipped")
        .collect();
    assert!(skipped.is_empty(), "{skipped:?}");
}
