//! Resource pools: groups of resources that are created, scaled and deleted together.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Version};
use o2_core::plugin::HealthStatus;
use o2_core::{Extensions, Id, Labels, Model, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::PoolMetrics;

/// The id of a [`ResourcePool`].
pub type ResourcePoolId = Id<ResourcePool>;

/// A group of resources.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResourcePool {
    /// Its id.
    pub resource_pool_id: ResourcePoolId,
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// The O-Cloud it belongs to.
    #[serde(rename = "oCloudId")]
    pub o_cloud_id: String,
    /// The global id of the place it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub global_location_id: Option<String>,
    /// The place it is in, for people: a zone, a site, a town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The O-Cloud site it belongs to.
    #[serde(rename = "oCloudSiteId", skip_serializing_if = "Option::is_none")]
    pub o_cloud_site_id: Option<String>,
    /// How many resources it is meant to have, where the backend scales it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// The tenant it belongs to; shared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Labels; routing rules match them.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// How well it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<ObjectHealth>,
    /// How busy it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<PoolMetrics>,
    /// Keywords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
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

impl ResourcePool {
    /// A pool with only a name.
    pub fn new(id: impl Into<ResourcePoolId>, name: impl Into<String>) -> Self {
        Self {
            resource_pool_id: id.into(),
            name: name.into(),
            ..Self::default()
        }
    }
}

/// How well an object is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectHealth {
    /// How well it is.
    pub status: HealthStatus,
    /// Why, when it is not healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How much is free, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_capacity: Option<f64>,
    /// How much is used, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utilization: Option<f64>,
}

impl ObjectHealth {
    /// An object that is this well.
    #[must_use]
    pub fn new(status: HealthStatus) -> Self {
        Self {
            status,
            message: None,
            available_capacity: None,
            utilization: None,
        }
    }
}

impl Attributes for ObjectHealth {
    const NAME: &'static str = "ObjectHealth";

    fn attributes() -> &'static [Attribute<Self>] {
        const STATUS: Kind = Kind::Enum(&["healthy", "degraded", "unhealthy"]);
        static TABLE: &[Attribute<ObjectHealth>] = &[
            Attribute::required("status", STATUS, "How well it is.", |h| {
                Value::String(h.status.as_str())
            }),
            Attribute::optional("message", Kind::String, "Why, when it is not healthy.", |h| {
                Value::text(h.message.as_deref())
            }),
            Attribute::optional(
                "availableCapacity",
                Kind::Number,
                "How much is free, in percent.",
                |h| h.available_capacity.map_or(Value::Absent, Value::Number),
            ),
            Attribute::optional("utilization", Kind::Number, "How much is used, in percent.", |h| {
                h.utilization.map_or(Value::Absent, Value::Number)
            }),
        ];
        TABLE
    }
}

impl Attributes for ResourcePool {
    const NAME: &'static str = "ResourcePool";

    fn attributes() -> &'static [Attribute<Self>] {
        const HEALTH: Kind = Kind::Object(o2_core::model::attribute::Shape::of::<ObjectHealth>());
        const METRICS: Kind = Kind::Object(o2_core::model::attribute::Shape::of::<PoolMetrics>());
        static TABLE: &[Attribute<ResourcePool>] = &[
            Attribute::required("resourcePoolId", Kind::String, "Its id.", |p| {
                Value::String(p.resource_pool_id.as_str())
            }),
            Attribute::required("name", Kind::String, "Its name.", |p| Value::String(&p.name)),
            Attribute::required("description", Kind::String, "What it is, for people.", |p| {
                Value::String(&p.description)
            }),
            Attribute::required("oCloudId", Kind::String, "The O-Cloud it belongs to.", |p| {
                Value::String(&p.o_cloud_id)
            }),
            Attribute::optional(
                "globalLocationId",
                Kind::String,
                "The global id of the place it is in.",
                |p| Value::text(p.global_location_id.as_deref()),
            ),
            Attribute::optional("location", Kind::String, "The place it is in, for people.", |p| {
                Value::text(p.location.as_deref())
            }),
            Attribute::optional("oCloudSiteId", Kind::String, "The O-Cloud site it belongs to.", |p| {
                Value::text(p.o_cloud_site_id.as_deref())
            }),
            Attribute::optional(
                "replicas",
                Kind::Integer,
                "How many resources it is meant to have.",
                |p| p.replicas.map_or(Value::Absent, |n| Value::Integer(n.into())),
            ),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |p| Value::text(p.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("labels", Kind::Map, "Labels; routing rules match them.", |p| {
                Value::labels(&p.labels)
            }),
            Attribute::optional("health", HEALTH, "How well it is (since v2).", |p: &ResourcePool| {
                Value::object(p.health.as_ref())
            })
            .observed(),
            Attribute::optional("metrics", METRICS, "How busy it is (since v2).", |p: &ResourcePool| {
                Value::object(p.metrics.as_ref())
            })
            .observed(),
            Attribute::optional("tags", Kind::Array(&Kind::String), "Keywords (since v2).", |p| {
                Value::array(&p.tags)
            }),
            Attribute::optional("createdAt", Kind::DateTime, "When it was created (since v2).", |p| {
                Value::time(p.created_at)
            }),
            Attribute::optional(
                "updatedAt",
                Kind::DateTime,
                "When it changed last (since v2).",
                |p: &ResourcePool| Value::time(p.updated_at),
            )
            .observed(),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |p| {
                Value::map(&p.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for ResourcePool {
    const OBJECT: &'static str = "resourcePool";
    const IDS: &'static [&'static str] = &["resourcePoolId"];

    fn id(&self) -> &str {
        self.resource_pool_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.resource_pool_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.resource_pool_id);
    }
}

/// A pool to create.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NewResourcePool {
    /// The id it shall have; the backend picks one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_pool_id: Option<ResourcePoolId>,
    /// Its name, 1 to 255 characters.
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The O-Cloud it belongs to; the backend's own when absent.
    #[serde(default, rename = "oCloudId", skip_serializing_if = "Option::is_none")]
    pub o_cloud_id: Option<String>,
    /// The global id of the place it shall be in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_location_id: Option<String>,
    /// The place it shall be in; routing rules match its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The O-Cloud site it belongs to.
    #[serde(default, rename = "oCloudSiteId", skip_serializing_if = "Option::is_none")]
    pub o_cloud_site_id: Option<String>,
    /// How many resources it is meant to have; `extensions.replicas` is understood too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Labels; routing rules match them.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What the backend needs to know; routing rules match it.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl NewResourcePool {
    /// A pool with only a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

/// The complete state that an update gives to what can change in a pool.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ResourcePoolUpdate {
    /// Its name, 1 to 255 characters.
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The global id of the place it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_location_id: Option<String>,
    /// The place it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The O-Cloud site it belongs to.
    #[serde(default, rename = "oCloudSiteId", skip_serializing_if = "Option::is_none")]
    pub o_cloud_site_id: Option<String>,
    /// How many resources it is meant to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What the backend needs to know.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
    /// The state the caller has seen; the update fails when the pool has another one.
    #[serde(skip)]
    pub expected: Option<Version>,
}

impl ResourcePoolUpdate {
    /// The update that changes nothing.
    #[must_use]
    pub fn of(pool: &ResourcePool) -> Self {
        Self {
            name: pool.name.clone(),
            description: pool.description.clone(),
            global_location_id: pool.global_location_id.clone(),
            location: pool.location.clone(),
            o_cloud_site_id: pool.o_cloud_site_id.clone(),
            replicas: pool.replicas,
            labels: pool.labels.clone(),
            tags: pool.tags.clone(),
            extensions: pool.extensions.clone(),
            expected: None,
        }
    }
}

/// How to delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DeleteOptions {
    /// Delete even what is in use, with everything that belongs to it.
    pub force: bool,
    /// The state the caller has seen; the deletion fails when the object has another one.
    pub expected: Option<Version>,
}

impl DeleteOptions {
    /// Deletes even what is in use.
    #[must_use]
    pub fn force() -> Self {
        Self {
            force: true,
            expected: None,
        }
    }

    /// Deletes only what is in this state.
    #[must_use]
    pub fn with_expected(mut self, expected: Option<Version>) -> Self {
        self.expected = expected;
        self
    }
}
