//! How fast changes reach subscribers, over real sockets and with real stores.
//!
//! ```text
//! cargo bench --all-features --bench delivery                       everything
//! cargo bench --all-features --bench delivery -- latency dead       these parts
//! cargo bench --all-features --bench delivery -- --check            fails when a floor is missed
//! ```
//!
//! Gateways, backend and receivers share this process and its cores. Parts that need Redis are left out, with a line that
//! says so, unless `O2_REDIS` is the URL of one.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nothing to say")]
#![allow(
    clippy::disallowed_methods,
    reason = "processes and sockets live in real time, and a program of its own reads its settings"
)]
#![allow(dead_code, reason = "the crash test uses the rest of the flow")]

mod dead;
#[path = "../../tests/flow/mod.rs"]
mod flow;
mod latency;
mod replicas;
mod report;
mod stage;
mod throughput;

use std::process::ExitCode;

use futures::future::BoxFuture;
use tokio::runtime::Runtime;

use report::Report;
use stage::Effort;

type Part = fn(Effort, &mut Report) -> BoxFuture<'_, ()>;

const PARTS: [(&str, Part); 4] = [
    ("latency", |effort, report| Box::pin(latency::run(effort, report))),
    ("throughput", |effort, report| Box::pin(throughput::run(effort, report))),
    ("dead", |effort, report| Box::pin(dead::run(effort, report))),
    ("replicas", |effort, report| Box::pin(replicas::run(effort, report))),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    let effort = if given("--bench") { Effort::Measure } else { Effort::Try };
    let mut report = Report::default();
    let some = PARTS.iter().any(|(name, _)| given(name));
    let runtime = Runtime::new().expect("a runtime starts");
    for (_, run) in PARTS.iter().filter(|(name, _)| !some || given(name)) {
        runtime.block_on(run(effort, &mut report));
    }
    let all_hold = report.finish();
    if given("--check") && !all_hold {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
