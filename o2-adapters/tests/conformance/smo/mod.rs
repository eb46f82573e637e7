//! The in-memory orchestrator, alone and behind adapters that are right or wrong.

mod adapter;
mod faulty;
pub(crate) mod memory;
mod remote;

use o2_testkit::conformance::smo;

use self::faulty::Fault;
use self::memory::Memory;
use self::remote::Remote;

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = smo(&Memory).await;
    report.assert_green();
    println!("{report}");
}

#[tokio::test]
async fn behind_an_adapter_it_keeps_the_contract() {
    let report = smo(&Remote(None)).await;
    report.assert_green();
    assert_eq!(report.count("skipped"), 0, "{report}");
}

#[tokio::test]
async fn every_wrong_adapter_is_found_by_the_right_case() {
    crate::found(Fault::ALL, |fault| async move { smo(&Remote(Some(fault))).await }).await;
}
