//! Traces: whole, and of the service that was asked for.

use std::collections::BTreeSet;

use o2_core::plugin::{Span, Trace, TraceQuery, observability_op as op};
use o2_core::{ErrorKind, Timestamp};

use super::{NOTHING, ObservabilityCase, RANGE, REVERSED, Scene, case, is_within, reversed};
use crate::conformance::{Verdict, fails, holds, same, skip};

const FINDS: &str = "Finds traces in which a span of `service` that has all `tags` begins in the time range, at most `limit` \
                     of them.";
const WHOLE: &str = "Traces are whole: their spans, oldest first, are also those of other services and outside the range. \
                     Ids are hexadecimal.";

pub(super) fn cases() -> Vec<ObservabilityCase> {
    let cases = [
        case("query_traces/the_service_took_part", FINDS, |s| {
            Box::pin(the_service_took_part(s))
        }),
        case("query_traces/tags_are_asked_for", FINDS, |s| {
            Box::pin(tags_are_asked_for(s))
        }),
        case("query_traces/limit_is_kept", FINDS, |s| Box::pin(limit_is_kept(s))),
        case("query_traces/traces_are_whole", WHOLE, |s| {
            Box::pin(traces_are_whole(s))
        }),
        case("query_traces/the_end_is_not_part_of_the_range", RANGE, |s| {
            Box::pin(the_end_is_not_part_of_the_range(s))
        }),
        case("query_traces/unknown_services_have_none", NOTHING, |s| {
            Box::pin(unknown_services_have_none(s))
        }),
        case("query_traces/a_reversed_range_is_refused", REVERSED, |s| {
            Box::pin(a_reversed_range_is_refused(s))
        }),
    ];
    cases.map(|case| case.needing(&[&op::QUERY_TRACES])).into()
}

impl Scene<'_> {
    fn trace_query(&self) -> Verdict<TraceQuery> {
        let query = self.world.trace_query();
        query.map_or_else(|| skip("the world has no traces"), Ok)
    }

    async fn traces(&self, query: &TraceQuery) -> Verdict<Vec<Trace>> {
        Ok(self.plugin.query_traces(&self.context, query).await?)
    }
}

/// The spans for which a trace is found.
fn reasons<'t>(query: &'t TraceQuery, trace: &'t Trace) -> impl Iterator<Item = &'t Span> {
    trace.spans.iter().filter(|span| {
        let tagged = query.tags.iter().all(|(key, value)| span.tags.get(key) == Some(value));
        span.service == query.service && tagged && is_within(query.range, span.start)
    })
}

fn ids(traces: &[Trace]) -> BTreeSet<&str> {
    traces.iter().map(|trace| trace.trace_id.as_str()).collect()
}

/// That every trace is one that was asked for, and comes once.
fn check(query: &TraceQuery, traces: &[Trace]) -> Verdict {
    for trace in traces {
        let found = reasons(query, trace).next().is_some();
        holds("a trace", found, "one with a span as asked for", trace)?;
    }
    same("how many different traces there are", ids(traces).len(), traces.len())
}

async fn the_service_took_part(scene: Scene<'_>) -> Verdict {
    let query = scene.trace_query()?;
    let traces = scene.traces(&query).await?;
    holds("the traces", traces.len() >= 2, "at least two", ids(&traces))?;
    check(&query, &traces)
}

async fn tags_are_asked_for(scene: Scene<'_>) -> Verdict {
    let mut query = scene.trace_query()?;
    let traces = scene.traces(&query).await?;
    let tags = traces
        .iter()
        .flat_map(|trace| reasons(&query, trace))
        .flat_map(|span| &span.tags);
    let tags: BTreeSet<_> = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
    if tags.is_empty() {
        return skip("the world's traces have no tags");
    }
    for tag in tags {
        query.tags = [tag].into();
        let expected: Vec<_> = traces
            .iter()
            .filter(|trace| reasons(&query, trace).next().is_some())
            .cloned()
            .collect();
        let found = scene.traces(&query).await?;
        same(
            &format!("the traces with {:?}", query.tags),
            ids(&found),
            ids(&expected),
        )?;
    }
    Ok(())
}

async fn limit_is_kept(scene: Scene<'_>) -> Verdict {
    let mut query = scene.trace_query()?;
    query.limit = 1;
    let traces = scene.traces(&query).await?;
    same("how many traces there are with limit 1", traces.len(), 1)?;
    check(&query, &traces)
}

async fn traces_are_whole(scene: Scene<'_>) -> Verdict {
    let query = scene.trace_query()?;
    let traces = scene.traces(&query).await?;
    for trace in &traces {
        let spans: BTreeSet<_> = trace.spans.iter().map(|span| span.span_id.as_str()).collect();
        let hexadecimal = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_hexdigit());
        let right = hexadecimal(&trace.trace_id) && spans.iter().all(|id| hexadecimal(id));
        holds("the ids of a trace", right, "hexadecimal", (&trace.trace_id, &spans))?;
        same("how many different spans it has", spans.len(), trace.spans.len())?;
        let starts: Vec<_> = trace.spans.iter().map(|span| span.start).collect();
        holds("the spans of a trace", starts.is_sorted(), "oldest first", &starts)?;
        let parents = trace.spans.iter().filter_map(|span| span.parent_span_id.as_deref());
        let missing: Vec<_> = parents.filter(|parent| !spans.contains(parent)).collect();
        holds(
            "the parents of spans that are missing",
            missing.is_empty(),
            "none",
            &missing,
        )?;
    }
    let others = traces
        .iter()
        .any(|trace| trace.spans.iter().any(|span| span.service != query.service));
    holds(
        "the spans of other services",
        others,
        "at least one in some trace",
        ids(&traces),
    )
}

async fn the_end_is_not_part_of_the_range(scene: Scene<'_>) -> Verdict {
    let query = scene.trace_query()?;
    let traces = scene.traces(&query).await?;
    let began = |trace: &Trace| reasons(&query, trace).map(|span| span.start).min();
    let latest = traces
        .iter()
        .filter_map(|trace| Some((began(trace)?, trace.trace_id.as_str())))
        .max();
    let Some((time, id)) = latest else {
        return skip("there are no traces");
    };
    let until = |end: Timestamp| {
        let mut query = query.clone();
        query.range.end = end;
        query
    };
    let before = scene.traces(&until(time)).await?;
    holds(
        "the traces of a range that ends when one begins",
        !ids(&before).contains(id),
        "not that one",
        ids(&before),
    )?;
    let mut from = query.clone();
    from.range.start = time;
    let after = scene.traces(&from).await?;
    holds(
        "the traces of a range that starts when one begins",
        ids(&after).contains(id),
        "also that one",
        ids(&after),
    )
}

async fn unknown_services_have_none(scene: Scene<'_>) -> Verdict {
    let mut query = scene.trace_query()?;
    query.service = "no-such-service".to_owned();
    same("what is found", scene.traces(&query).await?, Vec::new())
}

async fn a_reversed_range_is_refused(scene: Scene<'_>) -> Verdict {
    let mut query = scene.trace_query()?;
    query.range = reversed(query.range);
    let answer = scene.plugin.query_traces(&scene.context, &query).await;
    fails("a range that ends before it starts", answer, &[ErrorKind::InvalidInput])?;
    Ok(())
}
