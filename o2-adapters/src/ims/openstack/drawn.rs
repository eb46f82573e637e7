//! [`Drawn`]: what O2 shows of a region, by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};

/// What O2 shows of one reading of a region.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) managers: BTreeMap<String, Arc<DeploymentManager>>,
    pub(super) pools: BTreeMap<String, Arc<ResourcePool>>,
    pub(super) resources: BTreeMap<String, Arc<Resource>>,
    pub(super) types: BTreeMap<String, Arc<ResourceType>>,
}
