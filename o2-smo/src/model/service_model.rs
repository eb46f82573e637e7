//! Service models.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, PluginId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The id of a [`ServiceModel`].
pub type ModelId = Id<ServiceModel>;

/// A model of an end-to-end service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ServiceModel {
    /// Its id; the orchestrator picks one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, for people.
    pub description: String,
    /// What kind of service it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The model itself, in the orchestrator's language.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub template: serde_json::Value,
    /// When it became known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The tenant it belongs to; shared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl ServiceModel {
    /// A model with name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            ..Self::default()
        }
    }
}

impl Attributes for ServiceModel {
    const NAME: &'static str = "ServiceModel";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<ServiceModel>] = &[
            Attribute::optional("modelId", Kind::String, "Its id.", |m| {
                Value::text(m.model_id.as_ref().map(Id::as_str))
            }),
            Attribute::required("name", Kind::String, "Its name.", |m| Value::String(&m.name)),
            Attribute::required("version", Kind::String, "Its version.", |m| Value::String(&m.version)),
            Attribute::required("description", Kind::String, "What it is, for people.", |m| {
                Value::String(&m.description)
            }),
            Attribute::optional("category", Kind::String, "What kind of service it is.", |m| {
                Value::text(m.category.as_deref())
            }),
            Attribute::optional("template", Kind::Any, "The model itself.", |m| {
                if m.template.is_null() {
                    Value::Absent
                } else {
                    Value::Json(&m.template)
                }
            }),
            Attribute::optional("createdAt", Kind::DateTime, "When it became known.", |m| {
                Value::time(m.created_at)
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |m| Value::text(m.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("extensions", Kind::Map, "What else there is to say.", |m| {
                Value::map(&m.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for ServiceModel {
    const OBJECT: &'static str = "serviceModel";
    const IDS: &'static [&'static str] = &["modelId"];

    fn id(&self) -> &str {
        self.model_id.as_ref().map_or("", Id::as_str)
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        if let Some(id) = &self.model_id {
            visit(id.as_str());
        }
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        if let Some(id) = &mut self.model_id {
            qualifier.apply(id);
        }
    }
}

/// A service model to register.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NewServiceModel {
    /// The id it shall have; the orchestrator picks one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// What kind of service it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The plugin that shall keep it; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<PluginId>,
    /// The model itself, in the orchestrator's language.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub template: serde_json::Value,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl NewServiceModel {
    /// A model with name and version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            ..Self::default()
        }
    }

    /// The model it becomes.
    #[must_use]
    pub fn into_model(self, tenant: Option<TenantId>) -> ServiceModel {
        ServiceModel {
            model_id: self.model_id,
            name: self.name,
            version: self.version,
            description: self.description,
            category: self.category,
            template: self.template,
            created_at: None,
            tenant_id: tenant,
            extensions: self.extensions,
        }
    }
}
