//! Rules about the repository that the compiler does not know: where things are, how long they get, which way
//! dependencies point, and that the documents say what the code does. A rule that fails names what is missing and where.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod backends;
mod crates;
mod documents;
mod records;
mod repository;
mod sources;
mod table;
mod words;

/// Fails with everything that breaks a rule, not only with the first.
#[track_caller]
fn none(problems: impl IntoIterator<Item = String>) {
    let problems: Vec<_> = problems.into_iter().collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
