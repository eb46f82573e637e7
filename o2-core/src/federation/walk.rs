//! A page without sort order: plugin by plugin, each in its own order.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{StreamExt, stream};

use super::Fetch;
use super::list::{At, Job, Paged, Position, Target, worst};
use crate::Result;
use crate::model::Model;
use crate::page::Page;
use crate::plugin::Plugin;
use crate::query::ListQuery;
use crate::router::Failures;

/// A page of one plugin, and where it started.
struct Start<T> {
    marker: Option<String>,
    skip: usize,
    page: Option<Result<Page<T>>>,
}

/// What has been collected so far.
struct Walk<T> {
    items: Vec<Arc<T>>,
    total: Option<u64>,
    failures: Failures,
    answered: bool,
}

impl<P: ?Sized + Plugin, F> Job<'_, P, F> {
    pub(super) async fn walk<T: Model>(&self, at: Option<At>) -> Result<Paged<T>>
    where
        F: Fetch<P, T>,
    {
        let mut starts = match at {
            // Everybody is asked at once, so that the page takes as long as the slowest plugin and not as all together,
            // and whoever fails is announced on the first page.
            None => self.first_pages().await,
            Some(At::Walk { marker, skip }) => self.resumed(marker, skip),
            Some(At::After(..)) => self.resumed(None, 0),
        };
        let mut walk = Walk {
            items: Vec::new(),
            total: Some(0),
            failures: Failures::new(),
            answered: false,
        };
        for (index, target) in self.targets.iter().enumerate() {
            let Some(start) = starts.next() else { break };
            match self.take(target, start, index, &mut walk).await {
                Ok(None) => {}
                Ok(Some(at)) => return Ok(self.cut(index, at, walk)),
                Err(error) => walk.failures.push(target.plugin.name().clone(), error),
            }
        }
        if !walk.answered && !walk.failures.is_empty() {
            return Err(worst(walk.failures));
        }
        Ok(Paged {
            items: walk.items,
            next: None,
            total: walk.total,
            failures: walk.failures,
        })
    }

    async fn first_pages<T: Model>(&self) -> std::vec::IntoIter<Start<T>>
    where
        F: Fetch<P, T>,
    {
        let mut asked: Vec<BoxFuture<'_, Result<Page<T>>>> = Vec::new();
        for target in &self.targets {
            asked.push(Box::pin(self.ask(target, None)));
        }
        let pages: Vec<_> = stream::iter(asked).buffered(self.concurrency).collect().await;
        let starts = pages.into_iter().map(|page| Start {
            marker: None,
            skip: 0,
            page: Some(page),
        });
        starts.collect::<Vec<_>>().into_iter()
    }

    fn resumed<T>(&self, marker: Option<String>, skip: usize) -> std::vec::IntoIter<Start<T>> {
        let first = Start {
            marker,
            skip,
            page: None,
        };
        let others = self.targets.iter().skip(1).map(|_| Start {
            marker: None,
            skip: 0,
            page: None,
        });
        std::iter::once(first).chain(others).collect::<Vec<_>>().into_iter()
    }

    pub(super) async fn ask<T: Model>(&self, target: &Target<P>, marker: Option<String>) -> Result<Page<T>>
    where
        F: Fetch<P, T>,
    {
        let plugin = target.plugin.plugin();
        let most = plugin.capabilities().max_page_size.unwrap_or(u32::MAX);
        let mut query = ListQuery::new()
            .with_filter(target.narrowed.pushed.clone())
            .with_limit(u32::try_from(self.limit).unwrap_or(u32::MAX).min(most));
        query.marker = marker;
        (self.fetch)(plugin, self.context, &query).await
    }

    /// Takes from one plugin until the page is full (then it says where the next page starts) or the plugin has no more.
    async fn take<T: Model>(
        &self,
        target: &Target<P>,
        start: Start<T>,
        index: usize,
        walk: &mut Walk<T>,
    ) -> Result<Option<At>>
    where
        F: Fetch<P, T>,
    {
        let Start {
            mut marker,
            mut skip,
            page,
        } = start;
        let mut page = match page {
            Some(page) => page?,
            None if walk.items.len() == self.limit => return Ok(Some(At::Walk { marker, skip })),
            None => self.ask(target, marker.clone()).await?,
        };
        walk.answered = true;
        let countable = target.narrowed.residual.is_empty() && !self.dedupe;
        walk.total = walk
            .total
            .zip(page.total.filter(|_| countable))
            .map(|(sum, more)| sum + more);
        loop {
            let seen = page.items.len();
            let shown = self.show(target, page.items)?;
            let shown = if self.dedupe {
                self.without_known(index, shown).await?
            } else {
                shown
            };
            for (number, item) in shown.into_iter().enumerate().skip(skip) {
                let Some(item) = item else { continue };
                if walk.items.len() == self.limit {
                    return Ok(Some(At::Walk { marker, skip: number }));
                }
                walk.items.push(item);
            }
            let Some(next) = page.next else { return Ok(None) };
            if walk.items.len() == self.limit {
                return Ok(Some(At::Walk {
                    marker: Some(next),
                    skip: 0,
                }));
            }
            if seen == 0 && marker.as_ref() == Some(&next) {
                return Err(
                    crate::Error::internal("the plugin's list does not advance").with_fault(crate::Fault::Backend)
                );
            }
            skip = skip.saturating_sub(seen);
            page = self.ask(target, Some(next.clone())).await?;
            marker = Some(next);
        }
    }

    /// The page is full at the plugin with this index.
    fn cut<T>(&self, index: usize, at: At, mut walk: Walk<T>) -> Paged<T> {
        let rest = self.targets.iter().skip(index);
        let plugins = rest.map(|target| target.plugin.name().to_string()).collect();
        // The plugins that come later have not been counted.
        let counted = index + 1 == self.targets.len();
        walk.total = walk.total.filter(|_| counted);
        Paged {
            items: walk.items,
            next: Some(Position { plugins, at }),
            total: walk.total,
            failures: walk.failures,
        }
    }
}
