//! From a change to the receiver, at a steady rate.

use super::report::{Report, millis, percentile};
use super::stage::{Effort, Stage, new_file, new_redis};

const POOLS: u64 = 100;

pub(crate) async fn run(effort: Effort, report: &mut Report) {
    let mut rows = Vec::new();
    let stores = [
        ("memory", Some("memory".to_owned())),
        ("file", Some(new_file())),
        ("Redis", new_redis()),
    ];
    for (name, store) in stores {
        let Some(store) = store else {
            report.note("latency: Redis is left out; O2_REDIS does not say where one is");
            continue;
        };
        let (rate, seconds) = (effort.of(1000, 50), effort.of(20, 1));
        let mut stage = Stage::new(store, POOLS, 1, Vec::new()).await;
        stage.start_gateway().await;
        let changes = rate * seconds;
        stage.change(POOLS, changes, Some(rate)).await;
        stage.told(0..1, changes as usize).await;
        let delays = stage.delays(0..1);
        let (p50, p99) = (percentile(&delays, 50), percentile(&delays, 99));
        if name == "file" {
            let limit = "a change reaches a receiver, p99, file, 1000 changes/s";
            report.at_most(limit, 50.0, " ms", p99.as_secs_f64() * 1e3);
        }
        rows.push(vec![
            name.to_owned(),
            format!("{rate}/s for {seconds} s"),
            millis(p50),
            millis(p99),
            millis(percentile(&delays, 100)),
        ]);
    }
    report.table(
        "From a change to the receiver, one subscription",
        &["store", "changes", "p50", "p99", "longest"],
        &rows,
    );
}
