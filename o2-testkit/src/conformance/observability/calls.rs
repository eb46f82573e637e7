//! One harmless call of each operation.

use std::collections::BTreeMap;
use std::time::Duration;

use o2_core::Timestamp;
use o2_core::plugin::{LogQuery, MetricQuery, ObservabilityPlugin, TimeRange, TraceQuery, observability_op as op};

use crate::conformance::Invocation;

type Plugin = dyn ObservabilityPlugin;

/// A minute of which no system knows anything.
fn long_ago() -> TimeRange {
    TimeRange {
        start: Timestamp::from_unix_seconds(60),
        end: Timestamp::from_unix_seconds(120),
    }
}

pub(super) const INVOCATIONS: &[Invocation<Plugin>] = &[
    Invocation {
        operation: &op::QUERY_METRICS,
        call: |p, c| {
            Box::pin(async move {
                let query = MetricQuery {
                    expression: "up".to_owned(),
                    range: long_ago(),
                    step: Duration::from_secs(15),
                };
                p.query_metrics(c, &query).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::QUERY_TRACES,
        call: |p, c| {
            Box::pin(async move {
                let query = TraceQuery {
                    service: "no-such-service".to_owned(),
                    tags: BTreeMap::new(),
                    range: long_ago(),
                    limit: 1,
                };
                p.query_traces(c, &query).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::QUERY_LOGS,
        call: |p, c| {
            Box::pin(async move {
                let query = LogQuery {
                    expression: "{service=\"no-such-service\"}".to_owned(),
                    range: long_ago(),
                    limit: 1,
                };
                p.query_logs(c, &query).await.map(drop)
            })
        },
    },
];
