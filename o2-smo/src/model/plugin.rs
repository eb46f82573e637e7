//! The SMO plugins of the gateway, as callers see them.

use o2_core::id::qualified::Qualifier;
use o2_core::model::attribute::Shape;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::registry::{Registered, Status};
use o2_core::{Context, Health, HealthStatus, Model, PluginId, TenantId, Timestamp};
use serde::Serialize;

use crate::{SMOPlugin, op};

/// An SMO plugin, and how it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PluginOverview {
    /// Its name; `?plugin=` and `pluginName` take it.
    pub name: PluginId,
    /// The backend, `onap`, `memory`.
    pub kind: &'static str,
    /// The adapter's version.
    pub version: &'static str,
    /// Whether it may be called.
    pub status: Status,
    /// The words for what it can do.
    pub capabilities: Vec<String>,
    /// The operations it has.
    pub operations: Vec<String>,
    /// Whether it serves those who name no plugin.
    pub is_default: bool,
    /// What the last health check found; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
}

impl PluginOverview {
    /// What this caller may know of a plugin. What the backend said about its health is for those who stand above
    /// tenants.
    #[must_use]
    pub fn of(plugin: &Registered<dyn SMOPlugin>, context: &Context) -> Self {
        let info = plugin.plugin().info();
        let capabilities = plugin.plugin().capabilities();
        let words = capabilities.words(op::VOCABULARY);
        let mut health = plugin.health().cloned();
        if let Some(health) = health.as_mut().filter(|_| context.tenant().is_some()) {
            health.message.clear();
            health.details.clear();
        }
        Self {
            name: info.name.clone(),
            kind: info.kind,
            version: info.version,
            status: plugin.status(),
            capabilities: words.into_iter().map(ToOwned::to_owned).collect(),
            operations: capabilities.operations().map(|one| one.name.to_owned()).collect(),
            is_default: plugin.is_default(),
            health,
        }
    }
}

impl Attributes for PluginOverview {
    const NAME: &'static str = "SmoPlugin";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<PluginOverview>] = &[
            Attribute::required("name", Kind::String, "Its name.", |p| Value::String(p.name.as_str())),
            Attribute::required("kind", Kind::String, "The backend.", |p| Value::String(p.kind)),
            Attribute::required("version", Kind::String, "The adapter's version.", |p| {
                Value::String(p.version)
            }),
            Attribute::required("status", Kind::Enum(Status::WORDS), "Whether it may be called.", |p| {
                Value::String(p.status.as_str())
            }),
            Attribute::required(
                "capabilities",
                Kind::Array(&Kind::String),
                "The words for what it can do.",
                |p| Value::Array(&p.capabilities),
            ),
            Attribute::required(
                "operations",
                Kind::Array(&Kind::String),
                "The operations it has.",
                |p| Value::Array(&p.operations),
            ),
            Attribute::required(
                "isDefault",
                Kind::Boolean,
                "Whether it serves those who name no plugin.",
                |p| Value::Boolean(p.is_default),
            ),
            Attribute::optional(
                "health",
                Kind::Object(Shape::of::<Health>()),
                "What the last health check found.",
                |p| Value::object(p.health.as_ref()),
            ),
        ];
        TABLE
    }
}

impl Model for PluginOverview {
    const OBJECT: &'static str = "plugin";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        self.name.as_str()
    }

    /// The registry says for whom a plugin is there; nobody owns it.
    fn tenant(&self) -> Option<&TenantId> {
        None
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}

/// How the SMO plugins are, all together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SmoHealth {
    /// `healthy` when every plugin that is not disabled is, `unhealthy` when none can be called, else `degraded`.
    pub status: HealthStatus,
    /// When they were checked.
    pub timestamp: Timestamp,
    /// The plugins, those that are disabled too.
    pub plugins: Vec<PluginOverview>,
}

impl SmoHealth {
    /// The plugins as they were at `timestamp`.
    #[must_use]
    pub fn of(plugins: Vec<PluginOverview>, timestamp: Timestamp) -> Self {
        let healthy = |plugin: &PluginOverview| {
            let finding = plugin.health.as_ref().map(|health| health.status);
            plugin.status == Status::Active && finding == Some(HealthStatus::Healthy)
        };
        let mut enabled = plugins.iter().filter(|plugin| plugin.status != Status::Disabled);
        let status = if !plugins.iter().any(|plugin| plugin.status == Status::Active) {
            HealthStatus::Unhealthy
        } else if enabled.all(healthy) {
            HealthStatus::Healthy
        } else {
            HealthStatus::Degraded
        };
        Self {
            status,
            timestamp,
            plugins,
        }
    }
}
