//! Logs: oldest first, the oldest when there are too many.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::plugin::{LogLine, LogQuery, observability_op as op};

use super::{NOTHING, ObservabilityCase, RANGE, REVERSED, Scene, case, is_within, reversed};
use crate::conformance::{Verdict, fails, holds, same, skip};

const ORDER: &str = "Finds log lines, oldest first; the oldest `limit` of them when there are more.";
const REJECTED: &str = "`InvalidInput` when the backend rejects the query.";

pub(super) fn cases() -> Vec<ObservabilityCase> {
    let cases = [
        case("query_logs/oldest_first", ORDER, |s| Box::pin(oldest_first(s))),
        case("query_logs/limit_keeps_the_oldest", ORDER, |s| {
            Box::pin(limit_keeps_the_oldest(s))
        }),
        case("query_logs/the_end_is_not_part_of_the_range", RANGE, |s| {
            Box::pin(the_end_is_not_part_of_the_range(s))
        }),
        case("query_logs/nothing_found_is_empty", NOTHING, |s| {
            Box::pin(nothing_found_is_empty(s))
        }),
        case("query_logs/rejected_queries_are_told", REJECTED, |s| {
            Box::pin(rejected_queries_are_told(s))
        }),
        case("query_logs/a_reversed_range_is_refused", REVERSED, |s| {
            Box::pin(a_reversed_range_is_refused(s))
        }),
    ];
    cases.map(|case| case.needing(&[&op::QUERY_LOGS])).into()
}

impl Scene<'_> {
    fn log_query(&self) -> Verdict<LogQuery> {
        let query = self.world.log_query();
        query.map_or_else(|| skip("the world has no logs"), Ok)
    }

    async fn lines(&self, query: &LogQuery) -> Verdict<Vec<LogLine>> {
        Ok(self.plugin.query_logs(&self.context, query).await?)
    }

    /// What there is, three lines at least.
    async fn all_lines(&self, query: &LogQuery) -> Verdict<Vec<LogLine>> {
        let lines = self.lines(query).await?;
        holds("the lines", lines.len() >= 3, "at least three", &lines)?;
        Ok(lines)
    }
}

async fn oldest_first(scene: Scene<'_>) -> Verdict {
    let query = scene.log_query()?;
    let lines = scene.all_lines(&query).await?;
    let times: Vec<_> = lines.iter().map(|line| line.time).collect();
    holds("the times of the lines", times.is_sorted(), "oldest first", &times)?;
    let within = times.iter().all(|time| is_within(query.range, *time));
    holds(
        "the times of the lines",
        within,
        &format!("within {:?}", query.range),
        &times,
    )
}

async fn limit_keeps_the_oldest(scene: Scene<'_>) -> Verdict {
    let mut query = scene.log_query()?;
    let all = scene.all_lines(&query).await?;
    for limit in [1, 2] {
        query.limit = limit;
        let expected: Vec<_> = all.iter().take(limit as usize).cloned().collect();
        same(
            &format!("the lines with limit {limit}"),
            scene.lines(&query).await?,
            expected,
        )?;
    }
    Ok(())
}

async fn the_end_is_not_part_of_the_range(scene: Scene<'_>) -> Verdict {
    let mut query = scene.log_query()?;
    let all = scene.all_lines(&query).await?;
    let Some(last) = all.last().map(|line| line.time) else {
        return skip("there are no lines");
    };
    let earlier: Vec<_> = all.iter().filter(|line| line.time < last).cloned().collect();
    query.range.end = last;
    same(
        "the lines of a range that ends on one",
        scene.lines(&query).await?,
        earlier,
    )?;
    query.range.start = last;
    query.range.end = last.plus(Duration::from_nanos(1));
    let latest: Vec<_> = all.iter().filter(|line| line.time == last).cloned().collect();
    same(
        "the lines of a range that starts on one",
        scene.lines(&query).await?,
        latest,
    )
}

async fn nothing_found_is_empty(scene: Scene<'_>) -> Verdict {
    let mut query = scene.log_query()?;
    let Some(expression) = scene.world.empty_log_expression() else {
        return skip("the world has no log expression that finds nothing");
    };
    query.expression = expression;
    same("what is found", scene.lines(&query).await?, Vec::new())
}

async fn rejected_queries_are_told(scene: Scene<'_>) -> Verdict {
    let mut query = scene.log_query()?;
    let Some(expression) = scene.world.wrong_log_expression() else {
        return skip("the world has no log expression that is rejected");
    };
    query.expression = expression;
    let answer = scene.plugin.query_logs(&scene.context, &query).await;
    fails("a wrong expression", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}

async fn a_reversed_range_is_refused(scene: Scene<'_>) -> Verdict {
    let mut query = scene.log_query()?;
    query.range = reversed(query.range);
    let answer = scene.plugin.query_logs(&scene.context, &query).await;
    fails("a range that ends before it starts", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}
