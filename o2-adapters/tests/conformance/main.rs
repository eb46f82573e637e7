//! The in-memory backends pass the conformance suites, and what is wrong is found.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dms;
mod documents;
mod ims;
mod line;
mod observability;
mod smo;

use std::fmt::Debug;

use o2_testkit::conformance::Report;

/// Fails unless each of these wrong plugins fails the case beside it.
async fn found<F: Copy + Debug, R: Future<Output = Report>>(faults: &[(F, &str)], run: impl Fn(F) -> R) {
    let mut missed = Vec::new();
    for (fault, expected) in faults {
        let report = run(*fault).await;
        let failed: Vec<_> = report.failures().map(|(case, _)| case.name.as_str()).collect();
        if !failed.contains(expected) {
            missed.push(format!("{fault:?} passes {expected}, and fails {failed:?}"));
        }
    }
    assert!(missed.is_empty(), "\n{}\n", missed.join("\n"));
}
