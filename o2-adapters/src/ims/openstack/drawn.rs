//! [`Drawn`]: what O2 shows of a region, by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};

/// What O2 shows of one reading of a region.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) managers: BTreeMap<String, Arc<DeploymentManager>>,
    pub(super) pools: BTreeMap<String, Arc<ResourcePool>>,
    pub(super) resources: BTreeMap<String, Arc<Resource>>,
    pub(super) types: BTreeMap<String, Arc<ResourceType>>,
}

/// The object with this id, if `context` may see it.
pub(super) fn found<T: Model>(context: &Context, objects: &BTreeMap<String, Arc<T>>, id: &str) -> Result<Arc<T>> {
    let object = objects.get(id).filter(|object| context.sees(object.tenant()));
    object.cloned().ok_or_else(|| Error::not_found(T::OBJECT, id))
}
