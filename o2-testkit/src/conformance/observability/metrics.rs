//! Metrics: series of samples.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::plugin::{MetricQuery, MetricSeries, observability_op as op};

use super::{NOTHING, ObservabilityCase, RANGE, REVERSED, Scene, case, is_within, reversed};
use crate::conformance::{Verdict, fails, holds, same, skip};

const STEPS: &str = "Samples lie on the start of the range and every `step` from there, oldest first; where there is nothing \
                     to say, one is left out.";
const LABELS: &str = "No two series have the same labels.";
const REJECTED: &str = "`InvalidInput` when the backend rejects the query, or the step is zero.";

pub(super) fn cases() -> Vec<ObservabilityCase> {
    let cases = [
        case("query_metrics/samples_lie_on_the_steps", STEPS, |s| {
            Box::pin(samples_lie_on_the_steps(s))
        }),
        case("query_metrics/a_wider_step_leaves_samples_out", STEPS, |s| {
            Box::pin(a_wider_step_leaves_samples_out(s))
        }),
        case("query_metrics/the_end_is_not_part_of_the_range", RANGE, |s| {
            Box::pin(the_end_is_not_part_of_the_range(s))
        }),
        case("query_metrics/the_same_again_is_the_same", STEPS, |s| {
            Box::pin(the_same_again_is_the_same(s))
        }),
        case("query_metrics/series_differ_in_labels", LABELS, |s| {
            Box::pin(series_differ_in_labels(s))
        }),
        case("query_metrics/nothing_found_is_empty", NOTHING, |s| {
            Box::pin(nothing_found_is_empty(s))
        }),
        case("query_metrics/rejected_queries_are_told", REJECTED, |s| {
            Box::pin(rejected_queries_are_told(s))
        }),
        case("query_metrics/no_step_is_refused", REJECTED, |s| {
            Box::pin(no_step_is_refused(s))
        }),
        case("query_metrics/a_reversed_range_is_refused", REVERSED, |s| {
            Box::pin(a_reversed_range_is_refused(s))
        }),
    ];
    cases.map(|case| case.needing(&[&op::QUERY_METRICS])).into()
}

impl Scene<'_> {
    fn metric_query(&self) -> Verdict<MetricQuery> {
        let query = self.world.metric_query();
        query.map_or_else(|| skip("the world has no metrics"), Ok)
    }

    async fn series(&self, query: &MetricQuery) -> Verdict<Vec<MetricSeries>> {
        Ok(self.plugin.query_metrics(&self.context, query).await?)
    }
}

/// That there is a series, and that every sample is where it belongs.
fn check(query: &MetricQuery, series: &[MetricSeries]) -> Verdict {
    holds("the series", !series.is_empty(), "at least one", series)?;
    for one in series {
        let times: Vec<_> = one.samples.iter().map(|sample| sample.time).collect();
        let within = times.iter().all(|time| is_within(query.range, *time));
        holds(
            "the times of the samples",
            within,
            &format!("within {:?}", query.range),
            &times,
        )?;
        let on_steps = times.iter().all(|time| {
            let offset = time.since(query.range.start).as_nanos();
            offset % query.step.as_nanos().max(1) == 0
        });
        holds(
            "the times of the samples",
            on_steps,
            "on the steps from the start",
            &times,
        )?;
        let ascending = times.is_sorted_by(|one, next| one < next);
        holds("the times of the samples", ascending, "oldest first, each once", &times)?;
    }
    Ok(())
}

async fn samples_lie_on_the_steps(scene: Scene<'_>) -> Verdict {
    let mut query = scene.metric_query()?;
    let series = scene.series(&query).await?;
    check(&query, &series)?;
    let enough = series.iter().any(|one| one.samples.len() >= 4);
    holds("the samples of a series", enough, "at least four", &series)?;
    // Steps are counted from the start, wherever that is.
    query.range.start = query.range.start.plus(query.step / 3);
    check(&query, &scene.series(&query).await?)
}

async fn a_wider_step_leaves_samples_out(scene: Scene<'_>) -> Verdict {
    let mut query = scene.metric_query()?;
    let all = scene.series(&query).await?;
    query.step *= 2;
    let half = scene.series(&query).await?;
    check(&query, &half)?;
    let times = |series: &[MetricSeries]| -> Vec<Vec<_>> {
        let times = |one: &MetricSeries| one.samples.iter().map(|sample| sample.time).collect();
        series.iter().map(times).collect()
    };
    let mut expected = times(&all);
    for one in &mut expected {
        one.retain(|time| time.since(query.range.start).as_nanos() % query.step.as_nanos().max(1) == 0);
    }
    same("the times with twice the step", times(&half), expected)
}

async fn the_end_is_not_part_of_the_range(scene: Scene<'_>) -> Verdict {
    let query = scene.metric_query()?;
    let series = scene.series(&query).await?;
    let Some(last) = series
        .iter()
        .filter_map(|one| one.samples.last())
        .map(|sample| sample.time)
        .max()
    else {
        return skip("there are no samples");
    };
    let mut shorter = query.clone();
    shorter.range.end = last;
    let newest = |series: &[MetricSeries]| {
        series
            .iter()
            .flat_map(|one| &one.samples)
            .map(|sample| sample.time)
            .max()
    };
    let without = newest(&scene.series(&shorter).await?);
    holds(
        "the newest sample of a range that ends on one",
        without < Some(last),
        "an earlier one",
        without,
    )?;
    shorter.range.end = last.plus(Duration::from_nanos(1));
    same(
        "the newest sample of a range that ends after it",
        newest(&scene.series(&shorter).await?),
        Some(last),
    )
}

async fn the_same_again_is_the_same(scene: Scene<'_>) -> Verdict {
    let query = scene.metric_query()?;
    same("the series", scene.series(&query).await?, scene.series(&query).await?)
}

async fn series_differ_in_labels(scene: Scene<'_>) -> Verdict {
    let series = scene.series(&scene.metric_query()?).await?;
    let mut labels: Vec<_> = series.iter().map(|one| &one.labels).collect();
    labels.sort();
    labels.dedup();
    same("how many different labels there are", labels.len(), series.len())
}

async fn nothing_found_is_empty(scene: Scene<'_>) -> Verdict {
    let mut query = scene.metric_query()?;
    let Some(expression) = scene.world.empty_metric_expression() else {
        return skip("the world has no metric expression that finds nothing");
    };
    query.expression = expression;
    same("what is found", scene.series(&query).await?, Vec::new())
}

async fn rejected_queries_are_told(scene: Scene<'_>) -> Verdict {
    let mut query = scene.metric_query()?;
    let Some(expression) = scene.world.wrong_metric_expression() else {
        return skip("the world has no metric expression that is rejected");
    };
    query.expression = expression;
    let answer = scene.plugin.query_metrics(&scene.context, &query).await;
    fails("a wrong expression", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}

async fn no_step_is_refused(scene: Scene<'_>) -> Verdict {
    let mut query = scene.metric_query()?;
    query.step = Duration::ZERO;
    let answer = scene.plugin.query_metrics(&scene.context, &query).await;
    fails("a step of no time", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}

async fn a_reversed_range_is_refused(scene: Scene<'_>) -> Verdict {
    let mut query = scene.metric_query()?;
    query.range = reversed(query.range);
    let answer = scene.plugin.query_metrics(&scene.context, &query).await;
    fails("a range that ends before it starts", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}
