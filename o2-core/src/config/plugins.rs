//! The `plugins` section: which plugins there are, by category.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::problem::Problems;
use super::tree::Path;
use super::{CollectConfig, DurationText};
use crate::id::{PluginId, TenantId};
use crate::operation::Category;
use crate::plugin::PluginInfo;

/// The plugins of every category.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Plugins {
    /// Infrastructure backends.
    pub ims: Vec<PluginConfig>,
    /// Deployment backends.
    pub dms: Vec<PluginConfig>,
    /// Orchestrators.
    pub smo: Vec<PluginConfig>,
    /// Sources of metrics, logs and traces.
    pub observability: Vec<PluginConfig>,
}

impl Plugins {
    /// One in-memory plugin, named `memory`, for infrastructure, deployments and orchestrator each.
    #[must_use]
    pub fn memory() -> Self {
        let memory = || {
            vec![PluginConfig {
                default: true,
                ..PluginConfig::new("memory", "memory")
            }]
        };
        Self {
            ims: memory(),
            dms: memory(),
            smo: memory(),
            observability: Vec::new(),
        }
    }

    /// The plugins of one category; the gateway's own, `admin`, has none.
    #[must_use]
    pub fn of(&self, category: Category) -> &[PluginConfig] {
        match category {
            Category::Ims => &self.ims,
            Category::Dms => &self.dms,
            Category::Smo => &self.smo,
            Category::Observability => &self.observability,
            Category::Admin => &[],
        }
    }

    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        for category in [Category::Ims, Category::Dms, Category::Smo, Category::Observability] {
            let path = path.key(category.as_str());
            let plugins = self.of(category);
            for (index, plugin) in plugins.iter().enumerate() {
                let path = path.index(index);
                plugin.check(category, &path, problems);
                let earlier = plugins.get(..index).unwrap_or_default();
                if earlier.iter().any(|earlier| earlier.name == plugin.name) {
                    let reason = format!("the name '{}' is taken by another {category} plugin", plugin.name);
                    problems.push(path.key("name"), reason);
                }
                let known = earlier.iter().find(|earlier| earlier.default);
                if let Some(known) = known.filter(|_| plugin.default) {
                    let reason = format!("only one {category} plugin can be the default, and '{}' is", known.name);
                    problems.push(path.key("default"), reason);
                }
            }
        }
    }
}

/// One plugin.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PluginConfig {
    /// The instance's name, unique within its category.
    pub name: PluginId,
    /// The backend, `kubernetes`, or another name that the catalog knows it by. Key `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is built and used. Default `true`.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether it serves what no rule decides. Default `false`; see [`Config::default_plugin`](super::Config::default_plugin).
    #[serde(default)]
    pub default: bool,
    /// The backend's own settings, an object. May hold secrets: `Debug` shows the names only.
    #[serde(default = "no_settings", deserialize_with = "settings")]
    pub config: Value,
    /// Free text about it, for rules and searches.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The tenants who may use it; empty for all.
    #[serde(default)]
    pub tenants: Vec<TenantId>,
    /// Instead of the `timeout` of the section `resilience`.
    #[serde(default)]
    pub timeout: Option<DurationText>,
    /// Instead of the `maxConcurrency` of the section `resilience`.
    #[serde(default)]
    pub max_concurrency: Option<usize>,
    /// How it is collected.
    #[serde(default)]
    pub collect: CollectConfig,
}

fn yes() -> bool {
    true
}

fn no_settings() -> Value {
    Value::Object(serde_json::Map::new())
}

fn settings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    serde_json::Map::deserialize(deserializer).map(Value::Object)
}

impl PluginConfig {
    /// An enabled plugin without settings.
    pub fn new(name: impl Into<PluginId>, kind: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            enabled: true,
            default: false,
            config: no_settings(),
            metadata: BTreeMap::new(),
            tenants: Vec::new(),
            timeout: None,
            max_concurrency: None,
            collect: CollectConfig::default(),
        }
    }

    fn check(&self, category: Category, path: &Path, problems: &Problems) {
        if let Err(error) = PluginInfo::new(category, "", self.name.as_str(), "") {
            problems.push(path.key("name"), error.message());
        }
        if self.kind.trim().is_empty() {
            problems.push(path.key("type"), "the plugin type is empty");
        }
        if self.default && !self.enabled {
            problems.push(path.key("default"), "a disabled plugin cannot be the default");
        }
        if !self.config.is_object() {
            problems.push(path.key("config"), "expected an object");
        }
        for (index, tenant) in self.tenants.iter().enumerate() {
            if tenant.as_str().is_empty() {
                problems.push(path.key("tenants").index(index), "the tenant is empty");
            }
        }
        if self.timeout.is_some_and(DurationText::is_zero) {
            problems.push(path.key("timeout"), super::MORE_THAN_ZERO);
        }
        if self.max_concurrency == Some(0) {
            problems.push(path.key("maxConcurrency"), super::AT_LEAST_ONE);
        }
        if self.collect.interval.is_some_and(DurationText::is_zero) {
            problems.push(path.key("collect").key("interval"), super::MORE_THAN_ZERO);
        }
    }
}

impl fmt::Debug for PluginConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self
            .config
            .as_object()
            .map(|settings| settings.keys().collect())
            .unwrap_or_default();
        f.debug_struct("PluginConfig")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("enabled", &self.enabled)
            .field("default", &self.default)
            .field("config", &names)
            .field("metadata", &self.metadata)
            .field("tenants", &self.tenants)
            .field("timeout", &self.timeout)
            .field("max_concurrency", &self.max_concurrency)
            .field("collect", &self.collect)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_setting() {
        let mut plugin = PluginConfig::new("openstack", "openstack");
        plugin.config = serde_json::json!({"password": "hunter2"});
        let shown = format!("{plugin:?}");
        assert!(shown.contains("password") && !shown.contains("hunter2"), "{shown}");
    }
}
