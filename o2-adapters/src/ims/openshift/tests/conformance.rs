//! The conformance suite.

use o2_testkit::conformance::ims;

use super::machine_api::MACHINE_API;
use crate::documented;
use crate::kube::testing::{PlayedClouds, on_a_real_server, peer};

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&PlayedClouds(&MACHINE_API)).await;
    println!("{report}");
    report.assert_green();
    documented::check("openshift", &report);
}

#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    let Some(client) = peer("conformance of OpenShift's infrastructure").await else {
        return;
    };
    let report = on_a_real_server(&MACHINE_API, client).await;
    println!("{report}");
    report.assert_green();
}
