//! A page in sort order: every plugin's objects pass by, and only those that belong on the page are kept.

use std::collections::BinaryHeap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{StreamExt, stream};

use super::Fetch;
use super::advance::Advance;
use super::page::{Job, Next, Paged, names};
use super::plan::{Plan, Target};
use super::position::At;
use crate::Result;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{SortKey, Sorter};

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

impl<F> Job<'_, F> {
    pub(super) async fn scan<T: Model, P: ?Sized + Plugin>(&self, plan: &Plan<P>) -> Result<Paged<T>>
    where
        F: Fetch<P, T>,
    {
        let sorter = self.query.sort.bind::<T>()?;
        let mut scans: Vec<BoxFuture<'_, Result<Smallest<T>>>> = Vec::new();
        for (index, target) in plan.targets.iter().enumerate() {
            scans.push(Box::pin(self.smallest(plan, index, target, &sorter)));
        }
        let answers: Vec<_> = stream::iter(scans).buffered(self.concurrency).collect().await;

        let mut page = Paged::empty();
        let mut ranked = Vec::new();
        let mut total = 0;
        for (target, answer) in plan.targets.iter().zip(answers) {
            match answer {
                Ok(smallest) => {
                    page.answered = true;
                    total += smallest.total;
                    ranked.extend(smallest.kept);
                }
                Err(error) => page.failures.push(target.plugin.name().clone(), error),
            }
        }
        ranked.sort_unstable();
        let more = ranked.len() > self.limit;
        ranked.truncate(self.limit);
        page.next = ranked.last().filter(|_| more).map(|last| Next {
            listed: names(&plan.listed),
            plugins: names(&plan.targets),
            at: At::After(last.key.clone(), last.item.id().to_owned()),
        });
        page.items = ranked.into_iter().map(|ranked| ranked.item).collect();
        page.total = Some(total);
        Ok(page)
    }

    /// A plugin that fails midway has shown nothing yet: what is known of it can stand in for it.
    async fn smallest<T: Model, P: ?Sized + Plugin>(
        &self,
        plan: &Plan<P>,
        index: usize,
        target: &Target<P>,
        sorter: &Sorter<T>,
    ) -> Result<Smallest<T>>
    where
        F: Fetch<P, T>,
    {
        match self.smallest_of(plan, index, target, sorter).await {
            Err(error) if target.source.fall_back(&error) => self.smallest_of(plan, index, target, sorter).await,
            smallest => smallest,
        }
    }

    async fn smallest_of<T: Model, P: ?Sized + Plugin>(
        &self,
        plan: &Plan<P>,
        index: usize,
        target: &Target<P>,
        sorter: &Sorter<T>,
    ) -> Result<Smallest<T>>
    where
        F: Fetch<P, T>,
    {
        let after = plan.resume.as_ref().and_then(|resume| resume.after.as_ref());
        let mut smallest = Smallest {
            kept: BinaryHeap::new(),
            total: 0,
        };
        let mut marker = None;
        let mut advance = Advance::from(None);
        loop {
            let page = self.ask(target, marker, self.most).await?;
            let shown = self.shown(plan, index, target, page.items).await?;
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
            let Some(next) = page.next else { return Ok(smallest) };
            advance.to(&next)?;
            marker = Some(next);
        }
    }
}
