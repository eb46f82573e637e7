//! The suite of [`ObservabilityPlugin`].

mod calls;
mod logs;
mod metrics;
mod reference;
mod traces;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::plugin::{LogQuery, MetricQuery, ObservabilityPlugin, TimeRange, TraceQuery, observability_op as op};
use o2_core::{Context, Timestamp};

pub use reference::ReferenceObservability;

use super::{Case, Harness, Report, Suite, Verdict, World, honesty, laws, operations};

/// A world for the plugin of a monitoring system, which has known metrics, traces or logs of the past.
pub trait ObservabilityWorld: World<dyn ObservabilityPlugin> {
    /// A query of metrics that finds at least one series with at least four samples, one on every step.
    fn metric_query(&self) -> Option<MetricQuery> {
        None
    }

    /// A metric expression that is right and finds nothing.
    fn empty_metric_expression(&self) -> Option<String> {
        None
    }

    /// A metric expression that the backend rejects.
    fn wrong_metric_expression(&self) -> Option<String> {
        None
    }

    /// A query of traces that finds at least two, all that there are in its range. One of them has spans of another
    /// service too.
    fn trace_query(&self) -> Option<TraceQuery> {
        None
    }

    /// A query of logs that finds at least three lines of different times, all that there are in its range.
    fn log_query(&self) -> Option<LogQuery> {
        None
    }

    /// A log expression that is right and finds nothing.
    fn empty_log_expression(&self) -> Option<String> {
        None
    }

    /// A log expression that the backend rejects.
    fn wrong_log_expression(&self) -> Option<String> {
        None
    }
}

/// Runs the suite.
pub async fn observability(harness: &dyn Harness<dyn ObservabilityWorld>) -> Report {
    observability_suite().run(harness).await
}

/// The suite, for those who want to run some of its cases.
#[must_use]
pub fn observability_suite() -> Suite<dyn ObservabilityPlugin, dyn ObservabilityWorld> {
    Suite {
        operations: op::ALL,
        cases: [
            honesty::cases(calls::INVOCATIONS, common),
            laws::life(calls::INVOCATIONS, common),
            operations::cases(calls::INVOCATIONS, common),
            metrics::cases(),
            traces::cases(),
            logs::cases(),
        ]
        .concat(),
        world: common,
    }
}

fn common<'w>(world: &'w (dyn ObservabilityWorld + 'static)) -> &'w dyn World<dyn ObservabilityPlugin> {
    world
}

const RANGE: &str = "The answer has only what lies in the query's time range, whose end is not part of it.";
const REVERSED: &str = "A range that ends before it starts is `InvalidInput`.";
const NOTHING: &str = "Nothing found is an empty answer and no error.";

type ObservabilityCase = Case<dyn ObservabilityWorld>;
type Run = for<'w> fn(Scene<'w>) -> BoxFuture<'w, Verdict>;

fn case(name: &str, contract: &'static str, run: Run) -> ObservabilityCase {
    Case::new(name, contract, move |world: &(dyn ObservabilityWorld + 'static)| {
        run(Scene {
            world,
            plugin: world.plugin(),
            context: Context::new("conformance"),
        })
    })
}

/// What most cases begin with.
struct Scene<'w> {
    world: &'w dyn ObservabilityWorld,
    plugin: Arc<dyn ObservabilityPlugin>,
    context: Context,
}

fn is_within(range: TimeRange, time: Timestamp) -> bool {
    range.start <= time && time < range.end
}

/// The same range, turned round.
fn reversed(range: TimeRange) -> TimeRange {
    TimeRange {
        start: range.end.plus(Duration::from_secs(1)),
        end: range.start,
    }
}
