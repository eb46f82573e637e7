//! From what a cluster has to what O2 shows. Pure functions.

mod group_pool;
mod home;
mod label_pool;
mod machine_resource;
mod memo;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::TenantId;
use o2_ims::{Alarm, DeploymentManager, InventoryObject, Resource, ResourcePool, ResourceType};

use super::capi::{Group, Machine};
use crate::kube::inventory::{
    About, Node, NodePlace, StorageClass, Supplies, Volume, node_alarms, node_resource, node_type, resource_kind,
    storage_pool, volume_resource, volume_type,
};
pub(super) use group_pool::{DESCRIPTION, NOTES, Notes, is_of_system, pool as group_pool};
use home::Homes;
use label_pool::LabelPools;
use machine_resource::{machine_resource, machine_type};
pub(super) use memo::Memo;

/// The kind, which extensions begin with.
pub(super) const PREFIX: &str = "kubernetes";

/// What is drawn in which way.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) plugin: String,
    pub(super) o_cloud_id: Option<String>,
    pub(super) service_uri: String,
    pub(super) tenant_label: String,
    pub(super) pool_labels: Vec<String>,
}

/// What a cluster has, as far as one tenant may see it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) about: Arc<About>,
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) machines: Vec<Arc<Machine>>,
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) volumes: Vec<Arc<Volume>>,
    pub(super) classes: Vec<Arc<StorageClass>>,
    /// Whether objects of other tenants are missing, so that what belongs to a group that is not there is somebody else's.
    pub(super) partial: bool,
}

/// What O2 shows, by id.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub(super) managers: BTreeMap<String, Arc<DeploymentManager>>,
    pub(super) pools: BTreeMap<String, Arc<ResourcePool>>,
    pub(super) resources: BTreeMap<String, Arc<Resource>>,
    pub(super) types: BTreeMap<String, Arc<ResourceType>>,
    pub(super) alarms: BTreeMap<String, Arc<Alarm>>,
}

impl Settings {
    /// The id of the O-Cloud.
    fn o_cloud<'s>(&'s self, about: &'s About) -> &'s str {
        self.o_cloud_id.as_deref().unwrap_or(&about.id)
    }
}

impl Inventory {
    /// Draws everything; what is as it was in `memo` is the very same.
    pub(super) fn draw(settings: &Settings, world: &World, memo: &mut Memo) -> Self {
        let mut drawn = Self::default();
        let o_cloud = settings.o_cloud(&world.about);
        let homes = Homes::new(settings, world);
        let mut labelled = LabelPools::new(o_cloud);
        for node in &world.nodes {
            drawn.node(settings, o_cloud, &homes, &mut labelled, node, memo);
        }
        for machine in homes.without_node() {
            drawn.machine(settings, o_cloud, &homes, &mut labelled, machine, memo);
        }
        for group in world.groups.iter().filter(|group| group.is_pool()) {
            let pool = memo.pool(group, || group_pool(o_cloud, group, &settings.tenant_label));
            drawn.pools.insert(group.meta.uid.clone(), pool);
        }
        for pool in labelled.into_pools() {
            drawn
                .pools
                .insert(pool.resource_pool_id.as_str().to_owned(), Arc::new(pool));
        }
        drawn.volumes(settings, o_cloud, world, memo);
        let manager =
            Supplies::of(&world.nodes).manager(PREFIX, &world.about, &settings.plugin, o_cloud, &settings.service_uri);
        drawn.managers.insert(world.about.id.clone(), Arc::new(manager));
        memo.forget_unused();
        drawn
    }

    fn node(
        &mut self,
        settings: &Settings,
        o_cloud: &str,
        homes: &Homes<'_>,
        labelled: &mut LabelPools<'_>,
        node: &Arc<Node>,
        memo: &mut Memo,
    ) {
        let machine = homes.machine_of(node);
        let Some(home) = homes.of_node(node, machine) else {
            return;
        };
        labelled.add(&home, node);
        let tenant = tenant(
            &settings.tenant_label,
            [
                Some(&node.meta),
                machine.map(|machine| &machine.meta),
                home.group().map(|group| &group.meta),
            ],
        );
        let place = NodePlace {
            id: machine
                .map_or(&node.meta.uid, |machine| &machine.meta.uid)
                .as_str()
                .into(),
            pool: home.pool_id(),
            tenant,
        };
        let resource = memo.resource(node, machine, &place, || {
            let mut resource = node_resource(PREFIX, node, place.clone());
            if let Some(machine) = machine {
                machine_resource::extend(&mut resource, machine);
            }
            resource
        });
        self.alarms.extend(
            node_alarms(node, &resource)
                .into_iter()
                .map(|alarm| (alarm.alarm_event_record_id.as_str().to_owned(), Arc::new(alarm))),
        );
        let type_id = resource.resource_type_id.as_str();
        if !self.types.contains_key(type_id) {
            let kind = resource_kind(node.spec.provider_id.as_deref());
            let of_node = node_type(PREFIX, o_cloud, node, kind);
            self.types.insert(type_id.to_owned(), Arc::new(of_node));
        }
        self.resources
            .insert(resource.resource_id.as_str().to_owned(), resource);
    }

    fn machine(
        &mut self,
        settings: &Settings,
        o_cloud: &str,
        homes: &Homes<'_>,
        labelled: &mut LabelPools<'_>,
        machine: &Arc<Machine>,
        memo: &mut Memo,
    ) {
        let Some(home) = homes.of_machine(machine) else {
            return;
        };
        labelled.add_machine(&home);
        let tenant = tenant(
            &settings.tenant_label,
            [Some(&machine.meta), home.group().map(|group| &group.meta), None],
        );
        let place = NodePlace {
            id: machine.meta.uid.as_str().into(),
            pool: home.pool_id(),
            tenant,
        };
        let resource = memo.machine(machine, &place, || machine_resource(machine, place.clone()));
        let of_machine = machine_type(o_cloud, machine);
        self.types
            .entry(of_machine.resource_type_id.as_str().to_owned())
            .or_insert_with(|| Arc::new(of_machine));
        self.resources.insert(machine.meta.uid.clone(), resource);
    }

    fn volumes(&mut self, settings: &Settings, o_cloud: &str, world: &World, memo: &mut Memo) {
        if !world.volumes.is_empty() {
            let pool = storage_pool(PREFIX, o_cloud, world.volumes.len());
            self.pools
                .insert(pool.resource_pool_id.as_str().to_owned(), Arc::new(pool));
        }
        for volume in &world.volumes {
            let resource = memo.volume(volume, || {
                volume_resource(PREFIX, volume, volume.meta.tenant(&settings.tenant_label))
            });
            self.resources.insert(volume.meta.uid.clone(), resource);
        }
        let mut classes: BTreeMap<&str, Option<&StorageClass>> = BTreeMap::new();
        for volume in &world.volumes {
            classes.insert(&volume.spec.storage_class_name, None);
        }
        for class in &world.classes {
            classes.insert(&class.meta.name, Some(class));
        }
        for (name, class) in classes {
            let of_volume = volume_type(PREFIX, o_cloud, name, class);
            self.types
                .insert(of_volume.resource_type_id.as_str().to_owned(), Arc::new(of_volume));
        }
    }

    /// Everything but alarms, which are no part of the inventory. What is referred to comes before what refers to it.
    pub(super) fn into_objects(self) -> Vec<InventoryObject> {
        let managers = self.managers.into_values().map(InventoryObject::DeploymentManager);
        let types = self.types.into_values().map(InventoryObject::ResourceType);
        let pools = self.pools.into_values().map(InventoryObject::ResourcePool);
        let resources = self.resources.into_values().map(InventoryObject::Resource);
        managers.chain(types).chain(pools).chain(resources).collect()
    }
}

/// Whose something is: what the first object says that says anything.
fn tenant<'m>(label: &str, metas: impl IntoIterator<Item = Option<&'m crate::kube::Meta>>) -> Option<TenantId> {
    metas.into_iter().flatten().find_map(|meta| meta.tenant(label))
}
