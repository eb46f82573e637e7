//! Rules about crates: which way dependencies point, what the neutral ones link, and that features are documented.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::none;
use crate::repository::{manifest, packages, read, with_extension};
use crate::table::rows;

/// Every crate, and the crates of the workspace it may depend on.
const DIRECTION: &[(&str, &[&str])] = &[
    ("o2-core", &[]),
    ("o2-ims", &["o2-core"]),
    ("o2-dms", &["o2-core"]),
    ("o2-smo", &["o2-core", "o2-ims", "o2-dms"]),
    ("o2-adapters", &["o2-core", "o2-ims", "o2-dms", "o2-smo"]),
    ("o2-testkit", &["o2-core", "o2-ims", "o2-dms", "o2-smo"]),
    ("oran-o2", &["o2-core", "o2-ims", "o2-dms", "o2-smo", "o2-adapters"]),
    ("xtask", &[]),
];

/// Crates that bring no runtime, no web framework and no TLS to whoever embeds them, and what they therefore never name.
const NEUTRAL: &[&str] = &["o2-core", "o2-ims", "o2-dms", "o2-smo"];
const FOREIGN: &[&str] = &["tokio", "hyper", "reqwest", "rustls", "axum"];

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

/// What a crate links when somebody depends on it, optional or not.
fn links(package: &Value) -> impl Iterator<Item = &str> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies.filter(|dependency| dependency["kind"].is_null()).map(name)
}

#[test]
fn dependencies_point_one_way() {
    none(packages().iter().flat_map(|package| {
        let allowed = DIRECTION.iter().find(|(known, _)| *known == name(package));
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{} is not in the table of directions", name(package)));
        let ours = links(package).filter(|linked| DIRECTION.iter().any(|(known, _)| known == linked));
        let wrong = ours.filter(|linked| !allowed.contains(linked));
        wrong.map(|linked| format!("{}: must not depend on {linked}", name(package)))
    }));
}

#[test]
fn neutral_crates_name_nothing_foreign() {
    let neutral = packages().iter().filter(|package| NEUTRAL.contains(&name(package)));
    none(neutral.flat_map(|package| {
        let foreign = links(package).filter(|linked| FOREIGN.contains(linked));
        foreign.map(|linked| format!("{}: must not depend on {linked}, a port is its place", name(package)))
    }));
}

#[test]
fn what_a_crate_links_it_uses() {
    none(packages().iter().flat_map(|package| {
        let path = manifest(package);
        let folder = path.trim_end_matches("Cargo.toml").to_owned() + "src/";
        let unused = links(package).filter(move |linked| {
            let module = linked.replace('-', "_");
            let mut sources = with_extension("rs").filter(|file| file.path.starts_with(&folder));
            !sources.any(|file| names(&file.text, &module))
        });
        unused.map(move |linked| format!("{path}: {linked} is not used"))
    }));
}

/// Whether a path begins with this crate, `http::` but not `crate::http::`.
fn names(text: &str, module: &str) -> bool {
    let inside = |before: char| before.is_alphanumeric() || matches!(before, '_' | ':');
    text.match_indices(module).any(|(at, _)| {
        let after = &text[at + module.len()..];
        let is_path = ["::", " as ", ";"].iter().any(|next| after.starts_with(next));
        is_path && !text[..at].ends_with(inside)
    })
}

/// The features of a crate that somebody may want to turn on.
fn features(package: &Value) -> impl Iterator<Item = &String> {
    let features = package["features"].as_object().unwrap().keys();
    features.filter(|feature| *feature != "default")
}

#[test]
fn every_feature_has_a_line_about_it() {
    none(packages().iter().flat_map(|package| {
        let path = manifest(package);
        let text = read(&path);
        let silent = features(package).filter(move |feature| !is_described(&text, feature));
        silent.map(move |feature| format!("{path}: feature '{feature}' has no `##` line above it"))
    }));
}

fn is_described(manifest: &str, feature: &str) -> bool {
    let mut lines = manifest.lines().skip_while(|line| *line != "[features]");
    let mut above = lines.next().unwrap_or_default();
    for line in lines.take_while(|line| !line.starts_with('[')) {
        let is_it = line.split_once('=').is_some_and(|(name, _)| name.trim() == feature);
        if is_it {
            return above.starts_with("## ");
        }
        above = line;
    }
    false
}

#[test]
fn the_readme_has_a_row_for_every_feature() {
    let rows = rows(&read("README.md"), "feature");
    let documented: BTreeSet<_> = rows.iter().filter_map(|row| row.first()).collect();
    if documented.is_empty() {
        return;
    }
    let existing: BTreeSet<_> = packages().iter().flat_map(features).collect();
    none(
        existing
            .difference(&documented)
            .map(|feature| format!("README.md: feature '{feature}' has no row")),
    );
    none(
        documented
            .difference(&existing)
            .map(|feature| format!("README.md: there is no feature '{feature}'")),
    );
}
