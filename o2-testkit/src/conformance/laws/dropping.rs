//! Futures may be dropped at any await: [`at_every_await`] does it, and what follows must still work.

use std::pin::pin;
use std::task::Poll;

use futures::future::{Either, poll_fn, select};
use o2_core::query::ListQuery;
use o2_core::{Model, Plugin};

use super::{Sentence, Trial, ids};
use crate::conformance::{Verdict, same};

const DROPPED: &str = "Futures may be dropped at any await.";
/// Awaits of one call that are tried.
const MOST_AWAITS: usize = 64;

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![Sentence {
        name: "dropping_leaves_a_usable_plugin",
        contract: DROPPED,
        gets: false,
        law: |trial| Box::pin(dropping_leaves_a_usable_plugin(trial)),
    }]
}

/// Makes the future again and again, and drops it at its first await that is not over at once, its second, and so on, until one
/// ends by itself; after very many awaits one is left to its end. That one's result is returned.
pub async fn at_every_await<T, F: Future<Output = T>>(mut make: impl FnMut() -> F) -> T {
    for awaits in 0..MOST_AWAITS {
        let mut left = awaits;
        // It is polled whenever the future has waited for something.
        let enough = poll_fn(|_| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            Poll::Pending
        });
        if let Either::Left((result, _)) = select(pin!(make()), pin!(enough)).await {
            return result;
        }
    }
    make().await
}

async fn dropping_leaves_a_usable_plugin<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let before = trial.objects(0).await?;
    let query = ListQuery::new();
    at_every_await(|| trial.page(&query)).await?;
    let gets = trial
        .collection
        .get
        .is_some_and(|(operation, _)| trial.plugin.capabilities().supports(operation));
    if let Some(object) = before.first().filter(|_| gets) {
        at_every_await(|| trial.get(object.id())).await?;
    }
    let after = trial.objects(0).await?;
    same("the ids of the list after dropped calls", ids(&after), ids(&before))
}
