//! Listing the objects of several plugins: who is asked, in which way, and what comes out.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::page::{Job, Paged};
use super::plan::{Plan, Target};
use super::position::Position;
use super::source::Source;
use super::{Federation, Fetch};
use crate::Result;
use crate::context::Context;
use crate::model::Model;
use crate::operation::Operation;
use crate::plugin::Plugin;
use crate::query::Query;
use crate::registry::Registered;
use crate::router::{Facts, Failures, Strategy, fan_out};

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
    /// The plugins whose objects are missing, or shown as they were known before the plugin failed.
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

impl<P: ?Sized + Plugin> Federation<P> {
    /// Lists the objects of all plugins that have `operation`, or of those the routing rules and the query leave.
    ///
    /// Without a sort order the objects come plugin by plugin, each in its own order; with one, they come in that order,
    /// objects that are equal in it by id. Walking the pages shows every object that does not change exactly once. At
    /// most one page per plugin is in memory, and with a sort order as many objects again as the page has.
    ///
    /// Plugins whose objects are known well enough for the context's [consistency](crate::context::Consistency) are not
    /// asked. Those that do not answer are shown as they were known last, if they were; they are among the failures.
    ///
    /// # Errors
    /// The worst plugin error when no plugin answers. `InvalidInput` for a marker that is not of this query, and for a
    /// filter or sort order that does not fit `T`.
    pub async fn list<T: Model, F: Fetch<P, T>>(
        &self,
        context: &Context,
        operation: &'static Operation,
        query: &Query,
        fetch: F,
    ) -> Result<Listing<T>> {
        check::<T>(query)?;
        let tenant = context.tenant();
        let facts = Facts::of(operation).with_tenant(tenant);
        let binding = query.binding::<T>(tenant.map_or("", |tenant| tenant.as_str()));
        let fan_out = self.router().fan_out(operation.object);
        let plan = match Position::of(query, binding)? {
            None => self.begin::<T>(context, &facts, query)?,
            Some(position) => self.resume::<T>(context, query, position),
        };
        let job = Job {
            dedupe: fan_out.dedupe,
            ..self.job(context, query, &fetch)
        };
        // A marker names the one plugin that answered the first page.
        let is_first = plan.resume.is_none() && !plan.targets.is_empty();
        match fan_out.strategy {
            Strategy::First if is_first => {
                let ask = |plugin| alone::<P, T, F>(&job, &plan, plugin);
                let (_, page) = fan_out::first(&plugins(&plan), self.concurrency, ask).await?;
                page.into_listing(binding, Plan::<P>::first(Vec::new()))
            }
            Strategy::Fallback if is_first => {
                let ask = |plugin| alone::<P, T, F>(&job, &plan, plugin);
                let (_, page) = fan_out::fallback(&plugins(&plan), ask).await?;
                page.into_listing(binding, Plan::<P>::first(Vec::new()))
            }
            Strategy::Merge | Strategy::First | Strategy::Fallback => {
                let page = job.page::<T, P>(&plan).await?;
                page.into_listing(binding, plan)
            }
        }
    }

    /// Lists objects of one plugin. `scope` is whatever else decides what the list contains, the id of the parent object
    /// for example; a marker is good for one scope only.
    ///
    /// # Errors
    /// The plugin's. `InvalidInput` for a marker that is not of this query and scope, and for a filter or sort order
    /// that does not fit `T`.
    pub async fn list_from<T: Model, F: Fetch<P, T>>(
        &self,
        context: &Context,
        plugin: &Arc<Registered<P>>,
        scope: &str,
        query: &Query,
        fetch: F,
    ) -> Result<Listing<T>> {
        check::<T>(query)?;
        let tenant = context.tenant().map_or("", |tenant| tenant.as_str());
        let binding = query.binding::<T>(&serde_json::json!([tenant, plugin.name(), scope]).to_string());
        let plan = match Position::of(query, binding)? {
            None => {
                let target = Target::of::<T>(Arc::clone(plugin), Source::default(), query);
                Plan::first(target.into_iter().collect())
            }
            Some(position) => self.resume::<T>(context, query, position),
        };
        let page = self.job(context, query, &fetch).page::<T, P>(&plan).await?;
        page.into_listing(binding, plan)
    }

    fn job<'a, F>(&self, context: &'a Context, query: &'a Query, fetch: &'a F) -> Job<'a, F> {
        let limits = self.page_limits();
        Job {
            context,
            query,
            fetch,
            limit: limits.page_size(query.limit) as usize,
            most: limits.max.max(1) as usize,
            concurrency: self.concurrency,
            dedupe: false,
        }
    }
}

/// A query that does not fit the type is the caller's mistake and no plugin's failure.
fn check<T: Model>(query: &Query) -> Result<()> {
    query.filter.bind::<T>()?;
    query.sort.bind::<T>().map(|_| ())
}

fn plugins<P: ?Sized>(plan: &Plan<P>) -> Vec<Arc<Registered<P>>> {
    plan.targets.iter().map(|target| Arc::clone(&target.plugin)).collect()
}

/// The list of one plugin, as if there were no other.
fn alone<'a, P: ?Sized + Plugin, T: Model, F: Fetch<P, T>>(
    job: &'a Job<'a, F>,
    plan: &Plan<P>,
    plugin: &Arc<Registered<P>>,
) -> BoxFuture<'a, Result<Paged<T>>> {
    let target = plan.targets.iter().find(|target| Arc::ptr_eq(&target.plugin, plugin));
    let alone = Plan::first(target.cloned().into_iter().collect());
    Box::pin(async move {
        let mut page = job.page::<T, P>(&alone).await?.or_worst()?;
        // A plugin that fails midway has not answered: another one may.
        match std::mem::take(&mut page.waiting).into_worst() {
            Some(error) => Err(error),
            None => Ok(page),
        }
    })
}
