//! What a report looks like to people and to programs.

use super::{CaseReport, Outcome, Report};
use crate::conformance::Broken;

const TEXT: &str = include_str!("golden.txt");
const JSON: &str = include_str!("golden.json");

fn case(name: &str, outcome: Outcome) -> CaseReport {
    let topic = name.split('/').next().unwrap_or_default();
    CaseReport {
        name: name.to_owned(),
        contract: format!("What {topic} promises."),
        needs: vec![topic.to_owned()],
        outcome,
    }
}

fn report() -> Report {
    let skipped = || Outcome::Skipped("the world has no tenants".to_owned());
    let failed = |got: &str| Outcome::Failed(Broken::new("the ids of the list", "[\"a\", \"b\"]", got));
    let mut report = Report::new("smo", "lab");
    report.operations = [("get_thing", true), ("list_things", true), ("make_thing", false)]
        .map(|(name, declared)| (name.to_owned(), declared))
        .into();
    report.cases = vec![
        case("list_things/pages_add_up", failed("[\"a\"]")),
        case("list_things/order_is_stable", Outcome::Passed),
        case("list_things/foreign_objects_are_not_listed", skipped()),
        case("get_thing/unknown_ids_are_not_found", Outcome::Passed),
        case("get_thing/foreign_objects_are_not_found", skipped()),
        case("get_thing/an_outage_is_told", failed("[]")),
        case(
            "make_thing/one_of_many_wins",
            Outcome::Inapplicable("the plugin has no make_thing".to_owned()),
        ),
    ];
    report
}

#[test]
fn for_people() {
    assert_eq!(format!("{}\n", report()), TEXT);
}

#[test]
fn for_programs() {
    let json = serde_json::to_string_pretty(&report()).unwrap();
    assert_eq!(format!("{json}\n"), JSON);
    assert_eq!(serde_json::from_str::<Report>(JSON).unwrap(), report());
}

#[test]
fn green_is_who_passes_something_and_fails_nothing() {
    let mut report = report();
    assert!(!report.is_green());
    report.cases.retain(|case| !matches!(case.outcome, Outcome::Failed(_)));
    assert!(report.is_green());
    report.cases.retain(|case| case.outcome != Outcome::Passed);
    assert!(!report.is_green());
}
