//! [`ObservabilityPlugin`]: reads metrics, traces and logs from the systems that keep them.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Plugin;
use crate::context::Context;
use crate::layer::Layered;
use crate::time::Timestamp;
use crate::{Error, Result};

/// The operations of [`ObservabilityPlugin`].
pub mod op {
    use crate::capability::Word;
    use crate::operation::{Action, Category, Operation};

    const fn read(name: &'static str, object: &'static str, collection: &'static str) -> Operation {
        Operation::new(Category::Observability, name, object, collection, Action::Read)
    }

    /// [`query_metrics`](super::ObservabilityPlugin::query_metrics).
    pub static QUERY_METRICS: Operation = read("query_metrics", "metric", "metrics");
    /// [`query_traces`](super::ObservabilityPlugin::query_traces).
    pub static QUERY_TRACES: Operation = read("query_traces", "trace", "traces");
    /// [`query_logs`](super::ObservabilityPlugin::query_logs).
    pub static QUERY_LOGS: Operation = read("query_logs", "log", "logs");

    /// Every operation.
    pub static ALL: &[&Operation] = &[&QUERY_METRICS, &QUERY_TRACES, &QUERY_LOGS];

    /// The words of the configuration.
    pub static VOCABULARY: &[Word] = &[
        Word {
            name: "metrics-collection",
            aliases: &[],
            operations: &[&QUERY_METRICS],
        },
        Word {
            name: "distributed-tracing",
            aliases: &[],
            operations: &[&QUERY_TRACES],
        },
        Word {
            name: "log-query",
            aliases: &["log-collection"],
            operations: &[&QUERY_LOGS],
        },
        Word {
            name: "alert-management",
            aliases: &[],
            operations: &[],
        },
    ];
}

/// Reads what a monitoring system knows.
///
/// Rules for every method:
///
/// - The answer has only what lies in the query's time range, whose end is not part of it. A range that ends before it
///   starts is `InvalidInput`.
/// - Nothing found is an empty answer and no error.
/// - A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an empty list and
///   never `NotFound`.
/// - Secrets never appear in `Debug` output, messages and details.
/// - Futures may be dropped at any await.
///
/// Every method has a default body that answers `Unsupported`.
#[async_trait]
pub trait ObservabilityPlugin: Plugin {
    /// Evaluates a metric query in the backend's own language over a time range.
    ///
    /// Samples lie on the start of the range and every `step` from there, oldest first; where there is nothing to say,
    /// one is left out. No two series have the same labels.
    ///
    /// # Errors
    /// `InvalidInput` when the backend rejects the query, or the step is zero.
    async fn query_metrics(&self, context: &Context, query: &MetricQuery) -> Result<Vec<MetricSeries>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::QUERY_METRICS))
    }

    /// Finds traces in which a span of `service` that has all `tags` begins in the time range, at most `limit` of them.
    ///
    /// Traces are whole: their spans, oldest first, are also those of other services and outside the range. Ids are
    /// hexadecimal.
    ///
    /// # Errors
    /// `InvalidInput` when the backend rejects the query.
    async fn query_traces(&self, context: &Context, query: &TraceQuery) -> Result<Vec<Trace>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::QUERY_TRACES))
    }

    /// Finds log lines, oldest first; the oldest `limit` of them when there are more.
    ///
    /// # Errors
    /// `InvalidInput` when the backend rejects the query.
    async fn query_logs(&self, context: &Context, query: &LogQuery) -> Result<Vec<LogLine>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::QUERY_LOGS))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObservabilityPlugin for Layered<dyn ObservabilityPlugin> {
    async fn query_metrics(&self, context: &Context, query: &MetricQuery) -> Result<Vec<MetricSeries>> {
        self.call(context, &op::QUERY_METRICS, None, |p, c| p.query_metrics(c, query))
            .await
    }

    async fn query_traces(&self, context: &Context, query: &TraceQuery) -> Result<Vec<Trace>> {
        self.call(context, &op::QUERY_TRACES, None, |p, c| p.query_traces(c, query))
            .await
    }

    async fn query_logs(&self, context: &Context, query: &LogQuery) -> Result<Vec<LogLine>> {
        self.call(context, &op::QUERY_LOGS, None, |p, c| p.query_logs(c, query))
            .await
    }
}

/// A time range; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

/// Asks for metric series.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricQuery {
    /// The query in the backend's own language (PromQL for Prometheus).
    pub expression: String,
    /// The time range.
    pub range: TimeRange,
    /// Distance between samples.
    pub step: Duration,
}

/// One series of samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSeries {
    /// What tells this series from the others.
    pub labels: BTreeMap<String, String>,
    /// The samples, oldest first.
    pub samples: Vec<MetricSample>,
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetricSample {
    /// When.
    pub time: Timestamp,
    /// How much.
    pub value: f64,
}

/// Asks for traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceQuery {
    /// The service that took part.
    pub service: String,
    /// Tags that one of its spans must have, all of them.
    pub tags: BTreeMap<String, String>,
    /// The time range.
    pub range: TimeRange,
    /// The most traces to return.
    pub limit: u32,
}

/// One trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The id, hexadecimal.
    pub trace_id: String,
    /// The spans, oldest first.
    pub spans: Vec<Span>,
}

/// One span of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The id, hexadecimal.
    pub span_id: String,
    /// The span it is part of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent_span_id: Option<String>,
    /// What was done.
    pub operation: String,
    /// Who did it.
    pub service: String,
    /// When it began.
    pub start: Timestamp,
    /// How long it took, in microseconds.
    pub duration_micros: u64,
    /// Whatever else is known.
    pub tags: BTreeMap<String, String>,
}

/// Asks for log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The query in the backend's own language (LogQL for Loki).
    pub expression: String,
    /// The time range.
    pub range: TimeRange,
    /// The most lines to return.
    pub limit: u32,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub time: Timestamp,
    /// What tells its stream from the others.
    pub labels: BTreeMap<String, String>,
    /// The text.
    pub line: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures::FutureExt;

    use super::*;
    use crate::capability::Capabilities;
    use crate::operation::{Category, Operation};
    use crate::plugin::{Health, PluginInfo};
    use crate::{ErrorKind, Result};

    #[derive(Debug)]
    struct Bare(PluginInfo, Capabilities);

    #[async_trait]
    impl Plugin for Bare {
        fn info(&self) -> &PluginInfo {
            &self.0
        }

        fn capabilities(&self) -> &Capabilities {
            &self.1
        }

        async fn health(&self, _: &Context) -> Health {
            Health::healthy(Timestamp::UNIX_EPOCH)
        }
    }

    impl ObservabilityPlugin for Bare {}

    fn operation<T: std::fmt::Debug>(call: impl Future<Output = Result<T>>) -> Option<&'static Operation> {
        let error = call.now_or_never()?.err()?;
        assert!(error.is(ErrorKind::Unsupported));
        error.operation()
    }

    #[test]
    fn what_a_system_does_not_have_is_unsupported() {
        let info = PluginInfo::new(Category::Observability, "bare", "x", "1").unwrap();
        let plugin = Bare(info, Capabilities::default());
        let context = Context::new("r");
        let range = TimeRange {
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::UNIX_EPOCH,
        };
        let metrics = MetricQuery {
            expression: "up".into(),
            range,
            step: Duration::from_secs(1),
        };
        let traces = TraceQuery {
            service: "x".into(),
            tags: BTreeMap::new(),
            range,
            limit: 1,
        };
        let logs = LogQuery {
            expression: "{}".into(),
            range,
            limit: 1,
        };
        assert_eq!(
            operation(plugin.query_metrics(&context, &metrics)),
            Some(&op::QUERY_METRICS)
        );
        assert_eq!(
            operation(plugin.query_traces(&context, &traces)),
            Some(&op::QUERY_TRACES)
        );
        assert_eq!(operation(plugin.query_logs(&context, &logs)), Some(&op::QUERY_LOGS));
        assert_eq!(plugin.close().now_or_never().unwrap().ok(), Some(()));
    }

    #[test]
    fn every_operation_has_a_word() {
        let spoken: BTreeSet<_> = op::VOCABULARY
            .iter()
            .flat_map(|word| word.operations)
            .map(|one| one.name)
            .collect();
        let all: BTreeSet<_> = op::ALL.iter().map(|one| one.name).collect();
        assert_eq!(spoken, all);
    }
}
