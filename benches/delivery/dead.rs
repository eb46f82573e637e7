//! Whether a receiver that never answers is felt by the ninety-nine others.

use super::report::{Report, millis, percentile};
use super::stage::{Effort, Stage, new_file};

const POOLS: u64 = 100;
const RECEIVERS: usize = 100;

pub(crate) async fn run(effort: Effort, report: &mut Report) {
    let (rate, seconds) = (20, effort.of(15, 1));
    let mut rows = Vec::new();
    let mut p99 = [f64::MAX; 2];
    // Twice, in turns: the better run of each counts.
    for round in 0..effort.of(2, 1) {
        for (index, silent) in [vec![], vec![0]].into_iter().enumerate() {
            let mut stage = Stage::new(new_file(), POOLS, RECEIVERS, silent).await;
            stage.start_gateway().await;
            let changes = rate * seconds;
            stage.change(POOLS, changes, Some(rate)).await;
            stage.told(1..RECEIVERS, changes as usize).await;
            let delays = stage.delays(1..RECEIVERS);
            p99[index] = p99[index].min(percentile(&delays, 99).as_secs_f64());
            rows.push(vec![
                format!("{}, round {}", ["all answer", "one is dead"][index], round + 1),
                millis(percentile(&delays, 50)),
                millis(percentile(&delays, 99)),
            ]);
        }
    }
    report.table(
        "99 receivers beside one that is dead, 20 changes/s, file",
        &["", "p50", "p99"],
        &rows,
    );
    report.at_most(
        "p99 of 99 receivers beside a dead one, of that without",
        1.2,
        " ×",
        p99[1] / p99[0],
    );
}
