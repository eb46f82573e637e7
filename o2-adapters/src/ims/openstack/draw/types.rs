//! Resource types: what hosts are alike in, flavors, and kinds of volumes.

use o2_ims::ResourceType;
use o2_ims::model::{ResourceClass, ResourceKind};

use super::show;
use crate::ims::openstack::wire::{Flavor, Hypervisor, Server, VolumeType};

/// The id of the type of a host: hosts of the same hypervisor with the same processors and memory are of one type.
pub(super) fn of_hypervisor(hypervisor: &Hypervisor) -> String {
    let kind = hypervisor.hypervisor_type.as_deref().unwrap_or("unknown");
    let kind: String = kind
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let number = |value: Option<u64>| value.map_or_else(|| "unknown".to_owned(), |value| value.to_string());
    format!(
        "hypervisor-{kind}-{}-{}",
        number(hypervisor.vcpus),
        number(hypervisor.memory_mb)
    )
}

pub(super) fn hypervisor(o_cloud: &str, hypervisor: &Hypervisor) -> ResourceType {
    let kind = hypervisor.hypervisor_type.as_deref().unwrap_or("unknown");
    let mut of = ResourceType::new(of_hypervisor(hypervisor), format!("{kind} host"));
    let number = |value: Option<u64>| value.map_or_else(|| "?".to_owned(), |value| value.to_string());
    of.description = format!(
        "{kind} host with {} processors and {} MB of memory",
        number(hypervisor.vcpus),
        number(hypervisor.memory_mb)
    );
    kind.clone_into(&mut of.model);
    o_cloud.clone_into(&mut of.o_cloud_id);
    of.resource_kind = ResourceKind::Physical;
    of.resource_class = ResourceClass::Compute;
    show(&mut of.extensions, "vcpus", hypervisor.vcpus);
    show(&mut of.extensions, "memoryMb", hypervisor.memory_mb);
    of
}

/// The id of the type of a server. One in a cell that is down does not say its flavor.
pub(super) fn of_server(server: &Server) -> String {
    server
        .flavor
        .as_ref()
        .map_or_else(|| "flavor-unknown".to_owned(), |flavor| of_flavor(&flavor.id))
}

fn of_flavor(id: &str) -> String {
    format!("flavor-{id}")
}

pub(super) fn flavor(o_cloud: &str, flavor: &Flavor) -> ResourceType {
    let mut of = logical(o_cloud, of_flavor(&flavor.id), &flavor.name, ResourceClass::Compute);
    of.description = flavor.description.clone().unwrap_or_default();
    show(&mut of.extensions, "vcpus", flavor.vcpus);
    show(&mut of.extensions, "memoryMb", flavor.ram);
    show(&mut of.extensions, "diskGb", flavor.disk);
    show(&mut of.extensions, "extraSpecs", &flavor.extra_specs);
    of
}

/// A flavor of which only the id is left.
pub(super) fn lost_flavor(o_cloud: &str, id: &str) -> ResourceType {
    let mut of = logical(o_cloud, id.to_owned(), id, ResourceClass::Compute);
    "A flavor that is listed no more".clone_into(&mut of.description);
    of
}

pub(super) fn volume_type(o_cloud: &str, volume_type: &VolumeType) -> ResourceType {
    let id = format!("volume-type-{}", volume_type.id);
    let mut of = logical(o_cloud, id, &volume_type.name, ResourceClass::Storage);
    of.description = volume_type.description.clone().unwrap_or_default();
    show(&mut of.extensions, "extraSpecs", &volume_type.extra_specs);
    of
}

fn logical(o_cloud: &str, id: String, name: &str, class: ResourceClass) -> ResourceType {
    let mut of = ResourceType::new(id, name);
    o_cloud.clone_into(&mut of.o_cloud_id);
    of.resource_kind = ResourceKind::Logical;
    of.resource_class = class;
    of
}
