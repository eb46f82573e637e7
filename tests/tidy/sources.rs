//! Rules about Rust files.

use crate::none;
use crate::repository::{File, files, with_extension};

/// No file is longer than this.
const LINES: usize = 400;

/// Files that may be longer, each with the reason.
const LONG: &[(&str, &str)] = &[];

fn sources() -> impl Iterator<Item = &'static File> {
    with_extension("rs")
}

#[test]
fn files_are_short() {
    let may_be_long = |file: &File| LONG.iter().any(|(path, _)| *path == file.path);
    none(sources().filter_map(|file| {
        let lines = file.text.lines().count();
        let long = lines >= LINES;
        match (long, may_be_long(file)) {
            (true, false) => Some(format!(
                "{}: {lines} lines; split it by concept (limit: {LINES})",
                file.path
            )),
            (false, true) => Some(format!("{}: is short now; take it off the list", file.path)),
            _ => None,
        }
    }));
    let gone = LONG
        .iter()
        .filter(|(path, _)| !files().iter().any(|file| file.path == *path));
    none(gone.map(|(path, _)| format!("{path}: does not exist; take it off the list")));
}

#[test]
fn files_say_what_they_are() {
    let beginnings = ["//! ", "#![doc = include_str!("];
    let silent = sources().filter(|file| !beginnings.iter().any(|beginning| file.text.starts_with(beginning)));
    none(silent.map(|file| format!("{}: begins without a `//!` line that says what it is", file.path)));
}

#[test]
fn files_are_indented_with_spaces() {
    let indented = |file: &&File| {
        file.text
            .lines()
            .any(|line| line.trim_start_matches(' ').starts_with('\t'))
    };
    none(
        sources()
            .filter(indented)
            .map(|file| format!("{}: is indented with tabs", file.path)),
    );
}

#[test]
fn nothing_in_the_libraries_waits_to_be_written() {
    let marks = ["todo!(", "unimplemented!(", "FIXME", "TODO", "XXX", "HACK"];
    let libraries = sources().filter(|file| file.path.starts_with("src/") || file.path.contains("/src/"));
    none(libraries.flat_map(|file| {
        let found = marks.iter().filter(|mark| file.text.contains(**mark));
        found.map(|mark| format!("{}: contains '{mark}'", file.path))
    }));
}

#[test]
fn whoever_silences_a_lint_says_why() {
    none(sources().flat_map(|file| {
        let silenced = silences(&file.text).filter(|attribute| !attribute.contains("reason ="));
        silenced.map(|attribute| format!("{}: `{attribute}` has no reason", file.path))
    }));
}

/// The attributes that silence lints, whole.
fn silences(text: &str) -> impl Iterator<Item = &str> {
    let starts = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
    let mut offset = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        offset += line.len();
        (offset - line.trim_start().len(), line.trim_start())
    });
    lines
        .filter(move |(_, line)| starts.iter().any(|start| line.starts_with(start)))
        .map(|(at, _)| &text[at..])
        .map(|rest| &rest[..rest.find(")]").map_or(rest.len(), |end| end + 2)])
}

#[test]
fn silencing_attributes_are_found_whole() {
    let text = "  #[allow(a)]\nfn x() {}\n#![expect(\n    b,\n    reason = \"c\"\n)]\n// #[allow(d)]\n";
    let found: Vec<_> = silences(text).collect();
    assert_eq!(found, ["#[allow(a)]", "#![expect(\n    b,\n    reason = \"c\"\n)]"]);
}
