//! Deployment plugins: the in-memory one, the same behind a network, and broken ones.

mod backend;
mod mutants;
mod remote;
mod site;
mod twist;

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness, dms};

use site::Site;

/// Makes sites whose plugin is the backend itself.
struct Memory;

/// Makes sites whose plugin talks with the backend.
struct Network;

impl Harness<dyn DmsWorld> for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::local().await?) as _) }.boxed()
    }
}

impl Harness<dyn DmsWorld> for Network {
    fn name(&self) -> &str {
        "remote"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::remote(|remote| Arc::new(remote)).await?) as _) }.boxed()
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
