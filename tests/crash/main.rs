//! Kills a gateway again and again while changes flow and receivers fail, and checks that every change is delivered: in
//! order for each subscription, and twice only with the same id.
//!
//! ```text
//! cargo test --all-features --test crash                          50 kills, a file; 3 failovers of Redis if it runs
//! O2_CRASH_KILLS=500 cargo test --all-features --test crash       as many kills as that
//! O2_CRASH_REDIS=redis+sentinel://… O2_CRASH_FAILOVERS=50 cargo test --all-features --test crash
//! ```
//!
//! With Redis, the gateway goes on and the primary is killed, so that another server takes its place. The last line does only
//! that; its servers must be those of `tests/real/peers/redis-sentinel.sh`.
//!
//! The gateway is a process of its own, so that nothing survives but what is in the store. The backend and the receivers
//! live in the process that kills.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the test talks to whoever runs it"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "processes and sockets live in real time, and a program of its own reads its settings"
)]
#![allow(dead_code, reason = "the benchmarks use the rest of the flow")]

mod child;
#[path = "../flow/mod.rs"]
mod flow;
mod parent;
mod subscriptions;

use std::process::ExitCode;

use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let run = Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| match arguments.first() {
            Some(word) if word == child::WORD => runtime.block_on(child::run(&arguments[1..])),
            _ => runtime.block_on(parent::run()),
        });
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash test: {error}");
            ExitCode::FAILURE
        }
    }
}
