//! The conformance suite, on a played cluster and on a real one.

use super::world::Site;
use crate::documented;
use crate::kube::testing::Worlds;

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = Worlds::<Site>::played(()).report().await;
    report.assert_green();
    documented::check("argocd", &report);
}

#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    if let Some(worlds) = Worlds::<Site>::real(()).await {
        worlds.report().await.assert_green();
    }
}
