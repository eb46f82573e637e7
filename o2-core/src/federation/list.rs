//! Listing the objects of several plugins: who is asked, in which way, and what comes out.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::narrow::{Narrowed, narrow};
use super::{Federation, Fetch, qualifier, qualify};
use crate::context::Context;
use crate::model::Model;
use crate::operation::Operation;
use crate::plugin::Plugin;
use crate::query::{Marker, Query, SortKey};
use crate::registry::Registered;
use crate::router::{Facts, Failures, Strategy, fan_out};
use crate::{Error, ErrorKind, Result};

/// One page of a list at service level.
#[derive(Debug)]
#[non_exhaustive]
pub struct Listing<T> {
    /// The objects.
    pub items: Vec<Arc<T>>,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<String>,
    /// How many objects there are in all pages together, if that is known.
    pub total: Option<u64>,
    /// The plugins whose objects are missing.
    pub failures: Failures,
}

impl<T> Listing<T> {
    /// The only page of a list that no plugin is missing from.
    #[must_use]
    pub fn complete(items: Vec<Arc<T>>) -> Self {
        let total = Some(items.len() as u64);
        Self {
            items,
            next: None,
            total,
            failures: Failures::new(),
        }
    }

    /// The same page with every item changed.
    pub fn map<U>(self, change: impl FnMut(Arc<T>) -> Arc<U>) -> Listing<U> {
        let items = self.items.into_iter().map(change).collect();
        Listing {
            items,
            next: self.next,
            total: self.total,
            failures: self.failures,
        }
    }
}

/// Where a page starts. Names the plugins that are still to be asked, so that plugins that come and go during a walk
/// neither shift nor repeat what others list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    /// The plugins still to be asked, in order.
    #[serde(rename = "p")]
    pub(super) plugins: Vec<String>,
    /// How far the walk is.
    #[serde(rename = "a")]
    pub(super) at: At,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum At {
    /// In the first plugin's own order: its marker, and how many objects of that page have been seen.
    #[serde(rename = "w")]
    Walk { marker: Option<String>, skip: usize },
    /// After the object with this sort key and id.
    #[serde(rename = "s")]
    After(SortKey, String),
}

/// A list request on its way.
pub(super) struct Job<'a, P: ?Sized + Plugin, F> {
    pub(super) context: &'a Context,
    pub(super) query: &'a Query,
    pub(super) fetch: &'a F,
    pub(super) limit: usize,
    pub(super) concurrency: usize,
    pub(super) dedupe: bool,
    pub(super) targets: Vec<Target<P>>,
}

/// A plugin to ask, and what it is asked.
pub(super) struct Target<P: ?Sized> {
    pub(super) plugin: Arc<Registered<P>>,
    pub(super) narrowed: Narrowed,
}

impl<P: ?Sized + Plugin> Federation<P> {
    /// Lists the objects of all plugins that have `operation`, or of those the routing rules and the query leave.
    ///
    /// Without a sort order the objects come plugin by plugin, each in its own order; with one, they come in that order,
    /// objects that are equal in it by id. Walking the pages shows every object that does not change exactly once. At
    /// most one page per plugin is in memory.
    ///
    /// # Errors
    /// The worst plugin error when no plugin answers. `InvalidInput` for a marker that is not of this query.
    pub async fn list<T: Model, F: Fetch<P, T>>(
        &self,
        context: &Context,
        operation: &'static Operation,
        query: &Query,
        fetch: F,
    ) -> Result<Listing<T>> {
        let tenant = context.tenant();
        let facts = Facts::of(operation).with_tenant(tenant);
        let binding = query.binding::<T>(tenant.map_or("", |tenant| tenant.as_str()));
        let fan_out = self.router().fan_out(operation.object);
        let position = query
            .marker
            .as_deref()
            .map(|text| Marker::decode::<Position>(text, binding))
            .transpose()?;

        let (plugins, failures) = match &position {
            None => {
                let targets = self.router().targets(&facts)?;
                (targets.plugins, targets.failures)
            }
            Some(position) => self.resume(context, position),
        };
        let targets: Vec<_> = plugins
            .into_iter()
            .filter_map(|plugin| narrow::<P, T>(plugin, query))
            .collect();
        let all_failed = targets.is_empty() && !failures.is_empty();
        if all_failed && position.is_none() {
            return Err(worst(failures));
        }
        let job = Job {
            context,
            query,
            fetch: &fetch,
            limit: self.page_limits().page_size(query.limit) as usize,
            concurrency: self.concurrency,
            dedupe: fan_out.dedupe,
            targets,
        };
        let strategy = if position.is_none() {
            fan_out.strategy
        } else {
            Strategy::Merge
        };
        let at = position.map(|position| position.at);
        let page = match strategy {
            Strategy::Merge => job.page::<T>(at).await?,
            Strategy::First => {
                let plugins: Vec<_> = job.plugins();
                let ask = |plugin| job.alone::<T>(plugin);
                fan_out::first(&plugins, self.concurrency, ask).await?.1
            }
            Strategy::Fallback => {
                let plugins: Vec<_> = job.plugins();
                let ask = |plugin| job.alone::<T>(plugin);
                fan_out::fallback(&plugins, ask).await?.1
            }
        };
        page.into_listing(binding, failures)
    }

    /// Lists objects of one plugin.
    ///
    /// # Errors
    /// The plugin's. `InvalidInput` for a marker that is not of this query.
    pub async fn list_from<T: Model, F: Fetch<P, T>>(
        &self,
        context: &Context,
        plugin: &Arc<Registered<P>>,
        query: &Query,
        fetch: F,
    ) -> Result<Listing<T>> {
        let binding = query.binding::<T>(plugin.name().as_str());
        let position = query
            .marker
            .as_deref()
            .map(|text| Marker::decode::<Position>(text, binding))
            .transpose()?;
        let job = Job {
            context,
            query,
            fetch: &fetch,
            limit: self.page_limits().page_size(query.limit) as usize,
            concurrency: 1,
            dedupe: false,
            targets: narrow::<P, T>(Arc::clone(plugin), query).into_iter().collect(),
        };
        job.page::<T>(position.map(|position| position.at))
            .await?
            .into_listing(binding, Failures::new())
    }

    /// The plugins a marker names. One that has gone, or that the caller may not see, is a failure of that plugin.
    fn resume(&self, context: &Context, position: &Position) -> (Vec<Arc<Registered<P>>>, Failures) {
        let mut failures = Failures::new();
        let mut plugins = Vec::new();
        for name in &position.plugins {
            match self.router().named(name, context.tenant()) {
                Ok(plugin) => plugins.push(plugin),
                Err(error) => failures.push(crate::PluginId::new(name), error),
            }
        }
        (plugins, failures)
    }
}

/// A page before its marker is made.
pub(super) struct Paged<T> {
    pub(super) items: Vec<Arc<T>>,
    pub(super) next: Option<Position>,
    pub(super) total: Option<u64>,
    pub(super) failures: Failures,
}

impl<T> Paged<T> {
    fn into_listing(self, binding: u64, known: Failures) -> Result<Listing<T>> {
        let mut failures = known;
        failures.extend(self.failures);
        let next = self
            .next
            .map(|position| Marker::encode(binding, &position))
            .transpose()?;
        // Of a list with gaps nobody knows how long it is.
        let total = self.total.filter(|_| failures.is_empty());
        Ok(Listing {
            items: self.items,
            next,
            total,
            failures,
        })
    }
}

impl<P: ?Sized + Plugin, F> Job<'_, P, F> {
    fn plugins(&self) -> Vec<Arc<Registered<P>>> {
        self.targets.iter().map(|target| Arc::clone(&target.plugin)).collect()
    }

    async fn page<T: Model>(&self, at: Option<At>) -> Result<Paged<T>>
    where
        F: Fetch<P, T>,
    {
        if self.query.sort.is_empty() {
            self.walk(at).await
        } else {
            self.scan(at).await
        }
    }

    /// The list of one plugin, as if there were no other.
    fn alone<'a, T: Model>(&'a self, plugin: &'a Arc<Registered<P>>) -> BoxFuture<'a, Result<Paged<T>>>
    where
        F: Fetch<P, T>,
    {
        Box::pin(async move {
            let narrowed = self.targets.iter().find(|target| Arc::ptr_eq(&target.plugin, plugin));
            let target = narrowed.ok_or_else(|| Error::internal("a plugin that was not asked answered"))?;
            let job = Job {
                targets: vec![target.clone()],
                ..*self
            };
            job.page(None).await
        })
    }

    /// Prepares a plugin's objects for the caller: only those it may see, with qualified ids, that pass the filter the
    /// plugin did not evaluate. `None` stands for an object that is left out.
    pub(super) fn show<T: Model>(&self, target: &Target<P>, items: Vec<Arc<T>>) -> Result<Vec<Option<Arc<T>>>> {
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

impl<P: ?Sized> Clone for Target<P> {
    fn clone(&self) -> Self {
        Self {
            plugin: Arc::clone(&self.plugin),
            narrowed: self.narrowed.clone(),
        }
    }
}

pub(super) fn worst(failures: Failures) -> Error {
    failures
        .into_worst()
        .unwrap_or_else(|| Error::new(ErrorKind::Unavailable, "there is no plugin to ask"))
}
