//! The conformance suite, on a played cluster, once for each kind of deployment.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness, dms};

use super::world::Site;
use crate::dms::flux::objects::Engine;
use crate::documented;

/// Makes worlds.
struct Worlds(Engine);

impl Harness<dyn DmsWorld> for Worlds {
    fn name(&self) -> &str {
        match self.0 {
            Engine::Helm => "flux: HelmRelease",
            Engine::Kustomize => "flux: Kustomization",
        }
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::new(self.0).await?) as Arc<dyn DmsWorld>) }.boxed()
    }
}

#[tokio::test]
async fn releases_keep_the_contract() {
    let report = dms(&Worlds(Engine::Helm)).await;
    println!("{report}");
    report.assert_green();
    documented::check("flux", &report);
}

#[tokio::test]
async fn kustomizations_keep_the_contract() {
    let report = dms(&Worlds(Engine::Kustomize)).await;
    println!("{report}");
    report.assert_green();
    documented::check("flux-kustomization", &report);
}
