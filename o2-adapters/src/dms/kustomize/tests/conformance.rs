//! The conformance suite: on a played cluster with a played kustomize,
//! and on a real one with the real program.

use super::world::Edge;
use crate::documented;
use crate::kube::testing::{Worlds, conformance_on_real_servers, there_is};

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = Worlds::<Edge>::played(()).report().await;
    report.assert_green();
    documented::check("kustomize", &report);
}

#[tokio::test]
async fn it_keeps_the_contract_on_real_servers() {
    if there_is("kustomize") {
        conformance_on_real_servers::<Edge>(()).await;
    }
}
