//! [`spread`]: the suite for infrastructures on servers that really run, several cases at once.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use o2_core::ports::Clock;
use o2_testkit::conformance::{Case, CaseReport, Harness, ImsWorld, Report, ims_suite};

/// Whatever takes longer is worth a line.
const LONG: Duration = Duration::from_secs(5);

/// Runs the cases that are `wanted`, spread over servers: of each harness there is only one world at a time.
pub(crate) async fn spread<H: Harness<dyn ImsWorld>>(
    servers: &[H],
    clock: &dyn Clock,
    wanted: impl Fn(&Case<dyn ImsWorld>) -> bool,
) -> Report {
    let (mut suite, next) = (ims_suite(), AtomicUsize::new(0));
    suite.cases.retain(wanted);
    let (suite, next) = (&suite, &next);
    let tried = servers.iter().map(|server| async move {
        let mut reports: Vec<(usize, Report)> = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = suite.cases.get(number) else {
                return reports;
            };
            let began = clock.monotonic();
            reports.push((number, suite.run_some(server, |name| name == case.name).await));
            let took = clock.monotonic().saturating_sub(began);
            if took > LONG {
                // Not with `eprintln!`, which the test harness would swallow.
                let _ = writeln!(std::io::stderr(), "{:.1} s: {}", took.as_secs_f64(), case.name);
            }
        }
    });
    let mut reports = join_all(tried).await.concat();
    reports.sort_by_key(|(number, _)| *number);
    let mut reports = reports.into_iter().map(|(_, report)| report);
    let mut whole = reports.next().unwrap();
    let others: Vec<CaseReport> = reports.flat_map(|report| report.cases).collect();
    whole.cases.extend(others);
    whole
}
