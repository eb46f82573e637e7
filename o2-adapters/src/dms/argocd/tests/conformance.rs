//! The conformance suite, on a played cluster and on a real one.

use super::world::Site;
use crate::documented;
use crate::kube::testing::{Worlds, conformance_on_a_real_server};

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = Worlds::<Site>::played(()).report().await;
    report.assert_green();
    documented::check("argocd", &report);
}

#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    conformance_on_a_real_server::<Site>(()).await;
}
