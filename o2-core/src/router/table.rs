//! The routing table: what the operator configured.

use super::Rule;
use super::rule::Pattern;
use crate::id::PluginId;

/// What the operator configured for one category. Order of rules: as in the configuration.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RoutingTable {
    /// The rules.
    pub rules: Vec<Rule>,
    /// Serves what no rule claims; `None` is the registry's default plugin.
    pub default: Option<PluginId>,
    /// Asked in this order when neither a rule nor the default plugin can serve a call.
    pub fallback: Vec<PluginId>,
    /// How lists are put together, by object type; the first that matches counts.
    pub fan_out: Vec<(Pattern, FanOut)>,
}

impl RoutingTable {
    /// A table without rules: everything goes to the registry's default plugin.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule.
    #[must_use]
    pub fn with_rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Sets the plugin that serves what no rule claims.
    #[must_use]
    pub fn with_default(mut self, plugin: impl Into<PluginId>) -> Self {
        self.default = Some(plugin.into());
        self
    }

    /// Adds a plugin to the fallback chain.
    #[must_use]
    pub fn with_fallback(mut self, plugin: impl Into<PluginId>) -> Self {
        self.fallback.push(plugin.into());
        self
    }

    /// Says how lists of this object type (`*`: of every type not named before) are put together.
    #[must_use]
    pub fn with_fan_out(mut self, object: &str, fan_out: FanOut) -> Self {
        self.fan_out.push((Pattern::new(object), fan_out));
        self
    }

    /// How lists of this object type are put together.
    pub(super) fn fan_out(&self, object: &str) -> FanOut {
        let found = self.fan_out.iter().find(|(pattern, _)| pattern.matches(object));
        found.map_or_else(FanOut::default, |(_, fan_out)| *fan_out)
    }
}

/// How the lists of several plugins become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FanOut {
    /// Whom to ask, and whose answer counts.
    pub strategy: Strategy,
    /// Whether objects with the same global id are shown once.
    pub dedupe: bool,
}

impl FanOut {
    /// A fan-out without de-duplication.
    #[must_use]
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            dedupe: false,
        }
    }

    /// Shows objects with the same global id once.
    #[must_use]
    pub fn deduped(mut self) -> Self {
        self.dedupe = true;
        self
    }
}

/// Whom a list asks, and whose answer counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Strategy {
    /// Everybody; all answers together. Who fails is named in the answer.
    #[default]
    Merge,
    /// Everybody; the fastest good answer.
    First,
    /// One after the other; the first good answer.
    Fallback,
}
