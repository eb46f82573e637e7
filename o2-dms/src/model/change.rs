//! Changes of packages and deployments.

use std::sync::Arc;

use o2_core::model::Change;
use o2_core::{Model, TenantId};

use super::{Deployment, DeploymentPackage};

/// An object of deployment management.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DeploymentObject {
    /// A package.
    Package(Arc<DeploymentPackage>),
    /// A deployment.
    Deployment(Arc<Deployment>),
}

impl DeploymentObject {
    /// The object's name, `deployment`.
    #[must_use]
    pub fn object(&self) -> &'static str {
        match self {
            Self::Package(_) => DeploymentPackage::OBJECT,
            Self::Deployment(_) => Deployment::OBJECT,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Package(package) => package.id(),
            Self::Deployment(deployment) => deployment.id(),
        }
    }

    /// Whose it is; everybody's when nobody's.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Package(package) => package.tenant(),
            Self::Deployment(deployment) => deployment.tenant(),
        }
    }
}

/// A change of a package or a deployment.
pub type DeploymentChange = Change<DeploymentObject>;
