//! What an adapter to a monitoring system may get wrong, and which case finds it.

/// One mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    AlignsItsOwnWay,
    AnswersAfterTheEnd,
    CutsTraces,
    DeclaresTooMuch,
    FindsNothingDuringOutages,
    FindsNothingForWrongQueries,
    IgnoresSteps,
    IgnoresTags,
    IgnoresTheRange,
    IgnoresTheService,
    IgnoresTraceLimits,
    IncludesTheEnd,
    KeepsTheNewestLines,
    NewestFirst,
    SaysNotFound,
    SaysSeriesTwice,
    ShowsItsToken,
    TurnsRangesRound,
    WellWhateverHappens,
}

use Fault::*;

impl Fault {
    /// Every mistake, with the case that finds it.
    pub(crate) const ALL: &'static [(Self, &'static str)] = &[
        (AlignsItsOwnWay, "query_metrics/samples_lie_on_the_steps"),
        (AnswersAfterTheEnd, "plugin/closed_is_closed"),
        (CutsTraces, "query_traces/traces_are_whole"),
        (DeclaresTooMuch, "query_traces/is_there_when_declared"),
        (FindsNothingDuringOutages, "plugin/every_operation_tells_an_outage"),
        (FindsNothingForWrongQueries, "query_logs/rejected_queries_are_told"),
        (IgnoresSteps, "query_metrics/a_wider_step_leaves_samples_out"),
        (IgnoresTags, "query_traces/tags_are_asked_for"),
        (IgnoresTheRange, "query_logs/oldest_first"),
        (IgnoresTheService, "query_traces/unknown_services_have_none"),
        (IgnoresTraceLimits, "query_traces/limit_is_kept"),
        (IncludesTheEnd, "query_metrics/the_end_is_not_part_of_the_range"),
        (IncludesTheEnd, "query_traces/the_end_is_not_part_of_the_range"),
        (IncludesTheEnd, "query_logs/the_end_is_not_part_of_the_range"),
        (KeepsTheNewestLines, "query_logs/limit_keeps_the_oldest"),
        (NewestFirst, "query_logs/oldest_first"),
        (SaysNotFound, "query_metrics/nothing_found_is_empty"),
        (SaysSeriesTwice, "query_metrics/series_differ_in_labels"),
        (ShowsItsToken, "plugin/secrets_stay_secret"),
        (TurnsRangesRound, "query_metrics/a_reversed_range_is_refused"),
        (WellWhateverHappens, "plugin/health_tells_trouble"),
    ];
}
