//! [`Registry`]: the plugins of one category, by name. It knows which of them may be called; it does not choose among
//! them (that is the [router](crate::router)) and it calls nothing but their health checks and `close`.
//!
//! Readers never wait: they look at an immutable [`Snapshot`], and every change puts a new one in its place. Who
//! holds an entry, a call in flight for example, keeps it as it was.

mod concurrent;
mod entry;
mod health;
mod snapshot;
mod statistics;

use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

pub(crate) use concurrent::{for_each, in_order};
pub use entry::{RegisterOptions, Registered, Status};
pub use health::HealthChecks;
pub use snapshot::Snapshot;
pub use statistics::{Statistics, StatisticsLayer, Usage};

use crate::id::PluginId;
use crate::operation::Operation;
use crate::plugin::{Health, Plugin};
use crate::{Error, Result};

/// The plugins of one category: `Registry<dyn IMSPlugin>`.
///
/// ```
/// # use std::sync::Arc;
/// # use o2_core::{async_trait, Capabilities, Category, Context, Health, Plugin, PluginInfo, Timestamp};
/// # #[derive(Debug)]
/// # struct Memory(PluginInfo, Capabilities);
/// # #[async_trait]
/// # impl Plugin for Memory {
/// #     fn info(&self) -> &PluginInfo { &self.0 }
/// #     fn capabilities(&self) -> &Capabilities { &self.1 }
/// #     async fn health(&self, _: &Context) -> Health { Health::healthy(Timestamp::UNIX_EPOCH) }
/// # }
/// # let info = PluginInfo::new(Category::Ims, "memory", "edge", "1")?;
/// # let plugin: Arc<dyn Plugin> = Arc::new(Memory(info, Capabilities::default()));
/// use o2_core::registry::{RegisterOptions, Registry, Status};
///
/// let registry = Registry::<dyn Plugin>::new();
/// registry.register(plugin, RegisterOptions::new().as_default())?;
/// registry.disable("edge")?;
/// assert_eq!(registry.statuses(), [("edge".into(), Status::Disabled)]);
/// # Ok::<(), o2_core::Error>(())
/// ```
pub struct Registry<P: ?Sized> {
    snapshot: ArcSwap<Snapshot<P>>,
    /// Held by whoever makes the next snapshot; readers do not take it.
    writer: Mutex<()>,
}

impl<P: ?Sized + Plugin> Registry<P> {
    /// A registry without plugins.
    #[must_use]
    pub fn new() -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(Snapshot::new(Vec::new())),
            writer: Mutex::new(()),
        }
    }

    /// Adds a plugin under the name in its [`PluginInfo`](crate::PluginInfo).
    ///
    /// # Errors
    /// `AlreadyExists` when a plugin has this name.
    pub fn register(&self, plugin: Arc<P>, options: RegisterOptions) -> Result<()> {
        self.change(|plugins| {
            let name = &plugin.info().name;
            if plugins.iter().any(|known| known.name() == name) {
                return Err(Error::already_exists("plugin", name.as_str()));
            }
            let name = name.clone();
            let is_default = options.default;
            let order = plugins.iter().map(|known| known.order + 1).max().unwrap_or_default();
            plugins.push(Arc::new(Registered::new(plugin, options, order)));
            if is_default {
                make_default(plugins, &name);
            }
            Ok(())
        })
    }

    /// Takes a plugin out and returns it, so that the caller can close it when the calls in flight are done. When it
    /// was the default plugin, there is none afterwards.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin.
    pub fn unregister(&self, name: &str) -> Result<Arc<Registered<P>>> {
        self.change(|plugins| {
            let known = Arc::clone(find(plugins, name)?);
            plugins.retain(|plugin| !Arc::ptr_eq(plugin, &known));
            Ok(known)
        })
    }

    /// Puts `plugin` in the place of the one with the same name, and returns that one, so that the caller can close it
    /// when the calls in flight are done. Place, tenants and statistics stay, and so does `Disabled`; health and
    /// failure of the old plugin are forgotten.
    ///
    /// # Errors
    /// `NotFound` when there is no plugin of this name.
    pub fn replace(&self, plugin: Arc<P>) -> Result<Arc<Registered<P>>> {
        self.change(|plugins| {
            let known = find(plugins, plugin.info().name.as_str())?;
            let fresh = Arc::new(known.with_plugin(plugin));
            Ok(std::mem::replace(known, fresh))
        })
    }

    /// Lets calls be routed to the plugin again, whatever was known about its health.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin.
    pub fn enable(&self, name: &str) -> Result<()> {
        self.edit(name, Registered::enable)
    }

    /// Keeps calls away from the plugin. Calls in flight go on.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin.
    pub fn disable(&self, name: &str) -> Result<()> {
        self.edit(name, Registered::disable)
    }

    /// Records that the plugin is broken beyond what a health check finds out: it panicked, or could not be rebuilt.
    /// The host decides that. [`Self::replace`] and [`Self::enable`] forget it. `reason` is for the operator only.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin.
    pub fn mark_failed(&self, name: &str, reason: impl Into<Arc<str>>) -> Result<()> {
        self.edit(name, |plugin| plugin.failure = Some(reason.into()))
    }

    /// Makes this plugin the default one, and no other.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin.
    pub fn set_default(&self, name: &str) -> Result<()> {
        self.change(|plugins| {
            let name = find(plugins, name)?.name().clone();
            make_default(plugins, &name);
            Ok(())
        })
    }

    /// All plugins as they are now. Take one when several questions must have answers that fit together.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot<P>> {
        self.snapshot.load_full()
    }

    /// As [`Self::snapshot`], without counting the reference. Not to be kept across an await.
    pub(crate) fn load(&self) -> Guard<Arc<Snapshot<P>>> {
        self.snapshot.load()
    }

    /// The plugin of this name, whatever its status.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Registered<P>>> {
        self.load().get(name).cloned()
    }

    /// The plugin whose objects keep their own ids, and that serves what no rule claims.
    #[must_use]
    pub fn default_plugin(&self) -> Option<Arc<Registered<P>>> {
        self.load().default_plugin().cloned()
    }

    /// Every plugin, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Registered<P>>> {
        self.select(|_| true)
    }

    /// Every plugin that has `operation`, by name.
    #[must_use]
    pub fn with_capability(&self, operation: &'static Operation) -> Vec<Arc<Registered<P>>> {
        self.select(|entry| entry.plugin().capabilities().supports(operation))
    }

    /// Every plugin about which the operator said `key: value`, by name.
    #[must_use]
    pub fn with_metadata(&self, key: &str, value: &str) -> Vec<Arc<Registered<P>>> {
        self.select(|entry| {
            entry
                .plugin()
                .info()
                .metadata
                .get(key)
                .is_some_and(|found| found == value)
        })
    }

    /// The status of every plugin, by name.
    #[must_use]
    pub fn statuses(&self) -> Vec<(PluginId, Status)> {
        let status = |entry: &Arc<Registered<P>>| (entry.name().clone(), entry.status());
        self.load().by_name().iter().map(status).collect()
    }

    fn select(&self, wanted: impl Fn(&Registered<P>) -> bool) -> Vec<Arc<Registered<P>>> {
        let snapshot = self.load();
        snapshot
            .by_name()
            .iter()
            .filter(|entry| wanted(entry))
            .cloned()
            .collect()
    }

    /// Stores what a check of `checked` found, unless another plugin has taken its place meanwhile.
    fn set_health(&self, checked: &Registered<P>, health: &Health) {
        let health = Arc::new(health.clone());
        let outcome = self.edit(checked.name().as_str(), |entry| {
            if ptr::addr_eq(Arc::as_ptr(&entry.plugin), Arc::as_ptr(&checked.plugin)) {
                entry.health = Some(health);
            }
        });
        if outcome.is_err() {
            tracing::debug!(plugin = %checked.name(), "a plugin was unregistered during its health check");
        }
    }

    fn edit(&self, name: &str, edit: impl FnOnce(&mut Registered<P>)) -> Result<()> {
        self.change(|plugins| find(plugins, name).map(|plugin| edit(Arc::make_mut(plugin))))
    }

    /// Puts a changed snapshot in the place of the present one. `change` fails, if at all, before it changes anything.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Arc<Registered<P>>>) -> T) -> T {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut plugins = self.load().ranked().to_vec();
        let value = change(&mut plugins);
        self.snapshot.store(Arc::new(Snapshot::new(plugins)));
        value
    }
}

fn find<'p, P: ?Sized>(plugins: &'p mut [Arc<Registered<P>>], name: &str) -> Result<&'p mut Arc<Registered<P>>> {
    plugins
        .iter_mut()
        .find(|plugin| plugin.name().as_str() == name)
        .ok_or_else(|| Error::not_found("plugin", name))
}

fn make_default<P: ?Sized>(plugins: &mut [Arc<Registered<P>>], name: &PluginId) {
    for plugin in plugins {
        let is_default = plugin.name() == name;
        if plugin.is_default() != is_default {
            Arc::make_mut(plugin).is_default = is_default;
        }
    }
}

impl<P: ?Sized + Plugin> Default for Registry<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: ?Sized + Plugin> fmt::Debug for Registry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.load().ranked()).finish()
    }
}
