//! Several gateways on one Redis: how much they deliver together, and how long it takes until the work of one that has
//! crashed is taken over.

use std::time::{Duration, Instant};

use super::report::{Report, millis};
use super::stage::{Effort, Stage, new_redis};

const POOLS: u64 = 100;
const RECEIVERS: usize = 40;

pub(crate) async fn run(effort: Effort, report: &mut Report) {
    if new_redis().is_none() {
        report.note("replicas: left out; O2_REDIS does not say where a Redis is");
        return;
    }
    let mut rows = Vec::new();
    for replicas in [1, 2, 4] {
        let store = new_redis().expect("it was there a moment ago");
        let mut stage = Stage::new(store, POOLS, RECEIVERS, Vec::new()).await;
        for _ in 0..replicas {
            stage.start_gateway().await;
        }
        let changes = effort.of(1000, 20);
        let began = Instant::now();
        stage.change(POOLS, changes, None).await;
        stage.told(0..RECEIVERS, changes as usize).await;
        let took = began.elapsed().as_secs_f64();
        let take_over = match replicas {
            1 => "–".to_owned(),
            _ => millis(take_over(&mut stage, changes as usize).await),
        };
        let rate = changes as f64 * RECEIVERS as f64 / took;
        rows.push(vec![replicas.to_string(), format!("{rate:.0}"), take_over]);
    }
    report.table(
        "Gateways on one Redis, forty subscriptions",
        &[
            "gateways",
            "notifications/s",
            "from a crash to the first notification of its last subscription",
        ],
        &rows,
    );
}

/// Crashes a gateway, and says how long it takes until everybody is told of the next change.
async fn take_over(stage: &mut Stage, told: usize) -> Duration {
    stage.crash_gateway(0);
    let began = Instant::now();
    stage.log.change(0, false);
    stage.told(0..RECEIVERS, told + 1).await;
    began.elapsed()
}
