//! What large clouds cost: the time until all of one is known, memory, calls to it, and reads through the gateway.
//!
//! ```text
//! tests/real/peers/moto.sh start
//! tests/real/peers/vsphere.sh start-large
//! cargo bench --bench clouds --features aws,vsphere,openstack,config-yaml,http-reqwest,rt-tokio -- [openstack|aws|vsphere]
//! ```
//!
//! Clouds whose peer does not run are left out, with a line that says so; OpenStack is served by the benchmark itself. All of
//! what is in moto is thrown away.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nothing to say")]
#![allow(
    clippy::disallowed_methods,
    reason = "processes and sockets live in real time, and a program of its own reads its settings"
)]
#![allow(dead_code, reason = "the report is shared with other benchmarks")]

mod aws;
mod counting;
mod measure;
mod openstack;
#[path = "../delivery/report.rs"]
mod report;
#[path = "../support/served.rs"]
mod served;
mod vsphere;

use std::net::TcpStream;
use std::process::ExitCode;

use report::Report;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    if !given("--bench") {
        return ExitCode::SUCCESS;
    }
    let some = ["openstack", "aws", "vsphere"].iter().any(|name| given(name));
    let mut report = Report::default();
    if !some || given("openstack") {
        openstack::run(&mut report).await;
    }
    if !some || given("aws") {
        aws::run(&mut report).await;
    }
    if !some || given("vsphere") {
        vsphere::run(&mut report).await;
    }
    if !report.finish() && given("--check") {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Where a peer listens, on the port that `variable` names; a line says so when it does not.
fn peer(cloud: &str, variable: &str, usual: &str, start: &str) -> Option<String> {
    let port = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let address = format!("127.0.0.1:{port}");
    if TcpStream::connect(&address).is_ok() {
        return Some(address);
    }
    report::say(&format!("SKIPPED {cloud}: start it with tests/real/peers/{start}"));
    None
}
