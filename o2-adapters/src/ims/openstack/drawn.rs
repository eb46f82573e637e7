//! [`Drawn`]: what O2 shows of a region, by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};
use o2_ims::{DeploymentManager, InventoryObject, Resource, ResourcePool, ResourceType};

/// What O2 shows of one reading of a region.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) managers: BTreeMap<String, Arc<DeploymentManager>>,
    pub(super) pools: BTreeMap<String, Arc<ResourcePool>>,
    pub(super) resources: BTreeMap<String, Arc<Resource>>,
    pub(super) types: BTreeMap<String, Arc<ResourceType>>,
    /// Whether nothing was left out because it could not be read.
    pub(super) complete: bool,
}

impl Drawn {
    /// Everything that `context` may see. What is referred to comes before what refers to it.
    pub(super) fn objects(&self, context: &Context) -> Vec<InventoryObject> {
        let managers = self.managers.values().cloned().map(InventoryObject::DeploymentManager);
        let types = self.types.values().cloned().map(InventoryObject::ResourceType);
        let pools = self.pools.values().cloned().map(InventoryObject::ResourcePool);
        let resources = self.resources.values().cloned().map(InventoryObject::Resource);
        let all = managers.chain(types).chain(pools).chain(resources);
        all.filter(|object| context.sees(object.tenant())).collect()
    }
}

/// The object with this id, if `context` may see it.
pub(super) fn found<T: Model>(context: &Context, objects: &BTreeMap<String, Arc<T>>, id: &str) -> Result<Arc<T>> {
    let object = objects.get(id).filter(|object| context.sees(object.tenant()));
    object.cloned().ok_or_else(|| Error::not_found(T::OBJECT, id))
}
