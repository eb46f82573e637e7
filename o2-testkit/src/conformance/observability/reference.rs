//! [`ReferenceObservability`]: a monitoring system in memory, as the contract has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use o2_core::plugin::{
    LogLine, LogQuery, MetricQuery, MetricSample, MetricSeries, ObservabilityPlugin, TimeRange, Trace, TraceQuery,
    observability_op as op,
};
use o2_core::ports::Clock;
use o2_core::{Capabilities, Category, Context, Error, ErrorKind, Health, Plugin, PluginInfo, Result, async_trait};

use super::is_within;

/// Answers from what it was given.
///
/// Its language is small: a metric expression is the `__name__` of a series, a log expression a part of the line. Either
/// is rejected when it is empty.
#[derive(Debug)]
pub struct ReferenceObservability {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    closed: AtomicBool,
    series: Vec<MetricSeries>,
    traces: Vec<Trace>,
    lines: Vec<LogLine>,
}

impl ReferenceObservability {
    /// A system that knows nothing yet.
    ///
    /// # Errors
    /// None; the name of the plugin is a right one.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            info: PluginInfo::new(Category::Observability, "reference", "reference", "1")?,
            capabilities: Capabilities::new(op::ALL.iter().copied()),
            clock,
            closed: AtomicBool::new(false),
            series: Vec::new(),
            traces: Vec::new(),
            lines: Vec::new(),
        })
    }

    /// Knows this series too, whose samples are oldest first.
    #[must_use]
    pub fn with_series(mut self, series: MetricSeries) -> Self {
        self.series.push(series);
        self
    }

    /// Knows this trace too, whose spans are oldest first.
    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.traces.push(trace);
        self
    }

    /// Knows this line too.
    #[must_use]
    pub fn with_line(mut self, line: LogLine) -> Self {
        self.lines.push(line);
        self.lines.sort_by_key(|line| line.time);
        self
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(())
    }
}

fn check_range(range: TimeRange) -> Result<()> {
    if range.end < range.start {
        return Err(Error::violation("range", "must not end before it starts"));
    }
    Ok(())
}

fn check_expression(expression: &str) -> Result<()> {
    if expression.trim().is_empty() {
        return Err(Error::violation("expression", "must not be empty"));
    }
    Ok(())
}

/// The newest sample on every step, not older than one step.
fn on_steps(samples: &[MetricSample], query: &MetricQuery) -> Vec<MetricSample> {
    let steps = std::iter::successors(Some(query.range.start), |time| Some(time.plus(query.step)));
    let steps = steps.take_while(|time| *time < query.range.end);
    let newest = |time| {
        let known = samples.iter().rev().find(|sample| sample.time <= time)?;
        let fresh = time.since(known.time) < query.step;
        fresh.then_some(MetricSample { time, ..*known })
    };
    steps.filter_map(newest).collect()
}

fn is_found(trace: &Trace, query: &TraceQuery) -> bool {
    let has = |tags: &BTreeMap<String, String>| query.tags.iter().all(|(key, value)| tags.get(key) == Some(value));
    let mut spans = trace.spans.iter();
    spans.any(|span| span.service == query.service && has(&span.tags) && is_within(query.range, span.start))
}

#[async_trait]
impl Plugin for ReferenceObservability {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        let now = self.clock.now();
        match self.check_open() {
            Ok(()) => Health::healthy(now),
            Err(error) => Health::unhealthy(now, error.message()),
        }
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl ObservabilityPlugin for ReferenceObservability {
    async fn query_metrics(&self, _: &Context, query: &MetricQuery) -> Result<Vec<MetricSeries>> {
        self.check_open()?;
        check_expression(&query.expression)?;
        check_range(query.range)?;
        if query.step.is_zero() {
            return Err(Error::violation("step", "must be more than no time"));
        }
        let name = |series: &&MetricSeries| series.labels.get("__name__") == Some(&query.expression);
        let found = self.series.iter().filter(name).map(|series| MetricSeries {
            labels: series.labels.clone(),
            samples: on_steps(&series.samples, query),
        });
        Ok(found.filter(|series| !series.samples.is_empty()).collect())
    }

    async fn query_traces(&self, _: &Context, query: &TraceQuery) -> Result<Vec<Trace>> {
        self.check_open()?;
        check_range(query.range)?;
        let found = self.traces.iter().filter(|trace| is_found(trace, query));
        Ok(found.take(query.limit as usize).cloned().collect())
    }

    async fn query_logs(&self, _: &Context, query: &LogQuery) -> Result<Vec<LogLine>> {
        self.check_open()?;
        check_expression(&query.expression)?;
        check_range(query.range)?;
        let wanted = |line: &&LogLine| is_within(query.range, line.time) && line.line.contains(&query.expression);
        Ok(self
            .lines
            .iter()
            .filter(wanted)
            .take(query.limit as usize)
            .cloned()
            .collect())
    }
}
