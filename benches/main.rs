//! What the gateway costs. `cargo bench` prints tables in Markdown; `cargo bench -- --check` also fails when a floor of
//! `docs/performance.md` is missed; `cargo bench -- route filter` runs these parts only.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nothing to say")]

mod filter;
mod layers;
mod lists;
mod matcher;
mod memory;
mod objects;
mod route;
mod snapshot;
mod support;

use std::process::ExitCode;

use support::{Bench, Effort, Report};

/// Measures, and reports.
type Part = fn(&Bench, &mut Report);

/// The parts, in the order in which they run. Memory comes first, while nothing has been freed that could be used again.
const PARTS: [(&str, Part); 8] = [
    ("memory", memory::run),
    ("route", route::run),
    ("layers", layers::run),
    ("filter", filter::run),
    ("matcher", matcher::run),
    ("objects", objects::run),
    ("lists", lists::run),
    ("snapshot", snapshot::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    // Cargo says so when it benchmarks; otherwise this is a test.
    let effort = if given("--bench") { Effort::Measure } else { Effort::Try };
    let (bench, mut report) = (Bench::new(effort), Report::default());
    let some = PARTS.iter().any(|(name, _)| given(name));
    for (_, run) in PARTS.iter().filter(|(name, _)| !some || given(name)) {
        run(&bench, &mut report);
    }
    let all_hold = report.finish();
    if given("--check") && !all_hold {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
