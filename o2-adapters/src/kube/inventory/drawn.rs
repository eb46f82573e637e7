//! [`Drawn`]: what O2 shows of a cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::TenantId;
use o2_ims::{Alarm, DeploymentManager, InventoryObject, Resource, ResourcePool, ResourceType};

use super::{LabelPools, Memo, StorageClass, Volume, storage_pool, volume_resource, volume_type};
use crate::kube::Meta;

/// What O2 shows, by id.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) managers: BTreeMap<String, Arc<DeploymentManager>>,
    pub(crate) pools: BTreeMap<String, Arc<ResourcePool>>,
    pub(crate) resources: BTreeMap<String, Arc<Resource>>,
    pub(crate) types: BTreeMap<String, Arc<ResourceType>>,
    pub(crate) alarms: BTreeMap<String, Arc<Alarm>>,
}

/// How everything is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'s> {
    /// What extensions begin with.
    pub(crate) prefix: &'static str,
    pub(crate) o_cloud: &'s str,
    pub(crate) tenant_label: &'s str,
}

impl Drawn {
    pub(crate) fn raise(&mut self, alarms: impl IntoIterator<Item = Alarm>) {
        let alarms = alarms.into_iter();
        self.alarms
            .extend(alarms.map(|alarm| (alarm.alarm_event_record_id.as_str().to_owned(), Arc::new(alarm))));
    }

    pub(crate) fn add_resource(&mut self, resource: Arc<Resource>) {
        self.resources
            .insert(resource.resource_id.as_str().to_owned(), resource);
    }

    /// Adds a type, unless one of that id is there.
    pub(crate) fn add_type(&mut self, id: &str, of: impl FnOnce() -> ResourceType) {
        if !self.types.contains_key(id) {
            self.types.insert(id.to_owned(), Arc::new(of()));
        }
    }

    pub(crate) fn add_pools(&mut self, labelled: LabelPools<'_>) {
        for pool in labelled.into_pools() {
            let id = pool.resource_pool_id.as_str().to_owned();
            self.pools.insert(id, Arc::new(pool));
        }
    }

    /// Adds volumes, their pool and their types.
    pub(crate) fn add_volumes(
        &mut self,
        style: Style<'_>,
        volumes: &[Arc<Volume>],
        classes: &[Arc<StorageClass>],
        memo: &mut Memo,
    ) {
        let Style { prefix, o_cloud, .. } = style;
        if !volumes.is_empty() {
            let pool = storage_pool(prefix, o_cloud, volumes.len());
            self.pools
                .insert(pool.resource_pool_id.as_str().to_owned(), Arc::new(pool));
        }
        for volume in volumes {
            let resource = memo.volume(volume, || {
                volume_resource(prefix, volume, volume.meta.tenant(style.tenant_label))
            });
            self.resources.insert(volume.meta.uid.clone(), resource);
        }
        let mut known: BTreeMap<&str, Option<&StorageClass>> = BTreeMap::new();
        for volume in volumes {
            known.insert(&volume.spec.storage_class_name, None);
        }
        for class in classes {
            known.insert(&class.meta.name, Some(class));
        }
        for (name, class) in known {
            let of_volume = volume_type(prefix, o_cloud, name, class);
            self.types
                .insert(of_volume.resource_type_id.as_str().to_owned(), Arc::new(of_volume));
        }
    }

    /// What was drawn before, without alarms.
    pub(crate) fn of(objects: Vec<InventoryObject>) -> Self {
        let mut drawn = Self::default();
        for object in objects {
            let id = object.id().to_owned();
            match object {
                InventoryObject::DeploymentManager(manager) => drop(drawn.managers.insert(id, manager)),
                InventoryObject::ResourceType(kind) => drop(drawn.types.insert(id, kind)),
                InventoryObject::ResourcePool(pool) => drop(drawn.pools.insert(id, pool)),
                InventoryObject::Resource(resource) => drop(drawn.resources.insert(id, resource)),
                _ => {}
            }
        }
        drawn
    }

    /// Everything but alarms, which are no part of the inventory. What is referred to comes before what refers to it.
    pub(crate) fn into_objects(self) -> Vec<InventoryObject> {
        let managers = self.managers.into_values().map(InventoryObject::DeploymentManager);
        let types = self.types.into_values().map(InventoryObject::ResourceType);
        let pools = self.pools.into_values().map(InventoryObject::ResourcePool);
        let resources = self.resources.into_values().map(InventoryObject::Resource);
        managers.chain(types).chain(pools).chain(resources).collect()
    }
}

/// Whose something is: what the first object says that says anything.
pub(crate) fn tenant_of<'m>(label: &str, metas: impl IntoIterator<Item = Option<&'m Meta>>) -> Option<TenantId> {
    metas.into_iter().flatten().find_map(|meta| meta.tenant(label))
}
