//! The conformance suite, on a played cluster with a played helm and played repositories.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness, dms};

use super::world::Edge;
use crate::documented;

/// Makes worlds.
struct Worlds;

impl Harness<dyn DmsWorld> for Worlds {
    fn name(&self) -> &str {
        "helm"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Edge::full().await?) as Arc<dyn DmsWorld>) }.boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = dms(&Worlds).await;
    println!("{report}");
    report.assert_green();
    documented::check("helm", &report);
}
