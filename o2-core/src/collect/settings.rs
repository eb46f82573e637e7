//! [`CollectSettings`]: how plugins are collected.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::id::PluginId;
use crate::operation::Category;

/// How plugins are collected.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CollectSettings {
    /// How often a plugin that cannot be watched is listed.
    pub interval: Duration,
    /// How often a plugin that is watched is listed all the same.
    pub resync: Duration,
    /// The longest wait after failures.
    pub max_backoff: Duration,
    /// How many lists run at the same time.
    pub concurrency: usize,
    /// Within which time another process goes on with telling events when this one has died.
    pub lease: Duration,
    /// Attributes to keep an index of, by type of object.
    pub indexes: BTreeMap<String, Vec<String>>,
    /// Other intervals of single plugins.
    pub intervals: BTreeMap<(Category, PluginId), Duration>,
}

impl Default for CollectSettings {
    /// Every 30 s, every 10 min, at most 5 min, 8 lists, a lease of 15 s, no more indexes.
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            resync: Duration::from_secs(600),
            max_backoff: Duration::from_secs(300),
            concurrency: 8,
            lease: Duration::from_secs(15),
            indexes: BTreeMap::new(),
            intervals: BTreeMap::new(),
        }
    }
}

impl CollectSettings {
    /// How often this plugin is listed.
    pub(super) fn interval(&self, category: Category, plugin: &PluginId) -> Duration {
        let own = self.intervals.get(&(category, plugin.clone()));
        own.copied().unwrap_or(self.interval)
    }
}
