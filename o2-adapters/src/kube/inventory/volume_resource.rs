//! How volumes are shown: resources of one pool, of the types that storage classes are.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::TenantId;
use o2_core::plugin::HealthStatus;
use o2_ims::model::{ObjectHealth, ResourceClass, ResourceKind};
use o2_ims::{Resource, ResourcePool, ResourceType, ResourceTypeId};

use super::{Extended, Memo, StorageClass, Style, Volume};
use crate::held::Drawn;
use crate::kube::Quantity;

/// The id of the pool that all volumes belong to.
const STORAGE_POOL: &str = "storage";

/// Adds volumes, their pool and their types.
pub(crate) fn draw_volumes(
    drawn: &mut Drawn,
    style: Style<'_>,
    volumes: &[Arc<Volume>],
    classes: &[Arc<StorageClass>],
    memo: &mut Memo,
) {
    let Style { prefix, o_cloud, .. } = style;
    if !volumes.is_empty() {
        drawn.add(storage_pool(prefix, o_cloud, volumes.len()));
    }
    for volume in volumes {
        drawn.add_shared(memo.volume(volume, || {
            volume_resource(prefix, volume, volume.meta.tenant(style.tenant_label))
        }));
    }
    let mut known: BTreeMap<&str, Option<&StorageClass>> = BTreeMap::new();
    for volume in volumes {
        known.insert(&volume.spec.storage_class_name, None);
    }
    for class in classes {
        known.insert(&class.meta.name, Some(class));
    }
    for (name, class) in known {
        drawn.add(volume_type(prefix, o_cloud, name, class));
    }
}

/// The pool of a cluster's volumes.
fn storage_pool(prefix: &'static str, o_cloud: &str, volumes: usize) -> ResourcePool {
    let mut pool = ResourcePool::new(STORAGE_POOL, STORAGE_POOL);
    pool.description = "The persistent volumes of the cluster".to_owned();
    pool.o_cloud_id = o_cloud.to_owned();
    pool.extensions = Extended::new(prefix).with("members", volumes).done();
    pool
}

fn volume_type_id(class: &str) -> ResourceTypeId {
    ResourceTypeId::new(match class {
        "" => "storage.none".to_owned(),
        class => format!("storage.{class}"),
    })
}

/// The type of the volumes of a class; of the class itself nothing may be known any more.
fn volume_type(prefix: &'static str, o_cloud: &str, name: &str, class: Option<&StorageClass>) -> ResourceType {
    let shown = if name.is_empty() { "none" } else { name };
    let mut of_volume = ResourceType::new(volume_type_id(name), shown);
    of_volume.description = match name {
        "" => "Volumes without a storage class".to_owned(),
        name => format!("Volumes of the storage class {name}"),
    };
    let provisioner = class.map_or("", |class| class.class.provisioner.as_str());
    of_volume.vendor = if provisioner.is_empty() { "unknown" } else { provisioner }.to_owned();
    of_volume.model = shown.to_owned();
    of_volume.version = "v1".to_owned();
    of_volume.resource_kind = ResourceKind::Logical;
    of_volume.resource_class = ResourceClass::Storage;
    of_volume.o_cloud_id = o_cloud.to_owned();
    if let Some(StorageClass { class, .. }) = class {
        of_volume.extensions = Extended::new(prefix)
            .with("provisioner", &class.provisioner)
            .with("parameters", &class.parameters)
            .with("reclaimPolicy", &class.reclaim_policy)
            .with("volumeBindingMode", &class.volume_binding_mode)
            .with("allowVolumeExpansion", class.allow_volume_expansion)
            .done();
    }
    of_volume
}

fn volume_resource(prefix: &'static str, volume: &Volume, tenant: Option<TenantId>) -> Resource {
    let spec = &volume.spec;
    let class = volume_type_id(&spec.storage_class_name);
    let mut resource = Resource::new(volume.meta.uid.as_str(), class, STORAGE_POOL);
    resource.name = Some(volume.meta.name.clone());
    let size = spec.capacity.get("storage").map_or("", String::as_str);
    resource.description = format!("Persistent volume {size}").trim_end().to_owned();
    resource.global_asset_id = spec
        .csi
        .as_ref()
        .map(|csi| csi.volume_handle.clone())
        .filter(|id| !id.is_empty());
    resource.tenant_id = tenant;
    resource.labels = volume.meta.labels.clone();
    resource.health = Some(health(volume));
    resource.created_at = volume.meta.created;
    resource.version = Some(volume.meta.version());
    resource.extensions = Extended::new(prefix)
        .with("capacity", size)
        .with("capacityBytes", Quantity::parse(size).map(Quantity::units))
        .with("phase", &volume.phase)
        .with("accessModes", &spec.access_modes)
        .with("storageClass", &spec.storage_class_name)
        .with("reclaimPolicy", &spec.persistent_volume_reclaim_policy)
        .with("volumeMode", &spec.volume_mode)
        .with("claim", &spec.claim_ref)
        .with("csiDriver", spec.csi.as_ref().map(|csi| csi.driver.as_str()))
        .done();
    resource
}

fn health(volume: &Volume) -> ObjectHealth {
    match volume.phase.as_str() {
        "Failed" => {
            let mut health = ObjectHealth::new(HealthStatus::Unhealthy);
            health.message = Some(volume.message.clone()).filter(|message| !message.is_empty());
            health
        }
        _ => ObjectHealth::new(HealthStatus::Healthy),
    }
}
