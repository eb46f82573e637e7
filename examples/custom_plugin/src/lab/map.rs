//! Between the controller's types and the models. Pure functions.

use o2_core::error::Excerpt;
use o2_core::model::Version;
use o2_core::plugin::HealthStatus;
use o2_core::{Context, Error, Result, TenantId};
use o2_ims::model::ObjectHealth;
use o2_ims::{NewResourcePool, Resource, ResourcePool, ResourcePoolUpdate, ResourceType};

use super::wire::{Group, Machine, Model, NewGroup, Power};

pub(super) fn pool(group: Group, o_cloud_id: &str) -> ResourcePool {
    let mut pool = ResourcePool::new(group.uuid, group.label);
    pool.description = group.note;
    pool.o_cloud_id = o_cloud_id.to_owned();
    pool.location = group.rack;
    pool.replicas = Some(group.size);
    pool.tenant_id = group.project.map(TenantId::new);
    pool.labels = group.tags;
    pool.extensions = group.props;
    pool.created_at = Some(group.created);
    pool.version = Some(Version::new(group.revision.to_string()));
    pool
}

pub(super) fn resource(machine: Machine, _: &str) -> Resource {
    let mut resource = Resource::new(machine.uuid, machine.model, machine.group);
    resource.name = Some(machine.serial.clone());
    resource.global_asset_id = Some(machine.serial);
    resource.tenant_id = machine.project.map(TenantId::new);
    resource.health = Some(ObjectHealth::new(match machine.power {
        Power::On => HealthStatus::Healthy,
        Power::Off => HealthStatus::Degraded,
        Power::Fault => HealthStatus::Unhealthy,
    }));
    resource
}

pub(super) fn resource_type(model: Model, o_cloud_id: &str) -> ResourceType {
    let mut resource_type = ResourceType::new(model.uuid, model.label.clone());
    resource_type.model = model.label;
    resource_type.vendor = model.maker;
    resource_type.o_cloud_id = o_cloud_id.to_owned();
    resource_type
}

/// A pool to create, as the controller takes it.
///
/// # Errors
/// `InvalidInput` naming what the controller cannot express.
pub(super) fn created<'a>(context: &'a Context, new: &'a NewResourcePool, o_cloud_id: &str) -> Result<NewGroup<'a>> {
    if new.resource_pool_id.is_some() {
        return Err(Error::violation(
            "resourcePoolId",
            "must be absent; the controller gives ids itself",
        ));
    }
    if let Some(id) = new.o_cloud_id.as_deref().filter(|id| *id != o_cloud_id) {
        let reason = format!("is '{}', but this O-Cloud is '{o_cloud_id}'", Excerpt(id));
        return Err(Error::violation("oCloudId", reason));
    }
    refuse([
        ("globalLocationId", new.global_location_id.is_some()),
        ("oCloudSiteId", new.o_cloud_site_id.is_some()),
        ("tags", !new.tags.is_empty()),
    ])?;
    Ok(NewGroup {
        label: &new.name,
        note: &new.description,
        rack: new.location.as_deref(),
        size: new.replicas,
        tags: &new.labels,
        props: &new.extensions,
        project: context.tenant().map(TenantId::as_str),
    })
}

/// The new state of a pool, as the controller takes it.
///
/// # Errors
/// `InvalidInput` naming what the controller cannot express.
pub(super) fn updated(update: &ResourcePoolUpdate) -> Result<NewGroup<'_>> {
    refuse([
        ("globalLocationId", update.global_location_id.is_some()),
        ("oCloudSiteId", update.o_cloud_site_id.is_some()),
        ("tags", !update.tags.is_empty()),
    ])?;
    Ok(NewGroup {
        label: &update.name,
        note: &update.description,
        rack: update.location.as_deref(),
        size: update.replicas,
        tags: &update.labels,
        props: &update.extensions,
        project: None,
    })
}

/// Refuses the first attribute that is given.
fn refuse<const N: usize>(attributes: [(&str, bool); N]) -> Result<()> {
    match attributes.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Error::violation(name, "must be absent; the controller cannot keep it")),
        None => Ok(()),
    }
}
