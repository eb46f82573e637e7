//! [`Known`]: what an orchestrator was told, in the few words that every orchestrator keeps.

use std::collections::BTreeMap;

use o2_core::Model;
use o2_smo::{DeploymentInventory, InfrastructureInventory};

/// The names of the objects that an orchestrator has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<String, String>);

impl Known {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And this object, of a kind as [`Model::OBJECT`] says.
    #[must_use]
    pub fn with(mut self, object: &str, id: &str, name: &str) -> Self {
        self.0.insert(format!("{object}/{id}"), name.to_owned());
        self
    }

    /// And the objects of this inventory.
    #[must_use]
    pub fn with_infrastructure(mut self, inventory: &InfrastructureInventory) -> Self {
        for manager in &inventory.deployment_managers {
            self = self.with_model(&**manager, &manager.name);
        }
        for pool in &inventory.resource_pools {
            self = self.with_model(&**pool, &pool.name);
        }
        for resource in &inventory.resources {
            self = self.with_model(&**resource, resource.name.as_deref().unwrap_or_default());
        }
        for kind in &inventory.resource_types {
            self = self.with_model(&**kind, &kind.name);
        }
        self
    }

    /// And the objects of this inventory.
    #[must_use]
    pub fn with_deployments(mut self, inventory: &DeploymentInventory) -> Self {
        for package in &inventory.packages {
            self = self.with_model(&**package, &package.name);
        }
        for deployment in &inventory.deployments {
            self = self.with_model(&**deployment, &deployment.name);
        }
        self
    }

    fn with_model<T: Model>(self, model: &T, name: &str) -> Self {
        self.with(T::OBJECT, model.id(), name)
    }
}
