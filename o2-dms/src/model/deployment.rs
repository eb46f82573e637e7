//! Deployments: running instances of packages.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Version};
use o2_core::{Extensions, Id, Labels, Model, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{DeploymentStatus, PackageId};

/// The id of a [`Deployment`].
pub type DeploymentId = Id<Deployment>;

/// A running instance of a package.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Deployment {
    /// Its id.
    pub deployment_id: DeploymentId,
    /// Its name, unique in the namespace.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Where in the backend it lives.
    pub namespace: String,
    /// The package it is an instance of.
    pub package_id: PackageId,
    /// The version of that package.
    pub package_version: String,
    /// The resource pool it runs in, as the infrastructure side names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_pool_id: Option<String>,
    /// Its state.
    pub status: DeploymentStatus,
    /// The backend's own words about its state.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status_message: String,
    /// How many replicas it is meant to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Its current revision; grows with every change of package or values.
    pub revision: u32,
    /// The earlier revision whose package and values a rollback brought back; absent when anything else was done to it since,
    /// and when the backend does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back_to: Option<u32>,
    /// The values it was given.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub values: Extensions,
    /// The tenant it belongs to; shared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Labels.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
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

impl Deployment {
    /// A deployment of a package that nothing has happened to.
    pub fn new(id: impl Into<DeploymentId>, name: impl Into<String>, package: impl Into<PackageId>) -> Self {
        Self {
            deployment_id: id.into(),
            name: name.into(),
            package_id: package.into(),
            status: DeploymentStatus::Pending,
            revision: 1,
            ..Self::default()
        }
    }
}

impl Attributes for Deployment {
    const NAME: &'static str = "Deployment";

    fn attributes() -> &'static [Attribute<Self>] {
        const STATUS: Kind = Kind::Enum(DeploymentStatus::WORDS);
        static TABLE: &[Attribute<Deployment>] = &[
            Attribute::required("deploymentId", Kind::String, "Its id.", |d| {
                Value::String(d.deployment_id.as_str())
            }),
            Attribute::required("name", Kind::String, "Its name, unique in the namespace.", |d| {
                Value::String(&d.name)
            }),
            Attribute::required("description", Kind::String, "What it is, for people.", |d| {
                Value::String(&d.description)
            }),
            Attribute::required("namespace", Kind::String, "Where in the backend it lives.", |d| {
                Value::String(&d.namespace)
            }),
            Attribute::required("packageId", Kind::String, "The package it is an instance of.", |d| {
                Value::String(d.package_id.as_str())
            }),
            Attribute::required("packageVersion", Kind::String, "The version of that package.", |d| {
                Value::String(&d.package_version)
            }),
            Attribute::optional("resourcePoolId", Kind::String, "The resource pool it runs in.", |d| {
                Value::text(d.resource_pool_id.as_deref())
            }),
            Attribute::required("status", STATUS, "Its state.", |d: &Deployment| {
                Value::String(d.status.as_str())
            })
            .observed(),
            Attribute::optional(
                "statusMessage",
                Kind::String,
                "The backend's own words about its state.",
                |d: &Deployment| Value::text(Some(d.status_message.as_str()).filter(|text| !text.is_empty())),
            )
            .observed(),
            Attribute::optional(
                "replicas",
                Kind::Integer,
                "How many replicas it is meant to have.",
                |d| d.replicas.map_or(Value::Absent, |n| Value::Integer(n.into())),
            ),
            Attribute::required("revision", Kind::Integer, "Its current revision.", |d: &Deployment| {
                Value::Integer(d.revision.into())
            })
            .observed(),
            Attribute::optional(
                "rolledBackTo",
                Kind::Integer,
                "The earlier revision that a rollback brought back.",
                |d: &Deployment| d.rolled_back_to.map_or(Value::Absent, |n| Value::Integer(n.into())),
            )
            .observed(),
            Attribute::optional("values", Kind::Map, "The values it was given.", |d| {
                Value::map(&d.values)
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |d| Value::text(d.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("labels", Kind::Map, "Labels.", |d| Value::labels(&d.labels)),
            Attribute::optional("createdAt", Kind::DateTime, "When it was created.", |d| {
                Value::time(d.created_at)
            }),
            Attribute::optional(
                "updatedAt",
                Kind::DateTime,
                "When it changed last.",
                |d: &Deployment| Value::time(d.updated_at),
            )
            .observed(),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |d| {
                Value::map(&d.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for Deployment {
    const OBJECT: &'static str = "deployment";
    const IDS: &'static [&'static str] = &["deploymentId", "packageId"];

    fn id(&self) -> &str {
        self.deployment_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.deployment_id.as_str());
        visit(self.package_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.deployment_id);
        qualifier.apply(&mut self.package_id);
    }
}
