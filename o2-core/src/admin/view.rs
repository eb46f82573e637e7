//! What administration shows of a plugin.

use serde::Serialize;

use crate::id::PluginId;
use crate::model::attribute::{AttributeKind as Kind, Field, Shape};
use crate::model::extensions::JsonMap;
use crate::operation::Category;
use crate::plugin::{Health, Plugin};
use crate::registry::{Registered, Status, Usage};

/// A plugin, as administration shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PluginView {
    /// Its name.
    pub name: PluginId,
    /// Its category.
    pub category: Category,
    /// Its backend.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The version of the adapter.
    pub version: &'static str,
    /// Whether calls are routed to it.
    pub status: Status,
    /// Whether it gets what no rule claims.
    pub default: bool,
    /// What the operator said about it.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub metadata: std::collections::BTreeMap<String, String>,
    /// What it can do, in the words of the configuration.
    pub capabilities: Vec<&'static str>,
    /// What it can do, operation by operation.
    pub operations: JsonMap,
    /// What its last health check found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// How much it is used.
    pub stats: Usage,
}

impl PluginView {
    pub(super) fn of<P: ?Sized + Plugin>(
        entry: &Registered<P>,
        vocabulary: &'static [crate::capability::Word],
    ) -> Self {
        let info = entry.plugin().info();
        let capabilities = entry.plugin().capabilities();
        Self {
            name: info.name.clone(),
            category: info.category,
            kind: info.kind,
            version: info.version,
            status: entry.status(),
            default: entry.is_default(),
            metadata: info.metadata.clone(),
            capabilities: capabilities.words(vocabulary),
            operations: capabilities.describe(),
            health: entry.health().cloned(),
            stats: entry.statistics().usage(),
        }
    }

    /// Its fields, for the OpenAPI document.
    pub const SHAPE: Shape = Shape::body(
        "Plugin",
        &[
            Field::required("name", Kind::String, "Its name."),
            Field::required("category", Kind::String, "Its category."),
            Field::required("type", Kind::String, "Its backend."),
            Field::required("version", Kind::String, "The version of the adapter."),
            Field::required("status", Kind::String, "Whether calls are routed to it."),
            Field::required("default", Kind::Boolean, "Whether it gets what no rule claims."),
            Field::optional("metadata", Kind::Map, "What the operator said about it."),
            Field::required("capabilities", Kind::Array(&Kind::String), "What it can do, in words."),
            Field::required("operations", Kind::Map, "What it can do, operation by operation."),
            Field::optional("health", Kind::Map, "What its last health check found."),
            Field::required("stats", Kind::Map, "How much it is used."),
        ],
    );
}

/// The health of a plugin.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PluginHealth {
    /// Its category.
    pub category: Category,
    /// Its name.
    pub name: PluginId,
    /// How it is.
    #[serde(flatten)]
    pub health: Health,
}

impl PluginHealth {
    /// The health of this plugin.
    #[must_use]
    pub fn new(category: Category, name: PluginId, health: Health) -> Self {
        Self { category, name, health }
    }

    /// Its fields, for the OpenAPI document.
    pub const SHAPE: Shape = Shape::body(
        "PluginHealth",
        &[
            Field::required("category", Kind::String, "Its category."),
            Field::required("name", Kind::String, "Its name."),
            Field::required(
                "status",
                Kind::Enum(&["healthy", "degraded", "unhealthy"]),
                "How it is.",
            ),
            Field::optional("message", Kind::String, "Why, when it is not healthy."),
            Field::optional("details", Kind::Map, "Single findings."),
            Field::required("timestamp", Kind::DateTime, "When it was checked."),
        ],
    );
}
