//! What is asked of observability plugins, and what they answer.

use std::time::Duration;

use o2_core::plugin::{LogLine, LogQuery, MetricQuery, MetricSample, MetricSeries, Span, TimeRange, Trace, TraceQuery};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::strategies::{description, dns_label, labels, name, time};

/// A time range that is not empty.
pub fn time_range() -> impl Strategy<Value = TimeRange> {
    (time(), 1..7200u64).prop_map(|(start, seconds)| TimeRange {
        start,
        end: start.plus(Duration::from_secs(seconds)),
    })
}

/// Asks for metric series.
pub fn metric_query() -> impl Strategy<Value = MetricQuery> {
    (name(), time_range(), 1..300u64).prop_map(|(expression, range, step)| MetricQuery {
        expression,
        range,
        step: Duration::from_secs(step),
    })
}

/// A series, its samples at different times and the oldest first.
pub fn metric_series() -> impl Strategy<Value = MetricSeries> {
    let samples = btree_set(time(), 0..4).prop_flat_map(|times| {
        let values = vec((-100..100i32).prop_map(|halves| f64::from(halves) / 2.0), times.len());
        values.prop_map(move |values| {
            let samples = times.iter().zip(values);
            samples
                .map(|(time, value)| MetricSample { time: *time, value })
                .collect()
        })
    });
    (labels(), samples).prop_map(|(labels, samples)| MetricSeries { labels, samples })
}

/// Asks for traces.
pub fn trace_query() -> impl Strategy<Value = TraceQuery> {
    (dns_label(), labels(), time_range(), 1..100u32).prop_map(|(service, tags, range, limit)| TraceQuery {
        service,
        tags,
        range,
        limit,
    })
}

/// A trace of one to three spans, each a part of the first and begun later.
pub fn trace() -> impl Strategy<Value = Trace> {
    let spans = (span(), vec(span(), 0..3)).prop_map(|(root, mut parts)| {
        for (index, part) in (1u64..).zip(&mut parts) {
            part.parent_span_id = Some(root.span_id.clone());
            part.span_id = format!("{index:016x}");
            part.start = root.start.plus(Duration::from_millis(index));
        }
        let mut spans = vec![root];
        spans.append(&mut parts);
        spans
    });
    ("[0-9a-f]{32}", spans).prop_map(|(trace_id, spans)| Trace { trace_id, spans })
}

fn span() -> impl Strategy<Value = Span> {
    ("[0-9a-f]{16}", name(), dns_label(), time(), 0..1_000_000u64, labels()).prop_map(
        |(span_id, operation, service, start, duration_micros, tags)| Span {
            span_id,
            parent_span_id: None,
            operation,
            service,
            start,
            duration_micros,
            tags,
        },
    )
}

/// Asks for log lines.
pub fn log_query() -> impl Strategy<Value = LogQuery> {
    (name(), time_range(), 1..100u32).prop_map(|(expression, range, limit)| LogQuery {
        expression,
        range,
        limit,
    })
}

/// A log line of an observability backend; [`log_line`](super::log_line) is one of a deployment.
pub fn stored_log_line() -> impl Strategy<Value = LogLine> {
    (time(), labels(), description()).prop_map(|(time, labels, line)| LogLine { time, labels, line })
}
