//! Pages: together they are the list, each object once, in one order; markers are the list's own.

use std::collections::BTreeSet;

use o2_core::query::{Filter, ListQuery, Operator, Path, Predicate};
use o2_core::{ErrorKind, Model, Plugin};

use super::filtering::may_push;
use super::{Sentence, Trial, ids};
use crate::conformance::{Verdict, fails, holds, same, skip};

const WALK: &str = "Lists honour every part of the `ListQuery`; their order is the same in every page of one walk, and \
                    an object that does not change during the walk appears exactly once.";
const LIMIT: &str = "The most items to return; fewer are allowed even when more follow.";
const LARGEST: &str = "The most items the backend returns in one page, if it has a limit.";
const MARKER: &str = "`InvalidInput` for a marker that is not one of this list's.";
const TOTAL: &str = "How many objects match in all pages together, if the backend knows.";
const RESTART: &str =
    "Where the next page starts, in the backend's own words, so that it means the same after a restart";

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![
        Sentence {
            name: "pages_add_up",
            contract: WALK,
            gets: false,
            law: |trial| Box::pin(pages_add_up(trial)),
        },
        Sentence {
            name: "order_is_stable",
            contract: WALK,
            gets: false,
            law: |trial| Box::pin(order_is_stable(trial)),
        },
        Sentence {
            name: "limit_is_kept",
            contract: LIMIT,
            gets: false,
            law: |trial| Box::pin(limit_is_kept(trial)),
        },
        Sentence {
            name: "largest_page_is_kept",
            contract: LARGEST,
            gets: false,
            law: |trial| Box::pin(largest_page_is_kept(trial)),
        },
        Sentence {
            name: "total_is_right",
            contract: TOTAL,
            gets: false,
            law: |trial| Box::pin(total_is_right(trial)),
        },
        Sentence {
            name: "foreign_markers_are_refused",
            contract: MARKER,
            gets: false,
            law: |trial| Box::pin(foreign_markers_are_refused(trial)),
        },
        Sentence {
            name: "markers_of_another_filter_are_refused",
            contract: MARKER,
            gets: false,
            law: |trial| Box::pin(markers_of_another_filter_are_refused(trial)),
        },
        Sentence {
            name: "markers_survive_a_restart",
            contract: RESTART,
            gets: false,
            law: |trial| Box::pin(markers_survive_a_restart(trial)),
        },
    ]
}

async fn pages_add_up<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let whole = trial.objects(2).await?;
    let unique: BTreeSet<_> = ids(&whole).into_iter().collect();
    same("how many different ids the list has", unique.len(), whole.len())?;
    for limit in [1, 2, 3, whole.len() - 1] {
        let query = ListQuery::new().with_limit(u32::try_from(limit).unwrap_or(u32::MAX));
        let walked = trial.everything(&query).await?;
        same(&format!("the ids of all pages of {limit}"), ids(&walked), ids(&whole))?;
    }
    Ok(())
}

async fn order_is_stable<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let first = trial.objects(2).await?;
    for _ in 0..3 {
        let again = trial.objects(0).await?;
        same("the ids of the list when it is read again", ids(&again), ids(&first))?;
    }
    Ok(())
}

async fn limit_is_kept<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let whole = trial.objects(1).await?;
    for limit in 1..=u32::try_from(whole.len()).unwrap_or(u32::MAX).min(5) {
        let page = trial.page(&ListQuery::new().with_limit(limit)).await?;
        let got = page.items.len();
        let expected = format!("at most {limit}");
        holds("how many objects the page has", got <= limit as usize, &expected, got)?;
    }
    Ok(())
}

async fn largest_page_is_kept<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let Some(most) = trial.plugin.capabilities().max_page_size else {
        return skip("the plugin has no largest page");
    };
    for query in [ListQuery::new(), ListQuery::new().with_limit(most.saturating_add(1))] {
        let got = trial.page(&query).await?.items.len();
        holds(
            "how many objects the page has",
            got <= most as usize,
            &format!("at most {most}"),
            got,
        )?;
    }
    Ok(())
}

async fn total_is_right<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let whole = trial.objects(1).await?;
    for limit in [None, Some(1)] {
        let mut query = ListQuery::new();
        query.limit = limit;
        match trial.page(&query).await?.total {
            Some(total) => same("the total", total, whole.len() as u64)?,
            None => return skip("the plugin does not say how many there are"),
        }
    }
    Ok(())
}

async fn foreign_markers_are_refused<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    for marker in ["", "no marker", "é%00/~", "99999999999999999999", &"x".repeat(10_000)] {
        let query = ListQuery::new().with_marker(marker).with_limit(1);
        let shown: String = marker.chars().take(20).collect();
        fails(
            &format!("the page at '{shown}'"),
            trial.page(&query).await,
            &[ErrorKind::InvalidInput],
        )?;
    }
    Ok(())
}

async fn markers_of_another_filter_are_refused<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let id = T::IDS.first().copied().unwrap_or_default();
    let nothing = Predicate::new(Path::attribute(id), Operator::Eq, ["nothing has this id"]);
    if !may_push(trial.plugin.capabilities(), &nothing) {
        return skip("the plugin evaluates no filter");
    }
    trial.objects(2).await?;
    let Some(next) = trial.page(&ListQuery::new().with_limit(1)).await?.next else {
        return skip("the plugin has only one page");
    };
    let query = ListQuery::new().with_filter(Filter::from(nothing)).with_marker(next);
    fails(
        "the next page with another filter",
        trial.page(&query).await,
        &[ErrorKind::InvalidInput],
    )?;
    Ok(())
}

async fn markers_survive_a_restart<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let restarted = trial.restarted().await?;
    let whole = trial.objects(2).await?;
    let page = trial.page(&ListQuery::new().with_limit(1)).await?;
    let Some(next) = page.next else {
        return skip("the plugin has only one page");
    };
    let rest = restarted.everything(&ListQuery::new().with_marker(next)).await?;
    let walked = [page.items, rest].concat();
    same("the ids of a walk across a restart", ids(&walked), ids(&whole))
}
