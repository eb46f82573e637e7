//! How a set of machines, a control plane or a pool of one configuration is shown.

use o2_core::Extensions;
use o2_core::plugin::HealthStatus;
use o2_ims::ResourcePool;
use o2_ims::model::ObjectHealth;

use super::PREFIX;
use crate::ims::openshift::kinds::Group;
use crate::kube::inventory::{Condition, DESCRIPTION, Extended, Notes, Style, user_labels};

/// A group as a pool.
pub(in super::super) fn pool(style: Style<'_>, group: &Group) -> ResourcePool {
    let notes = Notes::of(&group.meta);
    let mut pool = ResourcePool::new(group.meta.uid.as_str(), group.meta.name.as_str());
    pool.description = group.meta.annotation(DESCRIPTION).unwrap_or_default().to_owned();
    pool.o_cloud_id = style.o_cloud.to_owned();
    pool.global_location_id = notes.global_location_id;
    pool.o_cloud_site_id = notes.o_cloud_site_id;
    let provider = group.provider();
    // A control plane is spread over several zones, which its template does not name.
    let zone = provider.zone().filter(|_| !group.is_control_plane());
    pool.location = zone.or(provider.region()).map(str::to_owned);
    pool.replicas = group.replicas();
    pool.tenant_id = group.meta.tenant(style.tenant_label);
    pool.labels = user_labels(&group.meta, style.tenant_label);
    pool.tags = notes.tags;
    pool.health = Some(if group.is_config_pool() {
        health_of_configuration(group)
    } else {
        health(group)
    });
    pool.created_at = group.meta.created;
    pool.version = Some(group.meta.version());
    pool.extensions = if group.is_config_pool() {
        of_configuration(group)
    } else {
        of_machines(group)
    };
    pool.extensions.extend(notes.extensions);
    pool
}

fn health(group: &Group) -> ObjectHealth {
    let wanted = group.replicas().unwrap_or_default();
    let status = match &group.status.error_reason {
        Some(reason) if !reason.is_empty() => HealthStatus::Unhealthy,
        _ if group.status.ready_replicas < wanted => HealthStatus::Degraded,
        _ => HealthStatus::Healthy,
    };
    let mut health = ObjectHealth::new(status);
    health.message.clone_from(&group.status.error_message);
    health
}

fn health_of_configuration(group: &Group) -> ObjectHealth {
    let status = &group.status;
    let degraded = Condition::find(&status.conditions, "Degraded").filter(|condition| condition.holds());
    let mut health = ObjectHealth::new(match degraded {
        Some(_) => HealthStatus::Unhealthy,
        None if status.ready_machine_count < status.machine_count => HealthStatus::Degraded,
        None => HealthStatus::Healthy,
    });
    let words = degraded.map(Condition::words);
    health.message = words.filter(|words| !words.is_empty());
    health
}

fn of_machines(group: &Group) -> Extensions {
    let (min, max) = group.bounds();
    let provider = group.provider();
    let offered = |name: &str| {
        let text = group.meta.annotation(&format!("machine.openshift.io/{name}"))?;
        text.parse::<u64>().ok()
    };
    Extended::new(PREFIX)
        .with("apiVersion", group.kind.api_version())
        .with("kind", &group.kind.name)
        .with("namespace", &group.meta.namespace)
        .with("platform", provider.platform())
        .with("instanceType", provider.instance_type())
        .with("zone", provider.zone())
        .with("region", provider.region())
        .with("cpusPerMember", offered("vCPU"))
        .with("memoryMebibytesPerMember", offered("memoryMb"))
        .with("gpusPerMember", offered("GPU"))
        .with("currentReplicas", group.status.replicas)
        .with("readyReplicas", group.status.ready_replicas)
        .with("availableReplicas", group.status.available_replicas)
        .with("deletePolicy", &group.spec.delete_policy)
        .with("state", &group.spec.state)
        .with("minReplicas", min)
        .with("maxReplicas", max)
        .with("authoritativeApi", group.authority())
        .with("errorReason", &group.status.error_reason)
        .with("deleting", group.meta.deleting.then_some(true))
        .done()
}

fn of_configuration(group: &Group) -> Extensions {
    let status = &group.status;
    Extended::new(PREFIX)
        .with("apiVersion", group.kind.api_version())
        .with("kind", &group.kind.name)
        .with("paused", group.spec.paused)
        .with("maxUnavailable", &group.spec.max_unavailable)
        .with("machines", status.machine_count)
        .with("readyMachines", status.ready_machine_count)
        .with("updatedMachines", status.updated_machine_count)
        .with("unavailableMachines", status.unavailable_machine_count)
        .with("degradedMachines", status.degraded_machine_count)
        .done()
}
