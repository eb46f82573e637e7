//! What can be asked of deployments.

use o2_core::model::Version;
use o2_core::{Extensions, Labels};
use serde::{Deserialize, Serialize};

use super::{Deployment, PackageId};

/// Asks for a deployment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DeploymentRequest {
    /// Its name, 1 to 63 lower-case letters, digits and `-` (DNS-1123).
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The package to deploy.
    #[serde(alias = "nfDeploymentDescriptorId")]
    pub package_id: PackageId,
    /// Where in the backend it shall live; the backend's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The resource pool it shall run in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_pool_id: Option<String>,
    /// The values to give it.
    #[serde(default, alias = "parameterValues", skip_serializing_if = "Extensions::is_empty")]
    pub values: Extensions,
    /// Labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What the backend needs to know; routing rules match it.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl DeploymentRequest {
    /// Asks for a deployment of a package.
    pub fn new(name: impl Into<String>, package: impl Into<PackageId>) -> Self {
        Self {
            name: name.into(),
            package_id: package.into(),
            ..Self::default()
        }
    }
}

/// The complete state that an update gives to what can change in a deployment without another package.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DeploymentUpdate {
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The values to give it.
    #[serde(default, alias = "parameterValues", skip_serializing_if = "Extensions::is_empty")]
    pub values: Extensions,
    /// Labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What the backend needs to know.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
    /// The state the caller has seen; the update fails when the deployment has another one.
    #[serde(skip)]
    pub expected: Option<Version>,
}

impl DeploymentUpdate {
    /// The update that changes nothing.
    #[must_use]
    pub fn of(deployment: &Deployment) -> Self {
        Self {
            description: deployment.description.clone(),
            values: deployment.values.clone(),
            labels: deployment.labels.clone(),
            extensions: deployment.extensions.clone(),
            expected: None,
        }
    }
}

/// What a caller wants a deployment to be: everything about it that can change.
///
/// Another package is an upgrade; the rest stays as it is then. Without one, what is absent becomes empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DesiredDeployment {
    /// The package; the one it has when absent.
    #[serde(alias = "nfDeploymentDescriptorId", skip_serializing_if = "Option::is_none")]
    pub package_id: Option<PackageId>,
    /// What it is, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The values to give it.
    #[serde(alias = "parameterValues", skip_serializing_if = "Option::is_none")]
    pub values: Option<Extensions>,
    /// Labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// What the backend needs to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl DesiredDeployment {
    /// What the deployment is already.
    #[must_use]
    pub fn of(deployment: &Deployment) -> Self {
        Self {
            package_id: Some(deployment.package_id.clone()),
            description: Some(deployment.description.clone()),
            values: Some(deployment.values.clone()),
            labels: Some(deployment.labels.clone()),
            extensions: Some(deployment.extensions.clone()),
        }
    }

    /// Makes empty what is absent, but for the package.
    #[must_use]
    pub fn complete(mut self) -> Self {
        self.description.get_or_insert_default();
        self.values.get_or_insert_default();
        self.labels.get_or_insert_default();
        self.extensions.get_or_insert_default();
        self
    }
}

impl From<DesiredDeployment> for DeploymentUpdate {
    fn from(desired: DesiredDeployment) -> Self {
        Self {
            description: desired.description.unwrap_or_default(),
            values: desired.values.unwrap_or_default(),
            labels: desired.labels.unwrap_or_default(),
            extensions: desired.extensions.unwrap_or_default(),
            expected: None,
        }
    }
}

/// Asks for another number of replicas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ScaleRequest {
    /// How many.
    pub replicas: u32,
}

impl ScaleRequest {
    /// Asks for this many replicas.
    #[must_use]
    pub fn new(replicas: u32) -> Self {
        Self { replicas }
    }
}

/// Asks for an earlier revision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RollbackRequest {
    /// Which; the one before the current when absent.
    #[serde(default, alias = "targetRevision", skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

impl RollbackRequest {
    /// Asks for this revision.
    #[must_use]
    pub fn to(revision: u32) -> Self {
        Self {
            revision: Some(revision),
        }
    }
}

/// Asks for another package.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UpgradeRequest {
    /// The package.
    #[serde(alias = "nfDeploymentDescriptorId")]
    pub package_id: PackageId,
    /// The values to give it; those it has when absent.
    #[serde(default, alias = "parameterValues", skip_serializing_if = "Option::is_none")]
    pub values: Option<Extensions>,
}

impl UpgradeRequest {
    /// Asks for this package with the values the deployment has.
    pub fn to(package: impl Into<PackageId>) -> Self {
        Self {
            package_id: package.into(),
            values: None,
        }
    }
}

/// Asks for a repair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct HealRequest {
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The part to repair; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
}
