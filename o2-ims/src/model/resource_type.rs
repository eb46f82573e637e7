//! Resource types: what resources are of.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, TenantId};
use serde::{Deserialize, Serialize};

/// The id of a [`ResourceType`].
pub type ResourceTypeId = Id<ResourceType>;

/// A type of resource.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResourceType {
    /// Its id.
    pub resource_type_id: ResourceTypeId,
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Who makes it.
    pub vendor: String,
    /// Its model.
    pub model: String,
    /// Its version.
    pub version: String,
    /// Whether it can be touched.
    pub resource_kind: ResourceKind,
    /// What it is for.
    pub resource_class: ResourceClass,
    /// The O-Cloud that has it.
    #[serde(rename = "oCloudId", skip_serializing_if = "String::is_empty")]
    pub o_cloud_id: String,
    /// The dictionary of its alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_dictionary_id: Option<String>,
    /// What else the backend says, under `<adapter>.<camelName>`.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl ResourceType {
    /// A type with only a name.
    pub fn new(id: impl Into<ResourceTypeId>, name: impl Into<String>) -> Self {
        Self {
            resource_type_id: id.into(),
            name: name.into(),
            vendor: "unknown".into(),
            model: "unknown".into(),
            version: "unknown".into(),
            ..Self::default()
        }
    }
}

/// Whether a resource can be touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum ResourceKind {
    /// Nobody said.
    #[default]
    Undefined,
    /// It can.
    Physical,
    /// It cannot.
    Logical,
}

impl ResourceKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undefined => "UNDEFINED",
            Self::Physical => "PHYSICAL",
            Self::Logical => "LOGICAL",
        }
    }
}

/// What a resource is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum ResourceClass {
    /// Nobody said.
    #[default]
    Undefined,
    /// It computes.
    Compute,
    /// It connects.
    Networking,
    /// It stores.
    Storage,
}

impl ResourceClass {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undefined => "UNDEFINED",
            Self::Compute => "COMPUTE",
            Self::Networking => "NETWORKING",
            Self::Storage => "STORAGE",
        }
    }
}

impl Attributes for ResourceType {
    const NAME: &'static str = "ResourceType";

    fn attributes() -> &'static [Attribute<Self>] {
        const KIND: Kind = Kind::Enum(&["UNDEFINED", "PHYSICAL", "LOGICAL"]);
        const CLASS: Kind = Kind::Enum(&["UNDEFINED", "COMPUTE", "NETWORKING", "STORAGE"]);
        static TABLE: &[Attribute<ResourceType>] = &[
            Attribute::required("resourceTypeId", Kind::String, "Its id.", |t| {
                Value::String(t.resource_type_id.as_str())
            }),
            Attribute::required("name", Kind::String, "Its name.", |t| Value::String(&t.name)),
            Attribute::required("description", Kind::String, "What it is, for people.", |t| {
                Value::String(&t.description)
            }),
            Attribute::required("vendor", Kind::String, "Who makes it.", |t| Value::String(&t.vendor)),
            Attribute::required("model", Kind::String, "Its model.", |t| Value::String(&t.model)),
            Attribute::required("version", Kind::String, "Its version.", |t| Value::String(&t.version)),
            Attribute::required("resourceKind", KIND, "Whether it can be touched.", |t| {
                Value::String(t.resource_kind.as_str())
            }),
            Attribute::required("resourceClass", CLASS, "What it is for.", |t| {
                Value::String(t.resource_class.as_str())
            }),
            Attribute::optional("oCloudId", Kind::String, "The O-Cloud that has it.", |t| {
                Value::text(Some(t.o_cloud_id.as_str()).filter(|id| !id.is_empty()))
            }),
            Attribute::optional(
                "alarmDictionaryId",
                Kind::String,
                "The dictionary of its alarms.",
                |t| Value::text(t.alarm_dictionary_id.as_deref()),
            ),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |t| {
                Value::map(&t.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for ResourceType {
    const OBJECT: &'static str = "resourceType";
    const IDS: &'static [&'static str] = &["resourceTypeId"];

    fn id(&self) -> &str {
        self.resource_type_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        None
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.resource_type_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.resource_type_id);
    }
}
