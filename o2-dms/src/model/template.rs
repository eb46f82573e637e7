//! Deployment templates: a package with values and parameters, to be deployed again and again.

use o2_core::id::qualified::Qualifier;
use o2_core::model::attribute::Shape;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::validate::{description, dns_label, name};
use o2_core::{Extensions, Id, Labels, Model, Result, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::PackageId;
use super::parameter::{ParameterDefinition, check_all};
use crate::validate::{labels, optional};

/// The id of a [`DeploymentTemplate`].
pub type TemplateId = Id<DeploymentTemplate>;

/// A package with values and parameters, to be deployed again and again. The gateway keeps it, no plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentTemplate {
    /// Its id.
    pub template_id: TemplateId,
    /// Its name; name and version together are unique for a tenant.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The package to deploy.
    pub package_id: PackageId,
    /// Where in the backend deployments live, unless they are told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The resource pool that deployments run in, unless they are told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_pool_id: Option<String>,
    /// The values that deployments get, unless they are told otherwise.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub values: Extensions,
    /// What may be set, and within which bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDefinition>,
    /// Labels that deployments get.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// The tenant it belongs to; shared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Attributes for DeploymentTemplate {
    const NAME: &'static str = "DeploymentTemplate";

    fn attributes() -> &'static [Attribute<Self>] {
        const PARAMETER: Kind = Kind::Object(Shape::of::<ParameterDefinition>());
        static TABLE: &[Attribute<DeploymentTemplate>] = &[
            Attribute::required("templateId", Kind::String, "Its id.", |t| {
                Value::String(t.template_id.as_str())
            }),
            Attribute::required("name", Kind::String, "Its name.", |t| Value::String(&t.name)),
            Attribute::required("version", Kind::String, "Its version.", |t| Value::String(&t.version)),
            Attribute::required("description", Kind::String, "What it is, for people.", |t| {
                Value::String(&t.description)
            }),
            Attribute::required("packageId", Kind::String, "The package to deploy.", |t| {
                Value::String(t.package_id.as_str())
            }),
            Attribute::optional(
                "namespace",
                Kind::String,
                "Where in the backend deployments live.",
                |t| Value::text(t.namespace.as_deref()),
            ),
            Attribute::optional(
                "resourcePoolId",
                Kind::String,
                "The resource pool that deployments run in.",
                |t| Value::text(t.resource_pool_id.as_deref()),
            ),
            Attribute::optional("values", Kind::Map, "The values that deployments get.", |t| {
                Value::map(&t.values)
            }),
            Attribute::optional("parameters", Kind::Array(&PARAMETER), "What may be set.", |t| {
                Value::array(&t.parameters)
            }),
            Attribute::optional("labels", Kind::Map, "Labels that deployments get.", |t| {
                Value::labels(&t.labels)
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |t| Value::text(t.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::required("createdAt", Kind::DateTime, "When it was created.", |t| {
                Value::DateTime(t.created_at)
            }),
            Attribute::required(
                "updatedAt",
                Kind::DateTime,
                "When it changed last.",
                |t: &DeploymentTemplate| Value::DateTime(t.updated_at),
            )
            .observed(),
        ];
        TABLE
    }
}

impl Model for DeploymentTemplate {
    const OBJECT: &'static str = "deploymentTemplate";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        self.template_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}

/// A template to create, or the complete new state of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NewDeploymentTemplate {
    /// Its name; name and version together are unique for a tenant.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The package to deploy.
    #[serde(alias = "nfDeploymentDescriptorId")]
    pub package_id: PackageId,
    /// Where in the backend deployments live, unless they are told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The resource pool that deployments run in, unless they are told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_pool_id: Option<String>,
    /// The values that deployments get, unless they are told otherwise.
    #[serde(default, alias = "parameterValues", skip_serializing_if = "Extensions::is_empty")]
    pub values: Extensions,
    /// What may be set, and within which bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterDefinition>,
    /// Labels that deployments get.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

impl NewDeploymentTemplate {
    /// A template without values and parameters.
    pub fn new(name: impl Into<String>, version: impl Into<String>, package: impl Into<PackageId>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            description: String::new(),
            package_id: package.into(),
            namespace: None,
            resource_pool_id: None,
            values: Extensions::new(),
            parameters: Vec::new(),
            labels: Labels::new(),
        }
    }

    /// The template as it is.
    #[must_use]
    pub fn of(template: &DeploymentTemplate) -> Self {
        Self {
            name: template.name.clone(),
            version: template.version.clone(),
            description: template.description.clone(),
            package_id: template.package_id.clone(),
            namespace: template.namespace.clone(),
            resource_pool_id: template.resource_pool_id.clone(),
            values: template.values.clone(),
            parameters: template.parameters.clone(),
            labels: template.labels.clone(),
        }
    }

    /// Checks what can be checked without asking a backend.
    ///
    /// # Errors
    /// `InvalidInput` naming the field.
    pub fn validate(&self) -> Result<()> {
        name("body.name", &self.name)?;
        name("body.version", &self.version)?;
        description("body.description", &self.description)?;
        name("body.packageId", self.package_id.as_str())?;
        optional(self.namespace.as_deref(), "body.namespace", dns_label)?;
        optional(self.resource_pool_id.as_deref(), "body.resourcePoolId", name)?;
        labels("body.labels", &self.labels)?;
        check_all(&self.values, &self.parameters)
    }

    /// The template it becomes.
    #[must_use]
    pub fn into_template(self, id: TemplateId, tenant: Option<TenantId>, now: Timestamp) -> DeploymentTemplate {
        DeploymentTemplate {
            template_id: id,
            name: self.name,
            version: self.version,
            description: self.description,
            package_id: self.package_id,
            namespace: self.namespace,
            resource_pool_id: self.resource_pool_id,
            values: self.values,
            parameters: self.parameters,
            labels: self.labels,
            tenant_id: tenant,
            created_at: now,
            updated_at: now,
        }
    }
}
