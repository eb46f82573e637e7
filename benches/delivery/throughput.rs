//! How many notifications a second reach ten subscribers that are quick.

use std::time::Instant;

use super::report::Report;
use super::stage::{Effort, Stage, new_file, new_redis};

const POOLS: u64 = 100;
const RECEIVERS: usize = 10;

pub(crate) async fn run(effort: Effort, report: &mut Report) {
    let mut rows = Vec::new();
    let stores = [
        ("memory", Some("memory".to_owned())),
        ("file", Some(new_file())),
        ("Redis", new_redis()),
    ];
    for (name, store) in stores {
        let Some(store) = store else {
            report.note("throughput: Redis is left out; O2_REDIS does not say where one is");
            continue;
        };
        let changes = effort.of(5000, 50);
        let mut stage = Stage::new(store, POOLS, RECEIVERS, Vec::new()).await;
        stage.start_gateway().await;
        let began = Instant::now();
        stage.change(POOLS, changes, None).await;
        stage.told(0..RECEIVERS, changes as usize).await;
        let took = began.elapsed().as_secs_f64();
        let notifications = changes as f64 * RECEIVERS as f64;
        rows.push(vec![
            name.to_owned(),
            format!("{notifications:.0}"),
            format!("{took:.2} s"),
            format!("{:.0}", changes as f64 / took),
            format!("{:.0}", notifications / took),
        ]);
    }
    report.table(
        "As fast as it goes, ten subscriptions",
        &["store", "notifications", "time", "changes/s", "notifications/s"],
        &rows,
    );
}
