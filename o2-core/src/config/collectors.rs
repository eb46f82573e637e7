//! The `collectors` section: how the objects of plugins are kept up to date in memory.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::problem::Problems;
use super::tree::Path;
use super::{DurationText, Plugins};
use crate::collect::CollectSettings;
use crate::operation::Category;

/// How the objects of plugins are kept up to date in memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CollectorsConfig {
    /// Whether plugins are collected at all. Default `true`; without, every read asks the backend and nobody hears of
    /// changes.
    pub enabled: bool,
    /// How often a plugin that cannot be watched is listed. Default `30s`.
    pub interval: DurationText,
    /// How often a plugin that is watched is listed all the same. Default `10m`.
    pub resync: DurationText,
    /// The longest wait after failures. Default `5m`.
    pub max_backoff: DurationText,
    /// How many lists run at the same time. Default 8.
    pub concurrency: usize,
    /// Attributes to keep an index of, by type of object.
    pub index: BTreeMap<String, Vec<String>>,
}

impl Default for CollectorsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            interval: DurationText::from_secs(30),
            resync: DurationText::from_secs(600),
            max_backoff: DurationText::from_secs(300),
            concurrency: 8,
            index: BTreeMap::new(),
        }
    }
}

impl CollectorsConfig {
    /// What collectors are made with; plugins may have intervals of their own.
    #[must_use]
    pub fn settings(&self, plugins: &Plugins) -> CollectSettings {
        let categories = [Category::Ims, Category::Dms];
        let all = categories.into_iter().flat_map(|category| {
            let plugins = plugins.of(category).iter();
            plugins.map(move |plugin| (category, plugin))
        });
        let intervals = all.filter_map(|(category, plugin)| {
            let interval = plugin.collect.interval?.get();
            Some(((category, plugin.name.clone()), interval))
        });
        CollectSettings {
            interval: self.interval.get(),
            resync: self.resync.get(),
            max_backoff: self.max_backoff.get(),
            concurrency: self.concurrency,
            indexes: self.index.clone(),
            intervals: intervals.collect(),
            ..CollectSettings::default()
        }
    }

    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        for (key, duration) in [
            ("interval", self.interval),
            ("resync", self.resync),
            ("maxBackoff", self.max_backoff),
        ] {
            if duration.is_zero() {
                problems.push(path.key(key), super::MORE_THAN_ZERO);
            }
        }
        if self.concurrency == 0 {
            problems.push(path.key("concurrency"), super::AT_LEAST_ONE);
        }
    }
}

/// How one plugin is collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CollectConfig {
    /// Instead of the `interval` of the section `collectors`.
    pub interval: Option<DurationText>,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::PluginConfig;
    use super::*;

    #[test]
    fn a_plugins_own_interval_comes_first() {
        let mut plugins = Plugins::default();
        let mut slow = PluginConfig::new("slow", "memory");
        slow.collect.interval = Some(DurationText::from_secs(300));
        plugins.dms = vec![slow, PluginConfig::new("other", "memory")];
        let settings = CollectorsConfig::default().settings(&plugins);
        let own = ((Category::Dms, "slow".into()), Duration::from_secs(300));
        assert_eq!(settings.intervals.into_iter().collect::<Vec<_>>(), [own]);
    }
}
