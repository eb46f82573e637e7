//! [`Job`]: one page on its way, and [`Paged`]: what comes of it. Unsorted pages are a walk, sorted ones a scan.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::plan::{Plan, Target};
use super::position::{At, Position};
use super::source::stale;
use super::{Fetch, Listing, qualifier, qualify};
use crate::context::Context;
use crate::model::Model;
use crate::page::Page;
use crate::plugin::Plugin;
use crate::query::{ListQuery, Marker, Query};
use crate::router::Failures;
use crate::snapshot::Kept;
use crate::{Error, ErrorKind, PluginId, Result};

/// What all plugins of a page are asked, and how.
pub(super) struct Job<'a, F> {
    pub(super) context: &'a Context,
    pub(super) query: &'a Query,
    pub(super) fetch: &'a F,
    /// How many objects the page has.
    pub(super) limit: usize,
    /// How many objects are asked for at a time where many pass by and few stay.
    pub(super) most: usize,
    pub(super) concurrency: usize,
    pub(super) dedupe: bool,
}

/// A page before its marker is made.
pub(super) struct Paged<T> {
    pub(super) items: Vec<Arc<T>>,
    /// Where the next page starts: the plugins that have been listed, those still to be asked, and how far.
    pub(super) next: Option<Next>,
    pub(super) total: Option<u64>,
    /// The plugins whose objects are missing.
    pub(super) failures: Failures,
    /// The plugins that did not answer, but are asked again by the next page.
    pub(super) waiting: Failures,
    /// Whether anybody did not fail.
    pub(super) answered: bool,
    /// The plugins whose objects come from what is known of them, and why they were not asked if that is the reason.
    pub(super) kept: BTreeMap<String, Option<ErrorKind>>,
}

pub(super) struct Next {
    pub(super) listed: Vec<String>,
    pub(super) plugins: Vec<String>,
    pub(super) at: At,
}

impl<T> Paged<T> {
    /// A page of nothing, because nobody can have what is asked for.
    pub(super) fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
            total: Some(0),
            failures: Failures::new(),
            waiting: Failures::new(),
            answered: false,
            kept: BTreeMap::new(),
        }
    }

    /// The page, unless nobody answered: then the worst failure.
    pub(super) fn or_worst(self) -> Result<Self> {
        if self.answered {
            return Ok(self);
        }
        match self.failures.into_worst() {
            Some(error) => Err(error),
            None => Ok(Self::empty()),
        }
    }

    /// The page with the failures that were known before anybody was asked.
    pub(super) fn into_listing<P: ?Sized>(mut self, binding: u64, plan: Plan<P>) -> Result<Listing<T>> {
        let mut failures = plan.failures;
        failures.extend(self.failures);
        self.failures = failures;
        let page = self.or_worst()?;

        let mut missing = plan.missing;
        let earlier = missing.clone();
        let kinds = page.failures.iter();
        missing.extend(kinds.map(|(name, error)| (name.to_string(), error.kind())));
        let mut failures = page.failures;
        failures.extend(page.waiting);
        for (name, kind) in earlier {
            if failures.iter().all(|(known, _)| known.as_str() != name) {
                let message = "objects that belong on an earlier page could not be listed";
                failures.push(PluginId::new(&name), Error::new(kind, message));
            }
        }
        // Of a list with gaps nobody knows how long it is.
        let total = page.total.filter(|_| failures.is_empty());
        for (name, kind) in &page.kept {
            failures.extend(kind.map(|kind| (PluginId::new(name), stale(kind))));
        }
        let position = page.next.map(|next| Position {
            listed: next.listed,
            plugins: next.plugins,
            at: next.at,
            total,
            kept: page.kept,
            missing,
        });
        Ok(Listing {
            items: page.items,
            next: position
                .map(|position| Marker::encode(binding, &position))
                .transpose()?,
            total,
            failures,
        })
    }
}

impl<F> Job<'_, F> {
    pub(super) async fn page<T: Model, P: ?Sized + Plugin>(&self, plan: &Plan<P>) -> Result<Paged<T>>
    where
        F: Fetch<P, T>,
    {
        let mut page = if self.query.sort.is_empty() {
            self.walk(plan).await
        } else {
            self.scan(plan).await?
        };
        let shown = plan.targets.iter().chain(&plan.listed);
        for target in shown.filter(|target| target.source.shown().is_some()) {
            page.kept
                .insert(target.plugin.name().to_string(), target.source.failure());
        }
        Ok(page)
    }

    /// One page of a plugin, `size` objects if it can. What is known of the plugin stands in for it when that is fresh
    /// enough, or when the plugin fails at its first page.
    pub(super) async fn ask<T: Model, P: ?Sized + Plugin>(
        &self,
        target: &Target<P>,
        marker: Option<String>,
        size: usize,
    ) -> Result<Page<T>>
    where
        F: Fetch<P, T>,
    {
        let plugin = target.plugin.plugin();
        let most = plugin.capabilities().max_page_size.unwrap_or(u32::MAX).max(1);
        let mut query = ListQuery::new()
            .with_filter(target.narrowed.pushed.clone())
            .with_limit(u32::try_from(size).unwrap_or(u32::MAX).min(most));
        query.marker = marker;
        if let Some(kept) = target.source.shown() {
            return self.show_kept(kept, &query);
        }
        match (self.fetch)(plugin, self.context, &query).await {
            Err(error) if query.marker.is_none() && target.source.fall_back(&error) => {
                let kept = target.source.shown().ok_or(error)?;
                self.show_kept(kept, &query)
            }
            page => page,
        }
    }

    fn show_kept<T: Model>(&self, kept: &Kept, query: &ListQuery) -> Result<Page<T>> {
        self.context.note_age(kept.age);
        kept.view.page(self.context, query)
    }

    /// What the caller sees of the objects of the plugin with this index: only what no plugin before shows, where
    /// duplicates are left out. `None` stands for an object that is left out.
    pub(super) async fn shown<T: Model, P: ?Sized + Plugin>(
        &self,
        plan: &Plan<P>,
        index: usize,
        target: &Target<P>,
        items: Vec<Arc<T>>,
    ) -> Result<Vec<Option<Arc<T>>>>
    where
        F: Fetch<P, T>,
    {
        let shown = self.visible(target, items)?;
        if self.dedupe {
            self.without_known(plan, index, shown).await
        } else {
            Ok(shown)
        }
    }

    /// Prepares a plugin's objects for the caller: only those it may see, with qualified ids, that pass the filter the
    /// plugin did not evaluate. `None` stands for an object that is left out.
    pub(super) fn visible<T: Model, P: ?Sized + Plugin>(
        &self,
        target: &Target<P>,
        items: Vec<Arc<T>>,
    ) -> Result<Vec<Option<Arc<T>>>> {
        let residual = target.narrowed.residual.bind::<T>()?;
        let qualifier = qualifier(&target.plugin);
        let mut foreign = 0_usize;
        let show = |mut object: Arc<T>| {
            if !self.context.sees(object.tenant()) {
                foreign += 1;
                return None;
            }
            qualify(qualifier, &mut object);
            residual.matches(&object).then_some(object)
        };
        let shown = items.into_iter().map(show).collect();
        if foreign > 0 {
            let plugin = target.plugin.name();
            tracing::warn!(%plugin, object = T::OBJECT, count = foreign, "plugin listed other tenants' objects");
        }
        Ok(shown)
    }
}

/// The names of plugins, for a marker.
pub(super) fn names<'t, P: ?Sized + 't>(targets: impl IntoIterator<Item = &'t Target<P>>) -> Vec<String> {
    targets
        .into_iter()
        .map(|target| target.plugin.name().to_string())
        .collect()
}
