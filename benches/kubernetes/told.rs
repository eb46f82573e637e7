//! How long it takes from a change at the API server to a notification.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::{Cluster, name};
use crate::host::Host;
use crate::report::{Report, millis, percentile};

const RATE: f64 = 100.0;
const CHANGES: usize = 2_000;

pub(crate) async fn run(cluster: &Cluster, host: &Host, report: &mut Report) {
    host.heard.lock().expect("nobody panics here").clear();
    let began = Instant::now();
    let each = (0..CHANGES).map(|number| async move {
        let due = Duration::from_secs_f64(number as f64 / RATE);
        tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
        cluster.change(number, true).await
    });
    let changed = futures::future::join_all(each).await;
    let until = Instant::now() + Duration::from_secs(30);
    let told = loop {
        let told = arrivals(host);
        if told.iter().flatten().count() >= CHANGES || Instant::now() > until {
            break told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let pairs = changed.iter().zip(&told);
    let mut delays: Vec<_> = pairs
        .filter_map(|(changed, told)| Some(told.as_ref()?.saturating_duration_since(*changed)))
        .collect();
    delays.sort_unstable();
    report.at_least("changes that are told", CHANGES as f64, "", delays.len() as f64);
    if delays.is_empty() {
        return;
    }
    report.table(
        "From a change to its notification, 100 changes a second",
        &["", "p50", "p90", "p99", "most"],
        &[vec![
            format!("{CHANGES} nodes are cordoned"),
            millis(percentile(&delays, 50)),
            millis(percentile(&delays, 90)),
            millis(percentile(&delays, 99)),
            millis(percentile(&delays, 100)),
        ]],
    );
    report.at_most(
        "a change is told, p99",
        1000.0,
        " ms",
        percentile(&delays, 99).as_secs_f64() * 1e3,
    );
}

/// When the receiver was first told that each node is cordoned.
fn arrivals(host: &Host) -> Vec<Option<Instant>> {
    let heard = host.heard.lock().expect("nobody panics here").clone();
    let mut arrivals = vec![None; CHANGES];
    for (at, body) in heard {
        let told: Value = serde_json::from_slice(&body).expect("a notification is JSON");
        let text = told.to_string();
        if !text.contains(r#""kubernetes.unschedulable":true"#) {
            continue;
        }
        let number = text
            .find("bench-node-")
            .and_then(|start| text.get(start + 11..start + 16)?.parse::<usize>().ok());
        if let Some(slot) = number.and_then(|number| arrivals.get_mut(number)) {
            debug_assert!(text.contains(&name(0)[..11]), "it is about a node");
            slot.get_or_insert(at);
        }
    }
    arrivals
}
