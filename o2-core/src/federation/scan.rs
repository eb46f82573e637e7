//! A page in sort order: every plugin's objects pass by, and only those that belong on the page are kept.

use std::collections::BinaryHeap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{StreamExt, stream};

use super::Fetch;
use super::list::{At, Job, Paged, Position, Target, worst};
use crate::Result;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{SortKey, Sorter};
use crate::router::Failures;

/// The smallest objects of one plugin that come after the last page, and how many there are in all.
struct Smallest<T> {
    kept: BinaryHeap<Ranked<T>>,
    total: u64,
}

/// An object at its place in the order.
struct Ranked<T> {
    key: SortKey,
    item: Arc<T>,
}

impl<T: Model> Ranked<T> {
    fn place(&self) -> (&SortKey, &str) {
        (&self.key, self.item.id())
    }
}

impl<T: Model> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl<T: Model> Eq for Ranked<T> {}

impl<T: Model> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Model> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

impl<P: ?Sized + Plugin, F> Job<'_, P, F> {
    pub(super) async fn scan<T: Model>(&self, at: Option<At>) -> Result<Paged<T>>
    where
        F: Fetch<P, T>,
    {
        let sorter = self.query.sort.bind::<T>()?;
        let after = match at {
            Some(At::After(key, id)) => Some((key, id)),
            Some(At::Walk { .. }) | None => None,
        };
        let mut scans: Vec<BoxFuture<'_, Result<Smallest<T>>>> = Vec::new();
        for (index, target) in self.targets.iter().enumerate() {
            scans.push(Box::pin(self.smallest(index, target, &sorter, after.as_ref())));
        }
        let answers: Vec<_> = stream::iter(scans).buffered(self.concurrency).collect().await;

        let mut failures = Failures::new();
        let mut ranked = Vec::new();
        let mut total = 0;
        for (target, answer) in self.targets.iter().zip(answers) {
            match answer {
                Ok(smallest) => {
                    total += smallest.total;
                    ranked.extend(smallest.kept);
                }
                Err(error) => failures.push(target.plugin.name().clone(), error),
            }
        }
        if failures.len() == self.targets.len() && !failures.is_empty() {
            return Err(worst(failures));
        }
        ranked.sort_unstable();
        let more = ranked.len() > self.limit;
        ranked.truncate(self.limit);
        let next = ranked.last().filter(|_| more).map(|last| Position {
            plugins: self
                .targets
                .iter()
                .map(|target| target.plugin.name().to_string())
                .collect(),
            at: At::After(last.key.clone(), last.item.id().to_owned()),
        });
        let items = ranked.into_iter().map(|ranked| ranked.item).collect();
        Ok(Paged {
            items,
            next,
            total: Some(total),
            failures,
        })
    }

    async fn smallest<T: Model>(
        &self,
        index: usize,
        target: &Target<P>,
        sorter: &Sorter<T>,
        after: Option<&(SortKey, String)>,
    ) -> Result<Smallest<T>>
    where
        F: Fetch<P, T>,
    {
        let mut smallest = Smallest {
            kept: BinaryHeap::new(),
            total: 0,
        };
        let mut marker = None;
        loop {
            let page = self.ask(target, marker).await?;
            let shown = self.show(target, page.items)?;
            let shown = if self.dedupe {
                self.without_known(index, shown).await?
            } else {
                shown
            };
            for item in shown.into_iter().flatten() {
                smallest.total += 1;
                let ranked = Ranked {
                    key: sorter.key(&item),
                    item,
                };
                if after.is_none_or(|(key, id)| ranked.place() > (key, id.as_str())) {
                    // One more than the page holds, to know whether another page follows.
                    smallest.kept.push(ranked);
                    if smallest.kept.len() > self.limit + 1 {
                        smallest.kept.pop();
                    }
                }
            }
            marker = page.next;
            if marker.is_none() {
                return Ok(smallest);
            }
        }
    }
}
