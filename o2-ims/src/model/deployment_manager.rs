//! Deployment managers: where deployments can be sent.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, TenantId};
use serde::{Deserialize, Serialize};

/// The id of a [`DeploymentManager`].
pub type DeploymentManagerId = Id<DeploymentManager>;

/// Something that runs deployments: a cluster, a region, an orchestrator.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct DeploymentManager {
    /// Its id.
    pub deployment_manager_id: DeploymentManagerId,
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// The O-Cloud it belongs to.
    #[serde(rename = "oCloudId")]
    pub o_cloud_id: String,
    /// The root of the deployment interface it offers.
    pub service_uri: String,
    /// The global location ids it serves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supported_locations: Vec<String>,
    /// What it can do; a capability without value is `true`.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub capabilities: Extensions,
    /// What it can hold.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub capacity: Extensions,
    /// The tenant it belongs to; shared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What else the backend says, under `<adapter>.<camelName>`.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl DeploymentManager {
    /// A deployment manager with only a name.
    pub fn new(id: impl Into<DeploymentManagerId>, name: impl Into<String>) -> Self {
        Self {
            deployment_manager_id: id.into(),
            name: name.into(),
            ..Self::default()
        }
    }
}

impl Attributes for DeploymentManager {
    const NAME: &'static str = "DeploymentManager";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<DeploymentManager>] = &[
            Attribute::required("deploymentManagerId", Kind::String, "Its id.", |m| {
                Value::String(m.deployment_manager_id.as_str())
            }),
            Attribute::required("name", Kind::String, "Its name.", |m| Value::String(&m.name)),
            Attribute::required("description", Kind::String, "What it is, for people.", |m| {
                Value::String(&m.description)
            }),
            Attribute::required("oCloudId", Kind::String, "The O-Cloud it belongs to.", |m| {
                Value::String(&m.o_cloud_id)
            }),
            Attribute::required(
                "serviceUri",
                Kind::String,
                "The root of the deployment interface it offers.",
                |m| Value::String(&m.service_uri),
            ),
            Attribute::optional(
                "supportedLocations",
                Kind::Array(&Kind::String),
                "The global location ids it serves.",
                |m| Value::array(&m.supported_locations),
            ),
            Attribute::optional("capabilities", Kind::Map, "What it can do.", |m| {
                Value::map(&m.capabilities)
            }),
            Attribute::optional("capacity", Kind::Map, "What it can hold.", |m| Value::map(&m.capacity)),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |m| Value::text(m.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |m| {
                Value::map(&m.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for DeploymentManager {
    const OBJECT: &'static str = "deploymentManager";
    const IDS: &'static [&'static str] = &["deploymentManagerId"];

    fn id(&self) -> &str {
        self.deployment_manager_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.deployment_manager_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.deployment_manager_id);
    }
}
