//! What a large Kubernetes cluster costs: the time until all of it is known, memory, requests to the API server, reads through
//! the gateway beside the same reads at the API server, and how fast changes are told.
//!
//! ```text
//! K8S_NODES=0 K8S_CONTROLLERS=0 tests/real/peers/kubernetes.sh start
//! cargo bench --all-features --bench kubernetes
//! ```
//!
//! Left out, with a line that says so, where no server runs. `O2_NODES` is how many nodes are made (10 000); they are gone in
//! the end. API server, gateway and receiver share this machine.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nothing to say")]
#![allow(
    clippy::disallowed_methods,
    reason = "processes and sockets live in real time, and a program of its own reads its settings"
)]
#![allow(dead_code, reason = "the report is shared with other benchmarks")]

mod cluster;
mod host;
mod reads;
#[path = "../delivery/report.rs"]
mod report;
#[path = "../support/served.rs"]
mod served;
mod told;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use cluster::Cluster;
use host::Host;
use report::{Report, millis};

/// How long nothing is done, to see what a gateway asks by itself.
const STEADY: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    if !given("--bench") {
        return ExitCode::SUCCESS;
    }
    let Some(cluster) = Cluster::find().await else {
        report::say("SKIPPED kubernetes: start the server with tests/real/peers/kubernetes.sh start");
        return ExitCode::SUCCESS;
    };
    let nodes = std::env::var("O2_NODES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    let mut report = Report::default();
    let began = Instant::now();
    // What a run that was cut off has left is not as it was made.
    cluster.clear().await;
    cluster.make(nodes).await;
    report.note(&format!("{nodes} nodes made in {:.1} s", began.elapsed().as_secs_f64()));
    measure(&cluster, nodes, &mut report).await;
    cluster.clear().await;
    let all_hold = report.finish();
    if given("--check") && !all_hold {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn measure(cluster: &Cluster, nodes: usize, report: &mut Report) {
    let before = served::resident();
    let host = Host::start(cluster).await;
    let first = host.until_known(nodes).await;
    let after = served::resident();
    let until_known = cluster.requests();
    tokio::time::sleep(STEADY).await;
    let steady = cluster.requests() - until_known;
    report.table(
        "A cluster becomes known",
        &["", "measured"],
        &[
            vec!["nodes".to_owned(), nodes.to_string()],
            vec!["until all are known".to_owned(), millis(first)],
            vec!["requests until then".to_owned(), until_known.to_string()],
            vec![
                "growth of the process".to_owned(),
                format!("{:.1} MiB", (after - before) as f64 / 1048576.0),
            ],
            vec!["requests in a minute afterwards".to_owned(), steady.to_string()],
        ],
    );
    report.at_most(
        "requests a minute to the API server when nothing happens",
        10.0,
        "",
        steady as f64,
    );
    reads::run(cluster, &host, report).await;
    told::run(cluster, &host, report).await;
}
