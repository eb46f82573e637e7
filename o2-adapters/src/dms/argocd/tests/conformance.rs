//! The conformance suite, on a played cluster.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness, dms};

use super::world::Site;

/// Makes worlds.
struct Worlds;

impl Harness<dyn DmsWorld> for Worlds {
    fn name(&self) -> &str {
        "argocd"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::new().await?) as Arc<dyn DmsWorld>) }.boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = dms(&Worlds).await;
    println!("{report}");
    report.assert_green();
}
