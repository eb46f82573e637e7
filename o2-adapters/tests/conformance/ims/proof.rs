//! The proof of the suite: every fault is caught by the case that is about it, every law catches a fault, and every case
//! quotes the documentation.

use std::collections::BTreeSet;

use o2_testkit::conformance::ims_suite;

use super::mutants::{self, Mutant};
use super::world::{Clouds, Way};

/// Runs the cases about the topics of those that must fail, and looks which did.
async fn prove(mutants: &[Mutant]) {
    let suite = ims_suite();
    for mutant in mutants {
        let topics: Vec<_> = mutant.caught_by.iter().map(|case| topic(case)).collect();
        let world = Clouds::new(mutant.name, Way::Faulty(mutant.make));
        let report = suite.run_some(&world, |name| topics.contains(&topic(name))).await;
        let failed: Vec<_> = report.failures().map(|(case, _)| case.name.as_str()).collect();
        let missed: Vec<_> = mutant.caught_by.iter().filter(|case| !failed.contains(case)).collect();
        assert!(missed.is_empty(), "{} passes {missed:?}:\n{report}", mutant.name);
    }
}

fn topic(case: &str) -> &str {
    case.split_once('/').map_or(case, |(topic, _)| topic)
}

fn law(case: &str) -> &str {
    case.split_once('/').map_or(case, |(_, law)| law)
}

macro_rules! proofs {
    ($($test:ident: $mutants:ident,)*) => {
        $(#[tokio::test]
        async fn $test() {
            prove(mutants::$mutants).await;
        })*
    };
}

proofs! {
    faults_of_lists_are_caught: PAGING,
    faults_of_ids_are_caught: IDENTITY,
    faults_in_trouble_are_caught: TROUBLE,
    faults_about_tenants_are_caught: TENANTS,
    faults_of_plugins_are_caught: PLUGIN,
    faults_about_pools_are_caught: POOLS,
    faults_about_resources_are_caught: RESOURCES,
    faults_in_what_is_shown_are_caught: SHOWING,
    faults_of_watches_are_caught: WATCH,
}

/// What holds for every list must catch a fault of some list; every other case one of its own.
#[test]
fn every_law_catches_a_fault() {
    let all = mutants::ALL.iter().flat_map(|mutants| mutants.iter());
    let caught_by: BTreeSet<_> = all.flat_map(|mutant| mutant.caught_by.iter().copied()).collect();
    let laws: BTreeSet<_> = caught_by.iter().map(|case| law(case)).collect();
    let suite = ims_suite();
    let names = || suite.cases.iter().map(|case| case.name.as_str());
    let of_lists: BTreeSet<_> = names()
        .filter(|name| topic(name) == "list_deployment_managers")
        .map(law)
        .collect();
    let of_lists: BTreeSet<_> = of_lists.intersection(&laws).copied().collect();
    let caught = |name: &str| caught_by.contains(name) || of_lists.contains(law(name));
    let idle: Vec<_> = names().filter(|name| !caught(name)).collect();
    assert!(idle.is_empty(), "cases that no fault breaks: {idle:#?}");
}

/// Where the contract is written.
const DOCUMENTATION: &[&str] = &[
    include_str!("../../../../o2-ims/src/plugin.rs"),
    include_str!("../../../../o2-core/src/plugin/mod.rs"),
    include_str!("../../../../o2-core/src/capability.rs"),
    include_str!("../../../../o2-core/src/query/list.rs"),
    include_str!("../../../../o2-core/src/page.rs"),
];

/// The words of documentation, without marks of comments and links.
fn words(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("///"));
    let text: String = lines.flat_map(|line| [line, " "]).collect();
    let text = text.replace("](o2_core::Capabilities)", "");
    let text: String = text.chars().filter(|c| !matches!(c, '`' | '[' | ']')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_case_quotes_the_documentation() {
    let documentation: String = DOCUMENTATION.iter().map(|text| words(text)).collect();
    let suite = ims_suite();
    let invented: Vec<_> = suite
        .cases
        .iter()
        .filter(|case| !documentation.contains(&words(case.contract)))
        .map(|case| (case.name.as_str(), case.contract))
        .collect();
    assert!(invented.is_empty(), "contracts that nobody wrote down: {invented:#?}");
}
