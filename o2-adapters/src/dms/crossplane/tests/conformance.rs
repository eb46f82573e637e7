//! The conformance suite, on a played cluster, once for each generation of composite resources.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness, dms};

use super::world::{Generation, Site};
use crate::documented;

/// Makes worlds.
struct Worlds(Generation);

impl Harness<dyn DmsWorld> for Worlds {
    fn name(&self) -> &str {
        match self.0 {
            Generation::Claims => "crossplane: claims of 1.x",
            Generation::Composites => "crossplane: composite resources of 2.x",
        }
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::new(self.0).await?) as Arc<dyn DmsWorld>) }.boxed()
    }
}

#[tokio::test]
async fn claims_keep_the_contract() {
    let report = dms(&Worlds(Generation::Claims)).await;
    println!("{report}");
    report.assert_green();
    documented::check("crossplane", &report);
}

#[tokio::test]
async fn composite_resources_keep_the_contract() {
    let report = dms(&Worlds(Generation::Composites)).await;
    println!("{report}");
    report.assert_green();
    documented::check("crossplane-composite", &report);
}
