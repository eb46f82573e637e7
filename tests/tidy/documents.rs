//! Rules about documents: what they point at is there, and records of decisions look alike.

use crate::none;
use crate::repository::{File, exists, files, with_extension};

#[test]
fn links_lead_somewhere() {
    none(with_extension("md").flat_map(|file| {
        let targets = file
            .text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#', ' ']).next());
        let local = targets.filter(|target| !target.is_empty() && !target.contains(':'));
        let dead = local.filter(|target| !exists(&resolve(&file.path, target)));
        dead.map(|target| format!("{}: links to {target}, which does not exist", file.path))
    }));
}

/// `target` as seen from the folder of `document`.
fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn paths_in_documents_exist() {
    none(with_extension("md").flat_map(|file| {
        let dead = code(&file.text).filter(|text| is_path(text) && !exists(text.trim_end_matches('/')));
        dead.map(|path| format!("{}: names {path}, which does not exist", file.path))
    }));
}

/// What stands between single backquotes, outside blocks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```").step_by(2);
    blocks.flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

/// Whether it looks like a path from the root of this repository, without anything to be filled in.
fn is_path(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let top = text.split('/').next().unwrap_or_default();
    text.contains('/') && text.chars().all(plain) && is_top_folder(top)
}

fn is_top_folder(name: &str) -> bool {
    let prefix = format!("{name}/");
    !name.is_empty() && files().iter().any(|file| file.path.starts_with(&prefix))
}

fn decisions() -> impl Iterator<Item = (&'static str, &'static File)> {
    let records = with_extension("md").filter_map(|file| Some((file.path.strip_prefix("docs/adr/")?, file)));
    records.filter(|(name, _)| *name != "README.md")
}

#[test]
fn decisions_are_numbered_in_order_and_listed() {
    let index = files().iter().find(|file| file.path == "docs/adr/README.md");
    let index = index.map(|file| file.text.as_str()).unwrap_or_default();
    none(decisions().enumerate().flat_map(|(position, (name, file))| {
        let misnumbered = !name.starts_with(&format!("{:04}-", position + 1));
        let numbering = misnumbered.then(|| format!("{}: its number should be {}", file.path, position + 1));
        let unlisted = !index.contains(&format!("]({name})"));
        let listing = unlisted.then(|| format!("docs/adr/README.md: does not list {name}"));
        numbering.into_iter().chain(listing)
    }));
}

#[test]
fn decisions_say_what_was_rejected_and_what_follows() {
    let sections = ["## Context", "## Decision", "## Rejected", "## Consequences"];
    none(decisions().flat_map(|(_, file)| {
        let missing = sections
            .into_iter()
            .filter(|section| !file.text.lines().any(|line| line == *section));
        missing.map(|section| format!("{}: has no section '{section}'", file.path))
    }));
}
