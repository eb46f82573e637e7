//! The monitoring system of the test kit, alone and behind an adapter whose line to it may break.

mod adapter;
mod faulty;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::plugin::{
    LogLine, LogQuery, MetricQuery, MetricSample, MetricSeries, ObservabilityPlugin, Span, TimeRange, Trace, TraceQuery,
};
use o2_core::ports::Clock;
use o2_core::{Result, Timestamp};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ObservabilityWorld, ReferenceObservability, Trouble, World, observability};

use self::adapter::{Adapter, TOKEN};
use self::faulty::Fault;
use crate::line::Line;

/// Makes monitoring systems that know an hour.
pub(crate) struct Reference;

/// The same behind an adapter, which may be wrong in one way.
pub(crate) struct Remote(pub(crate) Option<Fault>);

struct System {
    plugin: Arc<dyn ObservabilityPlugin>,
    clock: Arc<ManualClock>,
    line: Option<Arc<Line>>,
}

/// The hour that is known.
fn hour() -> TimeRange {
    TimeRange {
        start: at(0),
        end: at(3_600),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_767_225_600 + second)
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn series(node: &str) -> MetricSeries {
    let sample = |minute: i32| MetricSample {
        time: at(i64::from(minute) * 60),
        value: f64::from(minute % 7),
    };
    MetricSeries {
        labels: labels(&[("__name__", "node_load"), ("node", node)]),
        samples: (0..60).map(sample).collect(),
    }
}

/// The gateway asks the orchestrator, which began after it.
fn trace(number: u8, begins: i64, method: &str) -> Trace {
    let span = |part: u8, service: &str, start: i64| Span {
        span_id: format!("{number:02x}{part:02x}"),
        parent_span_id: (part > 1).then(|| format!("{number:02x}01")),
        operation: "handle".to_owned(),
        service: service.to_owned(),
        start: at(start),
        duration_micros: 1_500,
        tags: labels(&[("method", method)]),
    };
    Trace {
        trace_id: format!("abc{number:02x}"),
        spans: vec![span(1, "gateway", begins), span(2, "orchestrator", begins + 1)],
    }
}

fn line(second: i64, text: &str) -> LogLine {
    LogLine {
        time: at(second),
        labels: labels(&[("service", "gateway")]),
        line: text.to_owned(),
    }
}

fn reference(clock: Arc<ManualClock>) -> Result<ReferenceObservability> {
    Ok(ReferenceObservability::new(clock)?
        .with_series(series("one"))
        .with_series(series("two"))
        .with_trace(trace(1, 100, "GET"))
        .with_trace(trace(2, 200, "POST"))
        .with_trace(trace(3, 300, "GET"))
        .with_trace(trace(4, 4_000, "GET"))
        .with_line(line(10, "pool created"))
        .with_line(line(20, "pool scaled"))
        .with_line(line(30, "pool deleted"))
        .with_line(line(40, "resource added"))
        .with_line(line(5_000, "pool created much later")))
}

impl System {
    fn new(remote: Option<Option<Fault>>) -> Result<Self> {
        let clock = ManualClock::auto();
        let backend = Arc::new(reference(clock.clone())?);
        let line = remote.map(|_| Arc::new(Line::default()));
        let plugin: Arc<dyn ObservabilityPlugin> = match (remote, &line) {
            (Some(fault), Some(line)) => Arc::new(Adapter::new(backend, Arc::clone(line), fault)),
            _ => backend,
        };
        Ok(Self { plugin, clock, line })
    }
}

impl Harness<dyn ObservabilityWorld> for Reference {
    fn name(&self) -> &str {
        "reference"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ObservabilityWorld>>> {
        ready(System::new(None).map(|system| Arc::new(system) as _)).boxed()
    }
}

impl Harness<dyn ObservabilityWorld> for Remote {
    fn name(&self) -> &str {
        "remote"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ObservabilityWorld>>> {
        ready(System::new(Some(self.0)).map(|system| Arc::new(system) as _)).boxed()
    }
}

impl World<dyn ObservabilityPlugin> for System {
    fn plugin(&self) -> Arc<dyn ObservabilityPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        ready(self.line.as_ref().is_some_and(|line| line.bring(trouble))).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        self.line.iter().map(|_| TOKEN.to_owned()).collect()
    }
}

impl ObservabilityWorld for System {
    fn metric_query(&self) -> Option<MetricQuery> {
        Some(MetricQuery {
            expression: "node_load".to_owned(),
            range: hour(),
            step: Duration::from_secs(60),
        })
    }

    fn empty_metric_expression(&self) -> Option<String> {
        Some("nobody_knows_this".to_owned())
    }

    fn wrong_metric_expression(&self) -> Option<String> {
        Some(String::new())
    }

    fn trace_query(&self) -> Option<TraceQuery> {
        Some(TraceQuery {
            service: "orchestrator".to_owned(),
            tags: BTreeMap::new(),
            range: hour(),
            limit: 100,
        })
    }

    fn log_query(&self) -> Option<LogQuery> {
        Some(LogQuery {
            expression: "pool".to_owned(),
            range: hour(),
            limit: 100,
        })
    }

    fn empty_log_expression(&self) -> Option<String> {
        Some("nobody said this".to_owned())
    }

    fn wrong_log_expression(&self) -> Option<String> {
        Some(String::new())
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    observability(&Reference).await.assert_green();
}

#[tokio::test]
async fn behind_an_adapter_it_keeps_the_contract() {
    let report = observability(&Remote(None)).await;
    report.assert_green();
    assert_eq!(report.count("skipped"), 0, "{report}");
}

#[tokio::test]
async fn every_wrong_adapter_is_found_by_the_right_case() {
    crate::found(
        Fault::ALL,
        |fault| async move { observability(&Remote(Some(fault))).await },
    )
    .await;
}
