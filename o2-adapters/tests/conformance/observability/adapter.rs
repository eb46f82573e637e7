//! An adapter to the monitoring system of the test kit, right or wrong in one way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use o2_core::plugin::{
    LogLine, LogQuery, MetricQuery, MetricSeries, ObservabilityPlugin, TimeRange, Trace, TraceQuery,
    observability_op as op,
};
use o2_core::ports::Secret;
use o2_core::{Capabilities, Context, Error, ErrorKind, Health, Plugin, PluginInfo, Result, Timestamp, async_trait};
use o2_testkit::conformance::ReferenceObservability;

use super::faulty::Fault;
use crate::line::Line;

/// What the adapter shows to the system and to nobody else.
pub(super) const TOKEN: &str = "the-token-of-the-adapter";

/// The adapter.
#[derive(Debug)]
pub(super) struct Adapter {
    backend: Arc<ReferenceObservability>,
    line: Arc<Line>,
    fault: Option<Fault>,
    token: Secret,
    closed: AtomicBool,
}

impl Adapter {
    pub(super) fn new(backend: Arc<ReferenceObservability>, line: Arc<Line>, fault: Option<Fault>) -> Self {
        Self {
            backend,
            line,
            fault,
            token: Secret::new(TOKEN),
            closed: AtomicBool::new(false),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    async fn reach(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) && !self.is(Fault::AnswersAfterTheEnd) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        let reached = self.line.reach().await;
        reached.map_err(|error| {
            if self.is(Fault::ShowsItsToken) {
                error.with_detail(format!("sent with token {}", self.token.expose()))
            } else {
                error
            }
        })
    }

    /// What is asked of the backend instead of this range.
    fn range(&self, mut range: TimeRange) -> TimeRange {
        match self.fault {
            Some(Fault::IncludesTheEnd) => range.end = range.end.plus(Duration::from_nanos(1)),
            Some(Fault::IgnoresTheRange) => {
                range.start = Timestamp::from_unix_seconds(range.start.unix_seconds() - 7_200);
                range.end = range.end.plus(Duration::from_secs(7_200));
            }
            Some(Fault::TurnsRangesRound) if range.end < range.start => {
                std::mem::swap(&mut range.start, &mut range.end);
            }
            _ => {}
        }
        range
    }

    /// What is said instead of this answer.
    fn said<T>(&self, answer: Result<Vec<T>>) -> Result<Vec<T>> {
        match answer {
            Err(error) if self.is(Fault::FindsNothingDuringOutages) && error.is(ErrorKind::Unavailable) => {
                Ok(Vec::new())
            }
            Err(error) if self.is(Fault::FindsNothingForWrongQueries) && error.is(ErrorKind::InvalidInput) => {
                Ok(Vec::new())
            }
            Ok(found) if self.is(Fault::SaysNotFound) && found.is_empty() => Err(Error::not_found("metric", "any")),
            answer => answer,
        }
    }

    async fn metrics(&self, context: &Context, query: &MetricQuery) -> Result<Vec<MetricSeries>> {
        self.reach().await?;
        let mut query = query.clone();
        query.range = self.range(query.range);
        match self.fault {
            Some(Fault::AlignsItsOwnWay) => {
                let step = i64::try_from(query.step.as_nanos()).unwrap_or(i64::MAX).max(1);
                let start = query.range.start.unix_nanos();
                query.range.start = Timestamp::from_unix_nanos(start - start.rem_euclid(step));
            }
            Some(Fault::IgnoresSteps) if !query.step.is_zero() => query.step = Duration::from_secs(60),
            _ => {}
        }
        let mut series = self.backend.query_metrics(context, &query).await?;
        if self.is(Fault::SaysSeriesTwice) {
            series.extend(series.clone());
        }
        Ok(series)
    }

    async fn traces(&self, context: &Context, query: &TraceQuery) -> Result<Vec<Trace>> {
        self.reach().await?;
        let mut query = query.clone();
        query.range = self.range(query.range);
        match self.fault {
            Some(Fault::DeclaresTooMuch) => return Err(Error::unsupported(&op::QUERY_TRACES)),
            Some(Fault::IgnoresTags) => query.tags.clear(),
            Some(Fault::IgnoresTheService) => query.service = "gateway".to_owned(),
            Some(Fault::IgnoresTraceLimits) => query.limit = u32::MAX,
            _ => {}
        }
        let mut traces = self.backend.query_traces(context, &query).await?;
        if self.is(Fault::CutsTraces) {
            for trace in &mut traces {
                trace.spans.retain(|span| span.service == query.service);
            }
        }
        Ok(traces)
    }

    async fn lines(&self, context: &Context, query: &LogQuery) -> Result<Vec<LogLine>> {
        self.reach().await?;
        let mut asked = query.clone();
        asked.range = self.range(query.range);
        if self.is(Fault::KeepsTheNewestLines) {
            asked.limit = u32::MAX;
        }
        let mut lines = self.backend.query_logs(context, &asked).await?;
        match self.fault {
            Some(Fault::NewestFirst) => lines.reverse(),
            Some(Fault::KeepsTheNewestLines) => {
                let surplus = lines.len().saturating_sub(query.limit as usize);
                lines.drain(..surplus);
            }
            _ => {}
        }
        Ok(lines)
    }
}

#[async_trait]
impl Plugin for Adapter {
    fn info(&self) -> &PluginInfo {
        self.backend.info()
    }

    fn capabilities(&self) -> &Capabilities {
        self.backend.capabilities()
    }

    async fn health(&self, _: &Context) -> Health {
        match self.reach().await {
            Err(error) if !self.is(Fault::WellWhateverHappens) => {
                Health::unhealthy(Timestamp::UNIX_EPOCH, error.message())
            }
            _ => Health::healthy(Timestamp::UNIX_EPOCH),
        }
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl ObservabilityPlugin for Adapter {
    async fn query_metrics(&self, context: &Context, query: &MetricQuery) -> Result<Vec<MetricSeries>> {
        let answer = self.metrics(context, query).await;
        self.said(answer)
    }

    async fn query_traces(&self, context: &Context, query: &TraceQuery) -> Result<Vec<Trace>> {
        let answer = self.traces(context, query).await;
        self.said(answer)
    }

    async fn query_logs(&self, context: &Context, query: &LogQuery) -> Result<Vec<LogLine>> {
        let answer = self.lines(context, query).await;
        self.said(answer)
    }
}
