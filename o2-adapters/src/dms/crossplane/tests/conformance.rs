//! The conformance suite, on a played cluster and on a real one, once for each generation of composite resources.

use super::world::{Generation, Site};
use crate::documented;
use crate::kube::testing::{Worlds, conformance_on_real_servers};

#[tokio::test]
async fn claims_keep_the_contract() {
    let report = Worlds::<Site>::played(Generation::Claims).report().await;
    report.assert_green();
    documented::check("crossplane", &report);
}

#[tokio::test]
async fn composite_resources_keep_the_contract() {
    let report = Worlds::<Site>::played(Generation::Composites).report().await;
    report.assert_green();
    documented::check("crossplane-composite", &report);
}

#[tokio::test]
async fn claims_keep_the_contract_on_real_servers() {
    conformance_on_real_servers::<Site>(Generation::Claims).await;
}

#[tokio::test]
async fn composite_resources_keep_the_contract_on_real_servers() {
    conformance_on_real_servers::<Site>(Generation::Composites).await;
}
