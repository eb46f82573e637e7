//! Resources: hypervisors, or servers.

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_ims::Resource;
use o2_ims::model::ObjectHealth;

use super::homes::Homes;
use super::{show, time, types};
use crate::ims::openstack::capacity::Capacity;
use crate::ims::openstack::wire::{Hypervisor, Server};

pub(super) fn hypervisor(hypervisor: &Hypervisor, homes: &Homes, capacity: Option<&Arc<Capacity>>) -> Resource {
    let home = homes.of_host(&hypervisor.service.host);
    let mut resource = Resource::new(
        hypervisor.id.as_str(),
        types::of_hypervisor(hypervisor),
        home.pool.as_str(),
    );
    resource.name = Some(hypervisor.hypervisor_hostname.clone());
    resource.description.clone_from(&hypervisor.hypervisor_hostname);
    resource.global_asset_id = Some(hypervisor.id.clone());
    resource.tenant_id.clone_from(&home.tenant);
    resource.health = hypervisor_health(hypervisor);
    let extensions = &mut resource.extensions;
    show(extensions, "host", &hypervisor.service.host);
    show(extensions, "hypervisorType", &hypervisor.hypervisor_type);
    show(extensions, "hypervisorVersion", hypervisor.hypervisor_version);
    show(extensions, "hostIp", &hypervisor.host_ip);
    show(extensions, "state", &hypervisor.state);
    show(extensions, "status", &hypervisor.status);
    show(extensions, "disabledReason", &hypervisor.service.disabled_reason);
    show(extensions, "vcpus", hypervisor.vcpus);
    show(extensions, "memoryMb", hypervisor.memory_mb);
    show(extensions, "localGb", hypervisor.local_gb);
    show(extensions, "aggregates", &home.aggregates);
    show(extensions, "capacity", capacity.map(Arc::as_ref));
    resource
}

/// A word that nobody knows yet says nothing about how well a host is.
fn hypervisor_health(hypervisor: &Hypervisor) -> Option<ObjectHealth> {
    match (hypervisor.state.as_deref(), hypervisor.status.as_deref()) {
        (Some("down"), _) => {
            let mut health = ObjectHealth::new(HealthStatus::Unhealthy);
            health.message = Some("the compute service does not report".to_owned());
            Some(health)
        }
        (Some("up"), Some("disabled")) => {
            let mut health = ObjectHealth::new(HealthStatus::Degraded);
            let reason = hypervisor.service.disabled_reason.as_deref();
            health.message = Some(reason.map_or_else(|| "disabled".to_owned(), |reason| format!("disabled: {reason}")));
            Some(health)
        }
        (Some("up"), _) => Some(ObjectHealth::new(HealthStatus::Healthy)),
        _ => None,
    }
}

pub(super) fn server(server: &Server, homes: &Homes) -> Resource {
    let home = homes.of_server(server.host.as_deref(), server.zone.as_deref());
    let mut resource = Resource::new(server.id.as_str(), types::of_server(server), home.pool.as_str());
    resource.name.clone_from(&server.name);
    resource.description = server.name.clone().unwrap_or_default();
    resource.global_asset_id = Some(server.id.clone());
    resource.tenant_id.clone_from(&home.tenant);
    resource.labels.clone_from(&server.metadata);
    resource.created_at = time(server.created.as_deref());
    resource.updated_at = time(server.updated.as_deref());
    resource.health = server_health(server);
    let extensions = &mut resource.extensions;
    show(extensions, "status", &server.status);
    show(extensions, "vmState", &server.vm_state);
    show(extensions, "taskState", &server.task_state);
    show(extensions, "projectId", &server.tenant_id);
    show(extensions, "host", &server.host);
    show(extensions, "availabilityZone", &server.zone);
    show(extensions, "addresses", &server.addresses);
    resource
}

fn server_health(server: &Server) -> Option<ObjectHealth> {
    let status = match server.status.as_deref()? {
        "ACTIVE" => HealthStatus::Healthy,
        "ERROR" => HealthStatus::Unhealthy,
        "BUILD" | "REBUILD" | "MIGRATING" | "RESIZE" | "VERIFY_RESIZE" | "REBOOT" | "HARD_REBOOT" | "RESCUE"
        | "PASSWORD" | "PAUSED" | "SUSPENDED" | "SHUTOFF" => HealthStatus::Degraded,
        _ => return None,
    };
    let mut health = ObjectHealth::new(status);
    if status != HealthStatus::Healthy {
        health.message.clone_from(&server.status);
    }
    Some(health)
}
