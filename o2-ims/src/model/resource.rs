//! Resources: servers, virtual machines, volumes, networks, and the parts of servers.

use o2_core::id::qualified::Qualifier;
use o2_core::model::attribute::Shape;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Version};
use o2_core::{Extensions, Id, Labels, Model, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ObjectHealth, ResourcePoolId, ResourceTypeId};

/// The id of a [`Resource`].
pub type ResourceId = Id<Resource>;

/// A piece of infrastructure.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Resource {
    /// Its id.
    pub resource_id: ResourceId,
    /// What type it is of.
    pub resource_type_id: ResourceTypeId,
    /// The pool it belongs to.
    pub resource_pool_id: ResourcePoolId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, for people.
    pub description: String,
    /// What identifies the thing everywhere: a serial number, a provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_asset_id: Option<String>,
    /// The resource it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<ResourceId>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Self>,
    /// Keywords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Groups it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The tenant it belongs to; shared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Labels; routing rules match them.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// How well it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<ObjectHealth>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// What else the backend says, under `<adapter>.<camelName>`.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
    /// The backend's mark of its state.
    #[serde(skip)]
    pub version: Option<Version>,
}

impl Resource {
    /// A resource of a type, in a pool.
    pub fn new(
        id: impl Into<ResourceId>,
        resource_type: impl Into<ResourceTypeId>,
        pool: impl Into<ResourcePoolId>,
    ) -> Self {
        Self {
            resource_id: id.into(),
            resource_type_id: resource_type.into(),
            resource_pool_id: pool.into(),
            ..Self::default()
        }
    }
}

impl Attributes for Resource {
    const NAME: &'static str = "Resource";

    fn attributes() -> &'static [Attribute<Self>] {
        const HEALTH: Kind = Kind::Object(Shape::of::<ObjectHealth>());
        const ELEMENT: Kind = Kind::Object(Shape::of::<Resource>());
        static TABLE: &[Attribute<Resource>] = &[
            Attribute::required("resourceId", Kind::String, "Its id.", |r| {
                Value::String(r.resource_id.as_str())
            }),
            Attribute::required("resourceTypeId", Kind::String, "What type it is of.", |r| {
                Value::String(r.resource_type_id.as_str())
            }),
            Attribute::required("resourcePoolId", Kind::String, "The pool it belongs to.", |r| {
                Value::String(r.resource_pool_id.as_str())
            }),
            Attribute::optional("name", Kind::String, "Its name.", |r| Value::text(r.name.as_deref())),
            Attribute::required("description", Kind::String, "What it is, for people.", |r| {
                Value::String(&r.description)
            }),
            Attribute::optional(
                "globalAssetId",
                Kind::String,
                "What identifies the thing everywhere.",
                |r| Value::text(r.global_asset_id.as_deref()),
            ),
            Attribute::optional("parentId", Kind::String, "The resource it is a part of.", |r| {
                Value::text(r.parent_id.as_ref().map(Id::as_str))
            }),
            Attribute::optional("elements", Kind::Array(&ELEMENT), "Its parts.", |r| {
                Value::array(&r.elements)
            }),
            Attribute::optional("tags", Kind::Array(&Kind::String), "Keywords.", |r| {
                Value::array(&r.tags)
            }),
            Attribute::optional("groups", Kind::Array(&Kind::String), "Groups it belongs to.", |r| {
                Value::array(&r.groups)
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |r| Value::text(r.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("labels", Kind::Map, "Labels; routing rules match them.", |r| {
                Value::labels(&r.labels)
            }),
            Attribute::optional("health", HEALTH, "How well it is (since v2).", |r| {
                Value::object(r.health.as_ref())
            }),
            Attribute::optional("createdAt", Kind::DateTime, "When it was created (since v2).", |r| {
                Value::time(r.created_at)
            }),
            Attribute::optional("updatedAt", Kind::DateTime, "When it changed last (since v2).", |r| {
                Value::time(r.updated_at)
            }),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |r| {
                Value::map(&r.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for Resource {
    const OBJECT: &'static str = "resource";
    const IDS: &'static [&'static str] = &["resourceId", "resourceTypeId", "resourcePoolId", "parentId"];

    const GLOBAL_ID: Option<&'static str> = Some("globalAssetId");

    fn id(&self) -> &str {
        self.resource_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.resource_id.as_str());
        visit(self.resource_type_id.as_str());
        visit(self.resource_pool_id.as_str());
        if let Some(parent) = &self.parent_id {
            visit(parent.as_str());
        }
        for element in &self.elements {
            element.visit_ids(visit);
        }
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.resource_id);
        qualifier.apply(&mut self.resource_type_id);
        qualifier.apply(&mut self.resource_pool_id);
        if let Some(parent) = &mut self.parent_id {
            qualifier.apply(parent);
        }
        for element in &mut self.elements {
            element.qualify(qualifier);
        }
    }

    fn global_id(&self) -> Option<&str> {
        self.global_asset_id.as_deref()
    }
}

/// A resource to create.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NewResource {
    /// The id it shall have; the backend picks one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<ResourceId>,
    /// What type it shall be of.
    pub resource_type_id: ResourceTypeId,
    /// The pool it shall belong to.
    pub resource_pool_id: ResourcePoolId,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// What identifies the thing everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_asset_id: Option<String>,
    /// Keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Labels; routing rules match them.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What the backend needs to know.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl NewResource {
    /// A resource of a type, in a pool.
    pub fn new(resource_type: impl Into<ResourceTypeId>, pool: impl Into<ResourcePoolId>) -> Self {
        Self {
            resource_type_id: resource_type.into(),
            resource_pool_id: pool.into(),
            ..Self::default()
        }
    }
}
