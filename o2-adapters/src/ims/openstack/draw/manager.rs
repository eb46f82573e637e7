//! The deployment manager: the region itself.

use std::collections::BTreeSet;

use o2_ims::DeploymentManager;
use serde_json::json;

use super::{Settings, show};
use crate::ims::openstack::capacity::sum;
use crate::ims::openstack::read::World;

pub(super) fn manager(settings: &Settings, o_cloud: &str, world: &World) -> DeploymentManager {
    let zones: BTreeSet<&String> = world
        .aggregates
        .iter()
        .filter_map(|aggregate| aggregate.availability_zone.as_ref())
        .collect();
    let mut manager = DeploymentManager::new(world.region.as_str(), world.region.as_str());
    manager.description = format!("OpenStack region {}", world.region);
    o_cloud.clone_into(&mut manager.o_cloud_id);
    manager.service_uri = settings.service_uri.clone().unwrap_or_else(|| world.compute.clone());
    manager.supported_locations = zones.into_iter().cloned().collect();
    // A sum that lacks somebody would be wrong; none is only less.
    if !world.unknown_hosts && !world.unknown_capacity {
        let capacity = sum(world.capacity.values()).into_iter();
        manager.capacity = capacity.map(|(class, amount)| (class, json!(amount))).collect();
    }
    show(&mut manager.extensions, "computeVersion", &world.version);
    manager
}
