//! The conformance suite.

use o2_testkit::conformance::ims;

use super::capi::CAPI;
use crate::documented;
use crate::kube::testing::{PlayedClouds, on_a_real_server, peer};

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&PlayedClouds(&CAPI)).await;
    println!("{report}");
    report.assert_green();
    documented::check("kubernetes", &report);
}

#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    let Some(client) = peer("conformance of the infrastructure").await else {
        return;
    };
    let report = on_a_real_server(&CAPI, client).await;
    println!("{report}");
    report.assert_green();
}
