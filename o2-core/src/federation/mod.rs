//! [`Federation`]: several plugins of one category, used as one. It finds the plugin of an object by its qualified id,
//! picks the plugin for a new one, and lists the objects of all with filter, order and pages. The services of the
//! domain crates are thin wrappers around it.

mod advance;
mod dedupe;
mod get;
mod list;
mod list_of;
mod narrow;
mod page;
mod plan;
mod position;
mod scan;
mod source;
mod walk;

use std::sync::Arc;

use futures::future::BoxFuture;

pub(crate) use advance::Advance;
pub use list::Listing;
pub use list_of::list_of;

use crate::context::Context;
use crate::id::qualified::Qualifier;
use crate::model::Model;
use crate::operation::Operation;
use crate::page::Page;
use crate::plugin::Plugin;
use crate::query::{ListQuery, PageLimits};
use crate::registry::{Registered, Registry};
use crate::router::{Facts, Router};
use crate::snapshot::{Snapshots, Writing};
use crate::{Error, Result};

/// Asks one plugin for one page of a list.
pub trait Fetch<P: ?Sized, T>:
    for<'x> Fn(&'x P, &'x Context, &'x ListQuery) -> BoxFuture<'x, Result<Page<T>>> + Send + Sync
{
}

impl<P: ?Sized, T, F> Fetch<P, T> for F where
    F: for<'x> Fn(&'x P, &'x Context, &'x ListQuery) -> BoxFuture<'x, Result<Page<T>>> + Send + Sync
{
}

/// Several plugins of one category, used as one.
#[derive(Debug)]
pub struct Federation<P: ?Sized + Plugin> {
    router: Router<P>,
    limits: PageLimits,
    concurrency: usize,
    snapshots: Option<Arc<Snapshots>>,
}

impl<P: ?Sized + Plugin> Federation<P> {
    /// The plugins that `router` routes to. At most `concurrency` of them are asked at the same time by one list.
    #[must_use]
    pub fn new(router: Router<P>, limits: PageLimits, concurrency: usize) -> Self {
        Self {
            router,
            limits,
            concurrency: concurrency.max(1),
            snapshots: None,
        }
    }

    /// Answers from what is known of the plugins, where the caller's context allows it.
    #[must_use]
    pub fn with_snapshots(mut self, snapshots: Arc<Snapshots>) -> Self {
        self.snapshots = Some(snapshots);
        self
    }

    /// What is known of the plugins, if anybody collects it.
    #[must_use]
    pub fn snapshots(&self) -> Option<&Arc<Snapshots>> {
        self.snapshots.as_ref()
    }

    /// An object of `plugin` is about to be made. Drop the guard when that has ended.
    #[must_use]
    pub fn make<T: Model>(&self, plugin: &Registered<P>) -> Writing {
        self.writing::<T>(plugin, None)
    }

    /// An object is about to be written: until the collector of its plugin hears of it, reads go to the plugin. Drop the
    /// guard when that has ended.
    #[must_use]
    pub fn write<T: Model>(&self, owned: &Owned<P, T>) -> Writing {
        self.change::<T>(&owned.plugin, owned.native.as_str())
    }

    /// The same for the object of `plugin` with this native id.
    #[must_use]
    pub fn change<T: Model>(&self, plugin: &Registered<P>, native: &str) -> Writing {
        self.writing::<T>(plugin, Some(native))
    }

    fn writing<T: Model>(&self, plugin: &Registered<P>, id: Option<&str>) -> Writing {
        match &self.snapshots {
            Some(snapshots) => snapshots.write(plugin.name(), T::OBJECT, id),
            None => Writing::unseen(T::OBJECT),
        }
    }

    /// Which plugin gets what.
    #[must_use]
    pub fn router(&self) -> &Router<P> {
        &self.router
    }

    /// The plugins.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry<P>> {
        self.router.registry()
    }

    /// The sizes of pages.
    #[must_use]
    pub fn page_limits(&self) -> PageLimits {
        self.limits
    }

    /// The plugin that has the object with this service-level id, and the plugin's own id of it.
    ///
    /// # Errors
    /// `NotFound` when no plugin that the caller may see can have it; `Unavailable` when the plugin cannot be called.
    pub fn owner<K: ?Sized>(
        &self,
        context: &Context,
        operation: &'static Operation,
        id: &crate::Id<K>,
    ) -> Result<Owned<P, K>> {
        let facts = Facts::of(operation).with_tenant(context.tenant());
        let (plugin, native) = self.router.owner(&facts, id.as_str())?;
        let native = if native.len() == id.as_str().len() {
            id.clone()
        } else {
            crate::Id::new(native)
        };
        Ok(Owned { plugin, native })
    }

    /// The plugin that gets a new object.
    ///
    /// # Errors
    /// `Unavailable` or `Unsupported`, saying which plugins were considered and why they do not get it.
    pub fn place(&self, facts: &Facts<'_>) -> Result<Arc<Registered<P>>> {
        self.router.route(facts).map(|routed| routed.plugin)
    }

    /// Shows an object of `plugin` at service level: with qualified ids, and only to those who may see it.
    ///
    /// # Errors
    /// `NotFound` when it belongs to another tenant, which a correct plugin does not hand out.
    pub fn show<T: Model>(&self, context: &Context, plugin: &Registered<P>, mut object: Arc<T>) -> Result<Arc<T>> {
        if !context.sees(object.tenant()) {
            tracing::warn!(plugin = %plugin.name(), object = T::OBJECT, "plugin returned another tenant's object");
            return Err(Error::not_found(T::OBJECT, object.id()).with_plugin(plugin.name()));
        }
        qualify(qualifier(plugin), &mut object);
        Ok(object)
    }
}

/// Where an object is.
#[derive(Debug)]
#[non_exhaustive]
pub struct Owned<P: ?Sized, K: ?Sized> {
    /// The plugin that has it.
    pub plugin: Arc<Registered<P>>,
    /// The plugin's own id of it.
    pub native: crate::Id<K>,
}

fn qualifier<P: ?Sized>(plugin: &Registered<P>) -> Qualifier<'_> {
    Qualifier::new(plugin.name(), plugin.is_default())
}

/// Copies the object only if it looks different at service level and the plugin keeps it as well.
fn qualify<T: Model>(qualifier: Qualifier<'_>, object: &mut Arc<T>) {
    let mut changes = false;
    object.visit_ids(&mut |id| changes |= qualifier.changes(id));
    if changes {
        Arc::make_mut(object).qualify(qualifier);
    }
}
