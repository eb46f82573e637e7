//! The table of plugins and operations, in Markdown.

use std::fmt::Write;

use super::{Outcome, Report};

/// One table for reports of one suite: a row for each operation, a column for each plugin.
///
/// `✔ 12` is an operation that the plugin has, with the number of cases about it that it passed; `✘` one with a case that
/// failed; `declared` one that no case could try; `–` one that the plugin does not have.
#[must_use]
pub fn matrix(reports: &[Report]) -> String {
    let mut table = String::from("| operation |");
    for report in reports {
        let _ = write!(table, " {} |", report.plugin);
    }
    table.push_str("\n|---|");
    table.push_str(&":-:|".repeat(reports.len()));
    table.push('\n');
    let operations = reports.first().map(|report| report.operations.keys());
    for operation in operations.into_iter().flatten() {
        let _ = write!(table, "| `{operation}` |");
        for report in reports {
            let _ = write!(table, " {} |", cell(report, operation));
        }
        table.push('\n');
    }
    table
}

fn cell(report: &Report, operation: &str) -> String {
    if !report.operations.get(operation).copied().unwrap_or_default() {
        return "–".to_owned();
    }
    let about: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.needs.iter().any(|needed| needed == operation))
        .collect();
    if about.iter().any(|case| matches!(case.outcome, Outcome::Failed(_))) {
        return "✘".to_owned();
    }
    match about.iter().filter(|case| case.outcome == Outcome::Passed).count() {
        0 => "declared".to_owned(),
        passed => format!("✔ {passed}"),
    }
}
