//! All plugins of a registry at one moment.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::Registered;
use crate::id::PluginId;

/// All plugins of a registry at one moment.
pub struct Snapshot<P: ?Sized> {
    ranked: Vec<Arc<Registered<P>>>,
    by_name: Vec<Arc<Registered<P>>>,
    index: HashMap<PluginId, Arc<Registered<P>>>,
}

impl<P: ?Sized> Snapshot<P> {
    pub(super) fn new(plugins: Vec<Arc<Registered<P>>>) -> Self {
        let mut by_name = plugins.clone();
        by_name.sort_by(|a, b| a.name().cmp(b.name()));
        let mut ranked = plugins;
        ranked.sort_by_key(|plugin| (!plugin.is_default(), plugin.order));
        let index = ranked.iter().map(|plugin| (plugin.name().clone(), Arc::clone(plugin)));
        Self {
            index: index.collect(),
            ranked,
            by_name,
        }
    }

    /// The plugin of this name, whatever its status.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Registered<P>>> {
        self.index.get(name)
    }

    /// The default plugin.
    #[must_use]
    pub fn default_plugin(&self) -> Option<&Arc<Registered<P>>> {
        self.ranked.first().filter(|plugin| plugin.is_default())
    }

    /// Every plugin: the default one first, then in the order of registration.
    #[must_use]
    pub fn ranked(&self) -> &[Arc<Registered<P>>] {
        &self.ranked
    }

    /// Every plugin, by name.
    #[must_use]
    pub fn by_name(&self) -> &[Arc<Registered<P>>] {
        &self.by_name
    }
}

impl<P: ?Sized> fmt::Debug for Snapshot<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.ranked).finish()
    }
}
