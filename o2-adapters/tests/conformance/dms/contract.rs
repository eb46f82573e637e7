//! The cases quote the documentation of the trait: a sentence that is changed there is changed here too.

use std::fs;
use std::path::Path;

use o2_testkit::conformance::dms_suite;

/// Documentation comments as one line of text.
fn documentation(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.trim_start().strip_prefix("///"));
    let words: Vec<_> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[test]
fn cases_quote_the_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = [
        "o2-dms/src/plugin.rs",
        "o2-dms/src/model/status.rs",
        "o2-dms/src/model/logs.rs",
        "o2-dms/src/model/requests.rs",
    ];
    let contract: String = sources
        .map(|source| documentation(&fs::read_to_string(root.join(source)).unwrap()))
        .join(" ");
    let suite = dms_suite();
    // What holds for every plugin and every list is documented elsewhere.
    let own = suite.cases.iter().filter(|case| {
        let general = ["plugin", "list_deployments", "list_deployment_packages"];
        !general.contains(&case.topic()) && !case.name.contains("declared")
    });
    let strange: Vec<_> = own
        .filter(|case| !contract.contains(case.contract))
        .map(|case| (&case.name, case.contract))
        .collect();
    assert!(
        strange.is_empty(),
        "sentences that the documentation does not have: {strange:#?}"
    );
}
