//! The conformance suite, on a played cluster and on a real one, once for each kind of deployment.

use super::world::Site;
use crate::dms::flux::objects::Engine;
use crate::documented;
use crate::kube::testing::{Worlds, conformance_on_a_real_server};

#[tokio::test]
async fn releases_keep_the_contract() {
    let report = Worlds::<Site>::played(Engine::Helm).report().await;
    report.assert_green();
    documented::check("flux", &report);
}

#[tokio::test]
async fn kustomizations_keep_the_contract() {
    let report = Worlds::<Site>::played(Engine::Kustomize).report().await;
    report.assert_green();
    documented::check("flux-kustomization", &report);
}

#[tokio::test]
async fn releases_keep_the_contract_on_a_real_server() {
    conformance_on_a_real_server::<Site>(Engine::Helm).await;
}

#[tokio::test]
async fn kustomizations_keep_the_contract_on_a_real_server() {
    conformance_on_a_real_server::<Site>(Engine::Kustomize).await;
}
