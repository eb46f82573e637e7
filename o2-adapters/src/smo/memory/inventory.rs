//! [`Inventory`]: what the orchestrator knows about infrastructure and deployments, because it was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::{Error, Model, Result};
use o2_dms::{Deployment, DeploymentPackage};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};
use o2_smo::{DeploymentInventory, InfrastructureInventory, SyncReport};

/// The objects of one kind, by id.
type Objects<T> = BTreeMap<String, Arc<T>>;

/// What was handed over under one tenant.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Inventory {
    managers: Objects<DeploymentManager>,
    pools: Objects<ResourcePool>,
    resources: Objects<Resource>,
    types: Objects<ResourceType>,
    packages: Objects<DeploymentPackage>,
    deployments: Objects<Deployment>,
}

/// How many objects came, changed and went.
#[derive(Default)]
struct Counts {
    created: u64,
    updated: u64,
    deleted: u64,
}

impl Inventory {
    /// Becomes equal to `new`; keeps what it has beyond when that is partial.
    ///
    /// # Errors
    /// `InvalidInput` when an id appears twice; nothing has changed then.
    pub(super) fn sync_infrastructure(&mut self, new: &InfrastructureInventory) -> Result<SyncReport> {
        let managers = by_id("deploymentManagers", &new.deployment_managers)?;
        let pools = by_id("resourcePools", &new.resource_pools)?;
        let resources = by_id("resources", &new.resources)?;
        let types = by_id("resourceTypes", &new.resource_types)?;
        let mut counts = Counts::default();
        counts.sync(&mut self.managers, managers, new.partial);
        counts.sync(&mut self.pools, pools, new.partial);
        counts.sync(&mut self.resources, resources, new.partial);
        counts.sync(&mut self.types, types, new.partial);
        Ok(counts.report())
    }

    /// As [`Self::sync_infrastructure`].
    ///
    /// # Errors
    /// As [`Self::sync_infrastructure`].
    pub(super) fn sync_deployments(&mut self, new: &DeploymentInventory) -> Result<SyncReport> {
        let packages = by_id("packages", &new.packages)?;
        let deployments = by_id("deployments", &new.deployments)?;
        let mut counts = Counts::default();
        counts.sync(&mut self.packages, packages, new.partial);
        counts.sync(&mut self.deployments, deployments, new.partial);
        Ok(counts.report())
    }

    pub(super) fn infrastructure(&self) -> InfrastructureInventory {
        let mut inventory = InfrastructureInventory::default();
        inventory.deployment_managers = values(&self.managers);
        inventory.resource_pools = values(&self.pools);
        inventory.resources = values(&self.resources);
        inventory.resource_types = values(&self.types);
        inventory
    }

    pub(super) fn deployments(&self) -> DeploymentInventory {
        let mut inventory = DeploymentInventory::default();
        inventory.packages = values(&self.packages);
        inventory.deployments = values(&self.deployments);
        inventory
    }
}

impl Counts {
    fn sync<T: PartialEq>(&mut self, known: &mut Objects<T>, new: Objects<T>, partial: bool) {
        if !partial {
            let before = known.len();
            known.retain(|id, _| new.contains_key(id));
            self.deleted += (before - known.len()) as u64;
        }
        for (id, object) in new {
            match known.get(&id) {
                Some(same) if *same == object => continue,
                Some(_) => self.updated += 1,
                None => self.created += 1,
            }
            known.insert(id, object);
        }
    }

    fn report(&self) -> SyncReport {
        SyncReport::synced(self.created, self.updated, self.deleted)
    }
}

fn by_id<T: Model>(list: &str, objects: &[Arc<T>]) -> Result<Objects<T>> {
    let mut map = Objects::new();
    for (index, object) in objects.iter().enumerate() {
        if map.insert(object.id().to_owned(), Arc::clone(object)).is_some() {
            let reason = format!("the id '{}' appears twice", Excerpt(object.id()));
            return Err(Error::violation(format!("{list}[{index}]"), reason));
        }
    }
    Ok(map)
}

fn values<T>(objects: &Objects<T>) -> Vec<Arc<T>> {
    objects.values().cloned().collect()
}
