//! The documents that are made from suites and reports: what a plugin promises, and what each backend can do.

use std::fmt::Write;
use std::path::Path;

use o2_testkit::conformance::{
    Subject, Suite, dms, dms_suite, ims, ims_suite, matrix, observability, observability_suite, smo, smo_suite,
    store_suite,
};

/// In a document, what stands below this line is made.
const MARK: &str = "<!-- What follows is made by a test; see above. -->\n";

/// Compares what is made with what the document says, or writes it there when `O2_BLESS` is set.
fn check(document: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(document);
    let text = std::fs::read_to_string(&path).unwrap();
    let (by_hand, committed) = text.split_once(MARK).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the test says whether it may write"
    )]
    let bless = std::env::var("O2_BLESS").is_ok();
    if bless {
        std::fs::write(&path, format!("{by_hand}{MARK}{made}")).unwrap();
    } else {
        let again = "O2_BLESS=1 cargo test -p o2-adapters --test conformance documents";
        assert!(
            committed == made,
            "docs/{document} is not what the suites say; make it again: {again}"
        );
    }
}

/// The sentences of a trait's contract, each with its cases.
fn laws<P: ?Sized + Subject, W: ?Sized>(name: &str, suite: &Suite<P, W>) -> String {
    let mut sentences: Vec<(&str, Vec<&str>)> = Vec::new();
    for case in &suite.cases {
        match sentences.iter_mut().find(|(sentence, _)| *sentence == case.contract) {
            Some((_, names)) => names.push(&case.name),
            None => sentences.push((case.contract, vec![&case.name])),
        }
    }
    let mut text = format!("\n## `{name}`\n\nSuite `{}`, {} cases.\n\n", P::NAME, suite.cases.len());
    for (sentence, names) in sentences {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "- {sentence}\n  - {}", names.join("\n  - "));
    }
    text
}

#[test]
fn documents_say_what_plugins_promise() {
    let made = [
        laws("IMSPlugin", &ims_suite()),
        laws("DMSPlugin", &dms_suite()),
        laws("SMOPlugin", &smo_suite()),
        laws("ObservabilityPlugin", &observability_suite()),
        laws("Store", &store_suite()),
    ];
    check("plugin-contract.md", &made.concat());
}

fn names<P: ?Sized + Subject, W: ?Sized>(suite: &Suite<P, W>) {
    let mut names: Vec<_> = suite.cases.iter().map(|case| case.name.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        all,
        "two cases of the suite {} have the same name",
        P::NAME
    );
}

#[test]
fn every_case_has_a_name_of_its_own() {
    names(&ims_suite());
    names(&dms_suite());
    names(&smo_suite());
    names(&observability_suite());
    names(&store_suite());
}

#[tokio::test]
async fn documents_say_what_backends_can_do() {
    let tables = [
        ("O2-IMS", matrix(&[ims(&crate::ims::memory()).await])),
        ("O2-DMS", matrix(&[dms(&crate::dms::memory::Memory).await])),
        ("O2-SMO", matrix(&[smo(&crate::smo::memory::Memory).await])),
        (
            "Observability",
            matrix(&[observability(&crate::observability::Reference).await]),
        ),
    ];
    let section = |(title, table): (&str, String)| format!("\n## {title}\n\n{table}");
    check("backends.md", &tables.map(section).concat());
}
