//! Reads through the gateway, and the same reads at the API server.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::{Cluster, name};
use crate::host::Host;
use crate::report::{Report, millis, percentile};

const ROUNDS: usize = 15;

pub(crate) async fn run(cluster: &Cluster, host: &Host, report: &mut Report) {
    let found = host.get("/o2ims/v2/resources?filter=(eq,name,bench-node-00007)").await;
    let found: Value = serde_json::from_slice(&found).expect("a list is JSON");
    let id = found["items"][0]["resourceId"]
        .as_str()
        .expect("the node is there")
        .to_owned();
    let reads = [
        (
            "list 500",
            "/o2ims/v2/resources?limit=500".to_owned(),
            "/api/v1/nodes?limit=500".to_owned(),
        ),
        (
            "filter: the 500 of one pool",
            "/o2ims/v2/resources?filter=(eq,resourcePoolId,agentpool.pool-7)".to_owned(),
            "/api/v1/nodes?labelSelector=agentpool%3Dpool-7".to_owned(),
        ),
        (
            "get",
            format!("/o2ims/v2/resources/{id}"),
            format!("/api/v1/nodes/{}", name(7)),
        ),
    ];
    let mut rows = Vec::new();
    for (what, ours, theirs) in reads {
        let (mut gateway, mut direct, mut kubectl) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let began = Instant::now();
            host.get(&ours).await;
            gateway.push(began.elapsed());
            let began = Instant::now();
            let request = http::Request::get(&theirs)
                .body(Vec::new())
                .expect("the request is right");
            cluster
                .client()
                .request_text(request)
                .await
                .expect("the server answers");
            direct.push(began.elapsed());
            kubectl.push(raw(&theirs));
        }
        let medians = [&mut gateway, &mut direct, &mut kubectl].map(|times| {
            times.sort_unstable();
            percentile(times, 50)
        });
        rows.push([what.to_owned()].into_iter().chain(medians.map(millis)).collect());
        let ratio = medians[0].as_secs_f64() / medians[2].as_secs_f64();
        report.at_most(&format!("{what}: the gateway beside kubectl get --raw"), 1.0, "", ratio);
    }
    report.table(
        "Reads, median",
        &["read", "gateway", "API server, connection kept", "kubectl get --raw"],
        &rows,
    );
}

fn raw(path: &str) -> Duration {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/kubernetes/kubeconfig");
    let began = Instant::now();
    let output = Command::new("kubectl")
        .args(["--kubeconfig", config, "get", "--raw", path])
        .output();
    let output = output.expect("kubectl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    began.elapsed()
}
