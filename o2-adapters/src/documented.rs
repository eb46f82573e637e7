//! What `docs/backends.md` says about a backend is what its conformance report says.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use o2_testkit::conformance::{Report, matrix};

/// Held by the test that reads and writes the document.
static DOCUMENT: Mutex<()> = Mutex::new(());

/// Compares the table of a backend with its report, or writes it when `O2_BLESS` is set.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says whether it may write"
)]
pub(crate) fn check(kind: &str, report: &Report) {
    let _guard = DOCUMENT.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/backends.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- report: {kind} -->\n"), format!("<!-- end: {kind} -->\n"));
    let (before, rest) = text
        .split_once(&begin)
        .unwrap_or_else(|| panic!("docs/backends.md has no '{begin}'"));
    let (committed, after) = rest
        .split_once(&end)
        .unwrap_or_else(|| panic!("docs/backends.md has no '{end}'"));
    let made = format!("\n{}\n", matrix(std::slice::from_ref(report)));
    if std::env::var("O2_BLESS").is_ok() {
        std::fs::write(&path, [before, &begin, &made, &end, after].concat()).unwrap();
    } else {
        let again = format!("O2_BLESS=1 cargo test -p o2-adapters --features {kind} --lib conformance");
        assert!(
            committed == made,
            "docs/backends.md is not what the report says; make it again: {again}"
        );
    }
}
