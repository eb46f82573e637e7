//! The conformance suite: on a played cluster with a played helm, and on a real one with the real program; repositories are played.

use super::world::Edge;
use crate::documented;
use crate::kube::testing::{Worlds, conformance_on_real_servers, there_is};

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = Worlds::<Edge>::played(()).report().await;
    report.assert_green();
    documented::check("helm", &report);
}

#[tokio::test]
async fn it_keeps_the_contract_on_real_servers() {
    if there_is("helm") {
        conformance_on_real_servers::<Edge>(()).await;
    }
}
