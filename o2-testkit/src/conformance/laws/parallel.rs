//! Calls at the same time: none disturbs another.

use futures::future::{join, join_all};
use o2_core::query::ListQuery;
use o2_core::{Model, Plugin};

use super::{Sentence, Trial, ids};
use crate::conformance::{Verdict, same};

const PARALLEL: &str = "Calls may run at the same time; each answers as if it were alone.";
/// Walks at the same time.
const WALKERS: usize = 8;

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![Sentence {
        name: "parallel_walks_agree",
        contract: PARALLEL,
        gets: false,
        law: |trial| Box::pin(parallel_walks_agree(trial)),
    }]
}

async fn parallel_walks_agree<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let whole = trial.objects(2).await?;
    let (all, pages) = (ListQuery::new(), ListQuery::new().with_limit(1));
    let walks = (0..WALKERS).map(|_| join(trial.everything(&all), trial.everything(&pages)));
    for (at_once, page_by_page) in join_all(walks).await {
        same("the ids of one of many walks", ids(&at_once?), ids(&whole))?;
        same(
            "the ids of one of many walks, page by page",
            ids(&page_by_page?),
            ids(&whole),
        )?;
    }
    Ok(())
}
