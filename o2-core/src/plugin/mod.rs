//! What every plugin has, whatever its category: [`Plugin`], [`PluginInfo`], [`Health`]; and how one is built:
//! [`Backend`].

mod backend;
mod health;
mod observability;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde::Serialize;

pub use backend::{Backend, Catalog, KnownBackend};
pub use health::{Health, HealthStatus};
pub use observability::{
    LogLine, LogQuery, MetricQuery, MetricSample, MetricSeries, ObservabilityPlugin, Span, TimeRange, Trace,
    TraceQuery, op as observability_op,
};

use crate::capability::Capabilities;
use crate::context::Context;
use crate::id::PluginId;
use crate::operation::Category;
use crate::{Error, Result};

/// A backend of any category. Built ready to use; see [`Backend`].
#[async_trait]
pub trait Plugin: fmt::Debug + Send + Sync + 'static {
    /// Who it is. Never changes.
    fn info(&self) -> &PluginInfo;

    /// What it can do. Calls of anything else fail with `Unsupported`. Never changes.
    fn capabilities(&self) -> &Capabilities;

    /// Whether the backend answers now. Reports trouble in the value; bounded by the caller's timeout.
    async fn health(&self, context: &Context) -> Health;

    /// Gives back what the plugin holds. Idempotent; calls that come later fail with `Unavailable`, unless there was nothing
    /// to give back, as with the default body.
    ///
    /// # Errors
    /// When something could not be given back.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// Who a plugin is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PluginInfo {
    /// The instance's name, unique within its category.
    pub name: PluginId,
    /// The category.
    pub category: Category,
    /// The backend, `kubernetes`, `helm`, `memory`.
    pub kind: &'static str,
    /// The adapter's version.
    pub version: &'static str,
    /// What the operator said about it; rules and searches may use it.
    pub metadata: BTreeMap<String, String>,
}

impl PluginInfo {
    /// Names an instance.
    ///
    /// # Errors
    /// `Config` unless the name is 1 to 63 lower-case letters, digits, `-`, `_` or `.`, starting with a letter or digit.
    pub fn new(category: Category, kind: &'static str, name: &str, version: &'static str) -> Result<Self> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let valid = (1..=63).contains(&name.len())
            && name.starts_with(allowed)
            && name.chars().all(|c| allowed(c) || matches!(c, '-' | '_' | '.'));
        if !valid {
            return Err(Error::config(format!(
                "plugin name '{name}' must be 1 to 63 lower-case letters, digits, '-', '_' or '.', starting with a letter or digit"
            )));
        }
        Ok(Self {
            name: PluginId::new(name),
            category,
            kind,
            version,
            metadata: BTreeMap::new(),
        })
    }

    /// Adds what the operator said about it.
    #[must_use]
    pub fn with_metadata(mut self, metadata: BTreeMap<String, String>) -> Self {
        self.metadata = metadata;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_names_leave_no_doubt() {
        for good in ["kubernetes", "openstack-nfv", "k8s.eu_1", "9"] {
            assert!(PluginInfo::new(Category::Ims, "memory", good, "1").is_ok(), "{good}");
        }
        for bad in ["", "-x", "Upper", "a~b", "a b", "a/b", &"x".repeat(64)] {
            assert!(PluginInfo::new(Category::Ims, "memory", bad, "1").is_err(), "{bad}");
        }
    }
}
