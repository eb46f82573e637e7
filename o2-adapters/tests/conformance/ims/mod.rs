//! The in-memory infrastructure backend, by itself and behind a network, and plugins with one fault each.

mod fault;
mod faults;
mod mutants;
mod proof;
mod remote;
mod world;

use o2_testkit::conformance::{Harness, ImsWorld, Outcome, ims};

use world::{Clouds, Way};

/// O-Clouds whose plugin is the backend itself.
pub(crate) fn memory() -> impl Harness<dyn ImsWorld> {
    Clouds::new("memory", Way::Local)
}

#[tokio::test]
async fn the_memory_backend_keeps_the_contract() {
    ims(&memory()).await.assert_green();
}

#[tokio::test]
async fn a_plugin_that_only_reads_keeps_the_contract() {
    let report = ims(&Clouds::new("reading", Way::Reading)).await;
    report.assert_green();
    let refused = report
        .cases
        .iter()
        .filter(|case| case.name.ends_with("/is_refused_when_undeclared"));
    let passed = refused.filter(|case| case.outcome == Outcome::Passed).count();
    assert_eq!(
        passed,
        report.operations.values().filter(|declared| !**declared).count()
    );
}

/// Behind a network everything can be tried: the suite leaves nothing out but what is not for this plugin.
#[tokio::test]
async fn a_backend_behind_a_network_keeps_the_contract() {
    let report = ims(&Clouds::new("remote", Way::Remote)).await;
    report.assert_green();
    let skipped: Vec<_> = report
        .cases
        .iter()
        .filter_map(|case| match &case.outcome {
            Outcome::Skipped(why) => Some((case.name.as_str(), why.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(skipped, world::UNTRIED);
}
