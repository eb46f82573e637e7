//! [`Source`]: one plugin as its collector sees it, whatever its category.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Changes, Collectable, Kind};
use crate::Result;
use crate::context::Context;
use crate::event::Subject;
use crate::federation::Federation;
use crate::id::PluginId;
use crate::id::qualified::Qualifier;
use crate::operation::Category;
use crate::plugin::Plugin;
use crate::registry::{Registered, Status};
use crate::snapshot::Snapshots;

/// One plugin as its collector sees it.
pub(super) trait Source: fmt::Debug + Send + Sync + 'static {
    fn name(&self) -> &PluginId;

    /// How its ids are shown.
    fn qualifier(&self) -> Qualifier<'_>;

    /// The types of which it has lists.
    fn kinds(&self) -> Vec<&'static Kind>;

    fn can_watch(&self) -> bool;

    fn list<'a>(&'a self, context: &'a Context, kind: &'static Kind) -> BoxFuture<'a, Result<Vec<Arc<dyn Subject>>>>;

    fn watch<'a>(&'a self, context: &'a Context, resume: Option<&'a str>) -> BoxFuture<'a, Result<Changes>>;

    /// What tells this plugin from another one of the same name, while it is there.
    fn identity(&self) -> (usize, bool);
}

#[derive(Debug)]
struct PluginSource<P: ?Sized + 'static> {
    entry: Arc<Registered<P>>,
    how: Arc<dyn Collectable<P>>,
}

impl<P: ?Sized + Plugin> Source for PluginSource<P> {
    fn name(&self) -> &PluginId {
        self.entry.name()
    }

    fn qualifier(&self) -> Qualifier<'_> {
        Qualifier::new(self.entry.name(), self.entry.is_default())
    }

    fn kinds(&self) -> Vec<&'static Kind> {
        let capabilities = self.entry.plugin().capabilities();
        let kinds = self.how.kinds().iter();
        kinds.filter(|kind| capabilities.supports(kind.list)).collect()
    }

    fn can_watch(&self) -> bool {
        let capabilities = self.entry.plugin().capabilities();
        capabilities.supports(self.how.watch_operation())
    }

    fn list<'a>(&'a self, context: &'a Context, kind: &'static Kind) -> BoxFuture<'a, Result<Vec<Arc<dyn Subject>>>> {
        self.how.list(self.entry.plugin(), context, kind)
    }

    fn watch<'a>(&'a self, context: &'a Context, resume: Option<&'a str>) -> BoxFuture<'a, Result<Changes>> {
        self.how.watch(self.entry.plugin(), context, resume)
    }

    fn identity(&self) -> (usize, bool) {
        let plugin = Arc::as_ptr(self.entry.plugin()).cast::<()>();
        (plugin as usize, self.entry.is_default())
    }
}

/// The plugins of one category that are to be collected.
pub(super) trait Sources: fmt::Debug + Send + Sync + 'static {
    fn category(&self) -> Category;

    fn snapshots(&self) -> &Arc<Snapshots>;

    /// The plugins there are now; `None` stands for one that is disabled.
    fn current(&self) -> Vec<(PluginId, Option<Arc<dyn Source>>)>;
}

#[derive(Debug)]
pub(super) struct FederationSources<P: ?Sized + Plugin> {
    pub(super) category: Category,
    pub(super) plugins: Arc<Federation<P>>,
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) how: Arc<dyn Collectable<P>>,
}

impl<P: ?Sized + Plugin> Sources for FederationSources<P> {
    fn category(&self) -> Category {
        self.category
    }

    fn snapshots(&self) -> &Arc<Snapshots> {
        &self.snapshots
    }

    fn current(&self) -> Vec<(PluginId, Option<Arc<dyn Source>>)> {
        let plugins = self.plugins.registry().all().into_iter();
        let source = |entry: Arc<Registered<P>>| {
            let name = entry.name().clone();
            let enabled = entry.status() != Status::Disabled;
            let how = Arc::clone(&self.how);
            let source = enabled.then(|| Arc::new(PluginSource { entry, how }) as Arc<dyn Source>);
            (name, source)
        };
        plugins.map(source).collect()
    }
}
