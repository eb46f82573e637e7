//! The conformance suite, on a played cluster and on a real one, once for each generation of composite resources.

use super::world::{Generation, Site};
use crate::documented;
use crate::kube::testing::{Worlds, conformance_on_a_real_server};

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

/// One after the other: what Crossplane has installed is for all namespaces.
#[tokio::test]
async fn both_keep_the_contract_on_a_real_server() {
    for generation in [Generation::Claims, Generation::Composites] {
        conformance_on_a_real_server::<Site>(generation).await;
    }
}
