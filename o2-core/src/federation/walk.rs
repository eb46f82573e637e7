//! A page without sort order: plugin by plugin, each in its own order.

use futures::future::BoxFuture;
use futures::{StreamExt, stream};

use super::Fetch;
use super::advance::Advance;
use super::page::{Job, Next, Paged, names};
use super::plan::{Plan, Target};
use super::position::At;
use crate::model::Model;
use crate::page::Page;
use crate::plugin::Plugin;
use crate::{Error, Result};

/// The first page of a plugin, where it has been asked already.
type First<T> = Option<Result<Page<T>>>;

/// How far one plugin's list got.
enum Taken {
    /// To its end.
    All,
    /// The page is full; the next one starts here.
    Full(At),
    /// The plugin failed after it had answered. Ending the page here loses nothing: the next one asks it again.
    Interrupted(At, Error),
}

impl<F> Job<'_, F> {
    pub(super) async fn walk<T: Model, P: ?Sized + Plugin>(&self, plan: &Plan<P>) -> Paged<T>
    where
        F: Fetch<P, T>,
    {
        // At first everybody is asked at once, so that the page takes as long as the slowest plugin and not as all
        // together, and whoever fails is announced on the first page.
        let mut firsts = match &plan.resume {
            None => self.first_pages(plan).await,
            Some(_) => plan.targets.iter().map(|_| None).collect(),
        };
        let mut page = Paged {
            total: match &plan.resume {
                None => self.total(plan, &firsts),
                Some(resume) => resume.total,
            },
            ..Paged::empty()
        };
        for (index, target) in plan.targets.iter().enumerate() {
            let first = firsts.get_mut(index).and_then(Option::take);
            match self.take(plan, index, first, &mut page).await {
                Ok(Taken::All) => page.answered = true,
                Ok(Taken::Full(at)) => return self.cut(plan, index, at, page, firsts),
                Ok(Taken::Interrupted(at, error)) => {
                    page.waiting.push(target.plugin.name().clone(), error);
                    return self.cut(plan, index, at, page, firsts);
                }
                Err(error) => page.failures.push(target.plugin.name().clone(), error),
            }
        }
        if plan.resume.is_none() {
            // Everything is on this page.
            page.total = Some(page.items.len() as u64);
        }
        page
    }

    async fn first_pages<T: Model, P: ?Sized + Plugin>(&self, plan: &Plan<P>) -> Vec<First<T>>
    where
        F: Fetch<P, T>,
    {
        let mut asked: Vec<BoxFuture<'_, Result<Page<T>>>> = Vec::new();
        for target in &plan.targets {
            asked.push(Box::pin(self.ask(target, None, self.size(target))));
        }
        stream::iter(asked).buffered(self.concurrency).map(Some).collect().await
    }

    /// How many objects are asked for at a time. Where a filter is evaluated here, most of them may be left out.
    fn size<P: ?Sized>(&self, target: &Target<P>) -> usize {
        if target.narrowed.residual.is_empty() {
            self.limit
        } else {
            self.most
        }
    }

    /// What the plugins say about the length of the list, if they know and nothing is left out afterwards.
    fn total<T, P: ?Sized>(&self, plan: &Plan<P>, firsts: &[First<T>]) -> Option<u64> {
        let countable = |target: &Target<P>| target.narrowed.residual.is_empty() && !self.dedupe;
        let mut totals = plan.targets.iter().zip(firsts).map(|(target, first)| match first {
            Some(Ok(page)) if countable(target) => page.total,
            _ => None,
        });
        totals.try_fold(0_u64, |sum, total| sum.checked_add(total?))
    }

    /// Takes from one plugin until the page is full or the plugin has no more.
    ///
    /// # Errors
    /// The plugin's, when it did not answer at all or its list does not advance.
    async fn take<T: Model, P: ?Sized + Plugin>(
        &self,
        plan: &Plan<P>,
        index: usize,
        first: First<T>,
        taken: &mut Paged<T>,
    ) -> Result<Taken>
    where
        F: Fetch<P, T>,
    {
        let Some(target) = plan.targets.get(index) else {
            return Ok(Taken::All);
        };
        let (mut marker, mut skip) = (target.marker.clone(), target.skip);
        let mut page = match first {
            Some(page) => page?,
            None if taken.items.len() == self.limit => return Ok(Taken::Full(At::Walk { marker, skip })),
            None => self.ask(target, marker.clone(), self.size(target)).await?,
        };
        let mut advance = Advance::from(marker.as_deref());
        loop {
            let seen = page.items.len();
            let shown = self.shown(plan, index, target, page.items).await?;
            if shown.iter().any(Option::is_none) {
                // The plugin counts what the caller does not see.
                taken.total = None;
            }
            for (number, item) in shown.into_iter().enumerate().skip(skip) {
                let Some(item) = item else { continue };
                if taken.items.len() == self.limit {
                    return Ok(Taken::Full(At::Walk { marker, skip: number }));
                }
                taken.items.push(item);
            }
            let Some(next) = page.next else { return Ok(Taken::All) };
            advance.to(&next)?;
            marker = Some(next);
            skip = skip.saturating_sub(seen);
            if taken.items.len() == self.limit {
                return Ok(Taken::Full(At::Walk { marker, skip }));
            }
            page = match self.ask(target, marker.clone(), self.size(target)).await {
                Ok(page) => page,
                Err(error) => return Ok(Taken::Interrupted(At::Walk { marker, skip }, error)),
            };
        }
    }

    /// The page ends at the plugin with this index.
    fn cut<T, P: ?Sized>(
        &self,
        plan: &Plan<P>,
        index: usize,
        at: At,
        mut page: Paged<T>,
        firsts: Vec<First<T>>,
    ) -> Paged<T> {
        let listed = if self.dedupe {
            names(plan.listed.iter().chain(plan.targets.iter().take(index)))
        } else {
            Vec::new()
        };
        let plugins = names(plan.targets.iter().skip(index));
        page.next = Some(Next { listed, plugins, at });
        page.answered = true;
        for (target, first) in plan.targets.iter().zip(firsts) {
            if let Some(Err(error)) = first {
                page.waiting.push(target.plugin.name().clone(), error);
            }
        }
        page
    }
}
