//! How a group of Cluster API is shown as a pool.

use o2_core::Extensions;
use o2_core::plugin::HealthStatus;
use o2_ims::ResourcePool;
use o2_ims::model::ObjectHealth;

use super::PREFIX;
use crate::ims::kubernetes::capi::Group;
use crate::kube::inventory::{Condition, DESCRIPTION, Extended, Notes, user_labels};

/// A group as a pool.
pub(in super::super) fn pool(o_cloud: &str, group: &Group, tenant_label: &str) -> ResourcePool {
    let notes = Notes::of(&group.meta);
    let mut pool = ResourcePool::new(group.meta.uid.as_str(), group.meta.name.as_str());
    pool.description = group.meta.annotation(DESCRIPTION).unwrap_or_default().to_owned();
    pool.o_cloud_id = o_cloud.to_owned();
    pool.global_location_id = notes.global_location_id;
    pool.o_cloud_site_id = notes.o_cloud_site_id;
    pool.location = group.failure_domain();
    pool.replicas = Some(group.spec.replicas.unwrap_or(1));
    pool.tenant_id = group.meta.tenant(tenant_label);
    pool.labels = user_labels(&group.meta, tenant_label);
    pool.tags = notes.tags;
    pool.health = Some(health(group));
    pool.created_at = group.meta.created;
    pool.version = Some(group.meta.version());
    pool.extensions = extensions(group);
    pool.extensions.extend(notes.extensions);
    pool
}

fn health(group: &Group) -> ObjectHealth {
    let wanted = group.spec.replicas.unwrap_or(1);
    let status = match group.status.phase.as_str() {
        "Failed" => HealthStatus::Unhealthy,
        _ if group.status.ready_replicas < wanted => HealthStatus::Degraded,
        _ => HealthStatus::Healthy,
    };
    let mut health = ObjectHealth::new(status);
    if status != HealthStatus::Healthy {
        let available = Condition::find(&group.status.conditions, "Available");
        let reason = available.filter(|condition| !condition.holds()).map(Condition::words);
        health.message = reason.filter(|reason| !reason.is_empty());
    }
    health
}

fn extensions(group: &Group) -> Extensions {
    let template = &group.spec.template.spec;
    let (min, max) = group.bounds();
    Extended::new(PREFIX)
        .with("apiVersion", &group.api_version)
        .with("kind", &group.kind)
        .with("namespace", &group.meta.namespace)
        .with("clusterName", &group.spec.cluster_name)
        .with("version", &template.version)
        .with("infrastructureRef", &template.infrastructure_ref)
        .with("bootstrapConfigRef", &template.bootstrap.config_ref)
        .with("phase", &group.status.phase)
        .with("currentReplicas", group.status.replicas)
        .with("readyReplicas", group.status.ready_replicas)
        .with("availableReplicas", group.status.available_replicas)
        .with("upToDateReplicas", group.up_to_date())
        .with("minReplicas", min)
        .with("maxReplicas", max)
        .with("scaledBy", group.scaled_by())
        .with("topologyOwned", group.topology_owned().then_some(true))
        .with("paused", group.paused().then_some(true))
        .with("deleting", group.meta.deleting.then_some(true))
        .done()
}
