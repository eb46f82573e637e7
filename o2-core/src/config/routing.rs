//! The `routing` section: which plugin serves what.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::plugins::{PluginConfig, Plugins};
use super::problem::{Problems, unknown};
use super::tree::Path;
use crate::id::{PluginId, TenantId};
use crate::model::Labels;
use crate::operation::Category;

/// The routing of every category. Observability plugins are asked by name and have none.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Routing {
    /// Of infrastructure.
    pub ims: CategoryRouting,
    /// Of deployments.
    pub dms: CategoryRouting,
    /// Of the orchestrators.
    pub smo: CategoryRouting,
}

impl Routing {
    /// The routing of one category, if it has routing.
    #[must_use]
    pub fn of(&self, category: Category) -> Option<&CategoryRouting> {
        match category {
            Category::Ims => Some(&self.ims),
            Category::Dms => Some(&self.dms),
            Category::Smo => Some(&self.smo),
            Category::Observability | Category::Admin => None,
        }
    }

    pub(super) fn check(&self, plugins: &Plugins, path: &Path, problems: &Problems) {
        for category in [Category::Ims, Category::Dms, Category::Smo] {
            if let Some(routing) = self.of(category) {
                let path = path.key(category.as_str());
                routing.check(plugins.of(category), &path, problems);
            }
        }
    }
}

/// The routing of one category: the first matching rule by priority, then the default, then the fallback chain.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CategoryRouting {
    /// The plugin that serves what no rule decides; the same as `default: true` at the plugin.
    pub default: Option<PluginId>,
    /// The plugins to try, in this order, when the chosen one cannot serve.
    pub fallback: Vec<PluginId>,
    /// The rules, in any order.
    pub rules: Vec<RuleConfig>,
    /// How a list is read from several plugins, by object type.
    pub fan_out: BTreeMap<String, FanOutConfig>,
}

impl CategoryRouting {
    fn check(&self, plugins: &[PluginConfig], path: &Path, problems: &Problems) {
        let known: Vec<_> = plugins.iter().map(|plugin| plugin.name.as_str()).collect();
        let find = |name: &PluginId, path: Path| {
            let plugin = plugins.iter().find(|plugin| plugin.name == *name);
            if plugin.is_none() {
                problems.push(path, unknown("plugin", name.as_str(), &known));
            }
            plugin
        };
        let find_enabled = |name: &PluginId, path: Path| {
            if find(name, path.clone()).is_some_and(|plugin| !plugin.enabled) {
                problems.push(path, format!("plugin '{name}' is disabled; enable it or name another"));
            }
        };
        if let Some(default) = &self.default {
            find_enabled(default, path.key("default"));
            let marked = plugins.iter().find(|plugin| plugin.default && plugin.name != *default);
            if let Some(marked) = marked {
                let reason = format!("plugin '{}' is marked 'default: true'; keep one of them", marked.name);
                problems.push(path.key("default"), reason);
            }
        }
        let mut chain = BTreeSet::new();
        for (index, name) in self.fallback.iter().enumerate() {
            let path = path.key("fallback").index(index);
            find_enabled(name, path.clone());
            if !chain.insert(name) {
                problems.push(path, format!("plugin '{name}' is in the chain already"));
            }
        }
        let mut names = BTreeSet::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let path = path.key("rules").index(index);
            // The plugin of a rule may be disabled: the rule waits for it.
            find(&rule.plugin, path.key("plugin"));
            rule.check(&path, problems);
            if !names.insert(&rule.name) {
                problems.push(
                    path.key("name"),
                    format!("the name '{}' is taken by another rule", rule.name),
                );
            }
        }
    }
}

/// One rule. It matches when all its conditions do.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RuleConfig {
    /// The rule's name, unique within its category. In a file it may be left out: `rule-1` is the first.
    pub name: String,
    /// Rules of higher priority are tried first; among equals the earlier one. Default 0.
    #[serde(default)]
    pub priority: i64,
    /// The plugin to choose. While it is disabled, the rule is passed over.
    pub plugin: PluginId,
    /// The object type in any case, `resourcePool`; `*` is every type. Default `*`.
    #[serde(default = "any")]
    pub resource_type: String,
    /// The type of a deployment's package, `helm-chart`; `None` and `*` are every type.
    #[serde(default)]
    pub package_type: Option<String>,
    /// What else must hold. Default: nothing.
    #[serde(default)]
    pub conditions: Conditions,
    /// Whether what matches is with this plugin and nowhere else: lists ask it alone, and nobody stands in for it.
    /// Default `false`.
    #[serde(default)]
    pub exclusive: bool,
}

fn any() -> String {
    "*".to_owned()
}

impl RuleConfig {
    /// A rule of priority 0 that matches everything.
    pub fn new(name: impl Into<String>, plugin: impl Into<PluginId>) -> Self {
        Self {
            name: name.into(),
            priority: 0,
            plugin: plugin.into(),
            resource_type: any(),
            package_type: None,
            conditions: Conditions::default(),
            exclusive: false,
        }
    }

    fn check(&self, path: &Path, problems: &Problems) {
        let package_type = self.package_type.as_deref().unwrap_or("*");
        for (key, text) in [
            ("name", self.name.as_str()),
            ("resourceType", &self.resource_type),
            ("packageType", package_type),
        ] {
            if text.trim().is_empty() {
                problems.push(path.key(key), format!("the {key} is empty"));
            }
        }
        self.conditions.check(&path.key("conditions"), problems);
    }
}

/// The conditions of a rule. One that is left out holds always.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Conditions {
    /// Labels that the object has, with these values.
    pub labels: Labels,
    /// Where the object is.
    pub location: Option<LocationCondition>,
    /// Extensions that the object has, with these values: text, numbers, truth values.
    pub extensions: BTreeMap<String, Value>,
    /// The tenant who asks.
    pub tenant: Option<TenantId>,
    /// Capabilities and features that the plugin must have, `rollback`, `gitops`.
    pub capabilities: Vec<String>,
}

impl Conditions {
    fn check(&self, path: &Path, problems: &Problems) {
        for (key, value) in &self.extensions {
            if value.is_array() || value.is_object() || value.is_null() {
                let reason = "expected text, a number, true or false: extensions are compared as a whole";
                problems.push(path.key("extensions").key(key), reason);
            }
        }
        if self
            .location
            .as_ref()
            .is_some_and(|location| location.prefix.is_empty())
        {
            problems.push(path.key("location").key("prefix"), "the prefix is empty");
        }
        if self.tenant.as_ref().is_some_and(|tenant| tenant.as_str().is_empty()) {
            problems.push(path.key("tenant"), "the tenant is empty");
        }
        for (index, word) in self.capabilities.iter().enumerate() {
            if word.trim().is_empty() {
                problems.push(path.key("capabilities").index(index), "the capability is empty");
            }
        }
    }
}

/// A condition on a location.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LocationCondition {
    /// How the location begins.
    pub prefix: String,
}

impl LocationCondition {
    /// Locations that begin with `prefix`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }
}

/// How a list is read from several plugins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FanOutConfig {
    /// What is asked and whose answer counts. Default `merge`.
    pub strategy: FanOutStrategy,
    /// Whether objects with the same global id are reported once. Default `false`.
    pub dedupe: bool,
}

/// What is asked and whose answer counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum FanOutStrategy {
    /// All plugins at once; all answers together.
    #[default]
    Merge,
    /// All plugins at once; the first success.
    First,
    /// One plugin after the other; the first success.
    Fallback,
}
