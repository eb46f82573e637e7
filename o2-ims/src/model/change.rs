//! Changes of the inventory.

use std::sync::Arc;

use o2_core::model::Change;
use o2_core::{Model, TenantId};

use super::{DeploymentManager, Resource, ResourcePool, ResourceType};

/// An object of the inventory.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum InventoryObject {
    /// A deployment manager.
    DeploymentManager(Arc<DeploymentManager>),
    /// A resource pool.
    ResourcePool(Arc<ResourcePool>),
    /// A resource.
    Resource(Arc<Resource>),
    /// A resource type.
    ResourceType(Arc<ResourceType>),
}

impl InventoryObject {
    /// The object's name, `resourcePool`.
    #[must_use]
    pub fn object(&self) -> &'static str {
        match self {
            Self::DeploymentManager(_) => DeploymentManager::OBJECT,
            Self::ResourcePool(_) => ResourcePool::OBJECT,
            Self::Resource(_) => Resource::OBJECT,
            Self::ResourceType(_) => ResourceType::OBJECT,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::DeploymentManager(manager) => manager.id(),
            Self::ResourcePool(pool) => pool.id(),
            Self::Resource(resource) => resource.id(),
            Self::ResourceType(resource_type) => resource_type.id(),
        }
    }

    /// Whose it is; everybody's when nobody's.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::DeploymentManager(manager) => manager.tenant(),
            Self::ResourcePool(pool) => pool.tenant(),
            Self::Resource(resource) => resource.tenant(),
            Self::ResourceType(resource_type) => resource_type.tenant(),
        }
    }
}

/// A change of the inventory.
pub type InventoryChange = Change<InventoryObject>;
