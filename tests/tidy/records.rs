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

#[test]
fn the_statuses_of_errors_are_as_documented() {
    let documented = rows(&read("docs/errors.md"), "Kind");
    let actual = ErrorKind::ALL.map(|kind| {
        let of = |fault| status(kind, fault).as_u16().to_string();
        vec![
            kind.to_string(),
            of(Fault::Caller),
            of(Fault::Gateway),
            of(Fault::Backend),
        ]
    });
    let documented: Vec<_> = documented
        .into_iter()
        .map(|mut row| row.drain(..4).collect::<Vec<_>>())
        .collect();
    assert_eq!(documented, actual);
}

#[test]
fn the_layers_are_documented_in_their_order() {
    let documented = rows(&read("docs/ARCHITECTURE.md"), "Layer");
    let documented: Vec<_> = documented.into_iter().map(|row| row[0].replace(' ', "")).collect();
    let actual = Position::ALL.map(|position| format!("{position:?}").to_lowercase());
    assert_eq!(documented, actual);
}

#[test]
fn the_operations_are_documented() {
    let text = read("docs/adding-a-backend.md");
    let documented = |title| -> Vec<_> { rows(&text, title).into_iter().map(|row| row[..3].to_vec()).collect() };
    for (title, operations) in [
        ("`IMSPlugin`", o2_ims::op::ALL),
        ("`DMSPlugin`", o2_dms::op::ALL),
        ("`SMOPlugin`", o2_smo::op::ALL),
        ("`ObservabilityPlugin`", o2_core::plugin::observability_op::ALL),
    ] {
        let actual: Vec<_> = operations.iter().map(|operation| describe(operation)).collect();
        assert_eq!(documented(title.trim_matches('`')), actual, "{title}");
    }
}

fn describe(operation: &Operation) -> Vec<String> {
    vec![
        operation.name.to_owned(),
        format!("{}:{}", operation.collection, operation.action.as_str()),
        if operation.idempotent { "yes" } else { "no" }.to_owned(),
    ]
}
