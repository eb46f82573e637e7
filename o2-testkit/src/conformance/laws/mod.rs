//! The laws of every list, whatever is listed: paging, filters, identity, tenants, and what happens when the backend is in
//! trouble. [`Collection`] says how a plugin lists and gets one type of object; [`of`] makes the cases. [`life`] has those
//! that need no list.

mod dropping;
mod filtering;
mod identity;
mod life;
mod paging;
mod parallel;
mod tenancy;
mod trouble;
mod walk;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use o2_core::query::ListQuery;
use o2_core::{Context, Model, Operation, Page, Plugin, Result};

pub use dropping::at_every_await;
pub(super) use filtering::may_push;
pub use life::life;

use super::{Case, Verdict, World, skip};

type List<P, T> = for<'a> fn(&'a P, &'a Context, &'a ListQuery) -> BoxFuture<'a, Result<Page<T>>>;
type Get<P, T> = for<'a> fn(&'a P, &'a Context, &'a str) -> BoxFuture<'a, Result<Arc<T>>>;

/// How a plugin `P` lists objects `T`, and gets one of them.
pub struct Collection<P: ?Sized, T> {
    /// The operation that lists.
    pub operation: &'static Operation,
    /// Calls it.
    pub list: List<P, T>,
    /// The operation that gets one by its id, and its call, if there is one.
    pub get: Option<(&'static Operation, Get<P, T>)>,
}

impl<P: ?Sized, T> Clone for Collection<P, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: ?Sized, T> Copy for Collection<P, T> {}

impl<P: ?Sized, T> fmt::Debug for Collection<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Collection").field(&self.operation.name).finish()
    }
}

/// What a law looks at.
struct Trial<'w, P: ?Sized + Send + Sync + 'static, T> {
    collection: Collection<P, T>,
    world: &'w dyn World<P>,
    plugin: Arc<P>,
    context: Context,
}

type Law<P, T> = for<'w> fn(Trial<'w, P, T>) -> BoxFuture<'w, Verdict>;

/// One law, before it is known what is listed.
struct Sentence<P: ?Sized + Send + Sync + 'static, T> {
    name: &'static str,
    contract: &'static str,
    gets: bool,
    law: Law<P, T>,
}

/// The laws of one collection, as cases.
pub fn of<P, T, W>(collection: Collection<P, T>, world: fn(&W) -> &dyn World<P>) -> Vec<Case<W>>
where
    P: ?Sized + Plugin,
    T: Model,
    W: ?Sized + Send + Sync + 'static,
{
    let sentences = [
        paging::laws(),
        filtering::laws(),
        identity::laws(),
        tenancy::laws(),
        trouble::laws(),
        dropping::laws(),
        parallel::laws(),
    ];
    let applicable = sentences
        .into_iter()
        .flatten()
        .filter(|sentence| !sentence.gets || collection.get.is_some());
    applicable.map(|sentence| case(collection, sentence, world)).collect()
}

fn case<P, T, W>(collection: Collection<P, T>, sentence: Sentence<P, T>, world: fn(&W) -> &dyn World<P>) -> Case<W>
where
    P: ?Sized + Plugin,
    T: Model,
    W: ?Sized + Send + Sync + 'static,
{
    let name = format!("{}/{}", collection.operation.name, sentence.name);
    let law = sentence.law;
    let case = Case::new(name, sentence.contract, move |w: &W| {
        let world = world(w);
        law(Trial {
            collection,
            world,
            plugin: world.plugin(),
            context: Context::new("conformance"),
        })
    });
    let get = collection.get.filter(|_| sentence.gets).map(|(operation, _)| operation);
    case.needing(&[collection.operation]).needing(get.as_slice())
}

impl<P: ?Sized + Plugin, T: Model> Trial<'_, P, T> {
    async fn page(&self, query: &ListQuery) -> Result<Page<T>> {
        (self.collection.list)(&self.plugin, &self.context, query).await
    }

    async fn get(&self, id: &str) -> Result<Arc<T>> {
        match self.collection.get {
            Some((_, get)) => get(&self.plugin, &self.context, id).await,
            None => Err(o2_core::Error::unsupported(self.collection.operation)),
        }
    }

    /// Every object, or a reason to leave the case out when there are fewer than `needed`.
    async fn objects(&self, needed: usize) -> Verdict<Vec<Arc<T>>> {
        let objects = self.everything(&ListQuery::new()).await?;
        if objects.len() < needed {
            return skip(format!(
                "the world has {} of {} objects that it takes",
                objects.len(),
                needed
            ));
        }
        Ok(objects)
    }

    fn acting_for(&self, tenant: &o2_core::TenantId) -> Self {
        self.with_context(self.context.clone().with_tenant(tenant.clone()))
    }

    fn with_context(&self, context: Context) -> Self {
        Self {
            collection: self.collection,
            world: self.world,
            plugin: Arc::clone(&self.plugin),
            context,
        }
    }

    /// The same on another plugin of the same backend, as after a restart.
    async fn restarted(&self) -> Verdict<Self> {
        let Some(plugin) = self.world.reopen().await? else {
            return skip("the backend lives in the plugin and ends with it");
        };
        Ok(Self {
            collection: self.collection,
            world: self.world,
            plugin,
            context: self.context.clone(),
        })
    }
}

pub(super) fn ids<T: Model>(objects: &[Arc<T>]) -> Vec<&str> {
    objects.iter().map(|object| object.id()).collect()
}
