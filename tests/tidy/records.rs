//! Tables in documents that repeat what the code says: both say the same.

use std::collections::BTreeSet;

use o2_core::http::problem::status;
use o2_core::layers::Position;
use o2_core::operation::Operation;
use o2_core::{ErrorKind, Fault};

use crate::none;
use crate::repository::read;
use crate::table::rows;

#[test]
fn every_dependency_has_a_reason() {
    let manifest = read("Cargo.toml");
    let lines = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1);
    let names = lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#') && !line.contains("path ="))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()));
    let used: BTreeSet<_> = names.collect();
    let table = rows(&read("docs/dependencies.md"), "Dependency");
    let explained: BTreeSet<_> = table.into_iter().filter_map(|row| row.into_iter().next()).collect();
    none(
        used.difference(&explained)
            .map(|name| format!("docs/dependencies.md: gives no reason for '{name}'")),
    );
    none(
        explained
            .difference(&used)
            .map(|name| format!("docs/dependencies.md: nobody uses '{name}'")),
    );
}

/// Both have the same rows in the same order.
fn same(path: &str, documented: &[Vec<String>], actual: &[Vec<String>]) {
    let missing = actual.iter().filter(|row| !documented.contains(row));
    let missing = missing.map(|row| format!("{path}: has no row | {} |", row.join(" | ")));
    let wrong = documented.iter().filter(|row| !actual.contains(row));
    let wrong = wrong.map(|row| format!("{path}: has a wrong row | {} |", row.join(" | ")));
    none(missing.chain(wrong));
    assert!(
        documented == actual,
        "{path}: its rows are in another order, or twice there"
    );
}

/// The first cells of the rows of a table.
fn documented(path: &str, title: &str, cells: usize) -> Vec<Vec<String>> {
    let rows = rows(&read(path), title).into_iter();
    rows.map(|row| row.into_iter().take(cells).collect()).collect()
}

#[test]
fn the_statuses_of_errors_are_as_documented() {
    let actual = ErrorKind::ALL.map(|kind| {
        let of = |fault| status(kind, fault).as_u16().to_string();
        vec![
            kind.to_string(),
            of(Fault::Caller),
            of(Fault::Gateway),
            of(Fault::Backend),
        ]
    });
    same("docs/errors.md", &documented("docs/errors.md", "Kind", 4), &actual);
}

#[test]
fn the_layers_are_documented_in_their_order() {
    let actual = Position::ALL.map(|position| vec![words(&format!("{position:?}"))]);
    same(
        "docs/ARCHITECTURE.md",
        &documented("docs/ARCHITECTURE.md", "Layer", 1),
        &actual,
    );
}

/// `ErrorContext` as `error context`.
fn words(name: &str) -> String {
    let spaced = name.chars().enumerate().flat_map(|(index, letter)| {
        let space = (index > 0 && letter.is_uppercase()).then_some(' ');
        space.into_iter().chain(letter.to_lowercase())
    });
    spaced.collect()
}

#[test]
fn the_operations_are_documented() {
    let path = "docs/adding-a-backend.md";
    for (title, operations) in [
        ("IMSPlugin", o2_ims::op::ALL),
        ("DMSPlugin", o2_dms::op::ALL),
        ("SMOPlugin", o2_smo::op::ALL),
        ("ObservabilityPlugin", o2_core::plugin::observability_op::ALL),
    ] {
        let actual: Vec<_> = operations.iter().map(|operation| describe(operation)).collect();
        same(path, &documented(path, title, 3), &actual);
    }
}

fn describe(operation: &Operation) -> Vec<String> {
    vec![
        operation.name.to_owned(),
        format!("{}:{}", operation.collection, operation.action.as_str()),
        if operation.idempotent { "yes" } else { "no" }.to_owned(),
    ]
}
