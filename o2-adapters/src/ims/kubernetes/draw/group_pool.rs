//! How a group of Cluster API is shown as a pool, and where what only O2 knows about it is kept.

use o2_core::plugin::HealthStatus;
use o2_core::{Extensions, Labels};
use o2_ims::ResourcePool;
use o2_ims::model::ObjectHealth;
use serde::{Deserialize, Serialize};

use super::PREFIX;
use crate::ims::kubernetes::capi::Group;
use crate::kube::inventory::{Condition, Extended};

/// The annotation with a pool's description.
pub(in super::super) const DESCRIPTION: &str = "o2ims.oran.org/description";
/// The annotation with what else O2 knows about a pool and Cluster API has no place for.
pub(in super::super) const NOTES: &str = "o2ims.oran.org/pool";

/// What O2 knows about a pool and Cluster API has no place for; JSON in an annotation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Notes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) global_location_id: Option<String>,
    #[serde(rename = "oCloudSiteId", skip_serializing_if = "Option::is_none")]
    pub(in super::super) o_cloud_site_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tags: Vec<String>,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(in super::super) extensions: Extensions,
}

impl Notes {
    /// Those of a group; none when it has none, or somebody else wrote something there.
    pub(in super::super) fn of(group: &Group) -> Self {
        let notes = group.meta.annotation(NOTES);
        notes
            .and_then(|notes| serde_json::from_str(notes).ok())
            .unwrap_or_default()
    }
}

/// Whether a label is one of Kubernetes, Cluster API or a controller's, and so not the user's to change.
pub(in super::super) fn is_of_system(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else {
        return false;
    };
    ["k8s.io", "kubernetes.io", "o2ims.oran.org"].iter().any(|system| {
        domain == *system
            || domain
                .strip_suffix(system)
                .is_some_and(|rest| rest.ends_with(['.', '-']))
    })
}

/// A group as a pool.
pub(in super::super) fn pool(o_cloud: &str, group: &Group, tenant_label: &str) -> ResourcePool {
    let notes = Notes::of(group);
    let mut pool = ResourcePool::new(group.meta.uid.as_str(), group.meta.name.as_str());
    pool.description = group.meta.annotation(DESCRIPTION).unwrap_or_default().to_owned();
    pool.o_cloud_id = o_cloud.to_owned();
    pool.global_location_id = notes.global_location_id;
    pool.o_cloud_site_id = notes.o_cloud_site_id;
    pool.location = group.failure_domain();
    pool.replicas = Some(group.spec.replicas.unwrap_or(1));
    pool.tenant_id = group.meta.tenant(tenant_label);
    pool.labels = user_labels(group, tenant_label);
    pool.tags = notes.tags;
    pool.health = Some(health(group));
    pool.created_at = group.meta.created;
    pool.version = Some(group.meta.version());
    pool.extensions = extensions(group);
    pool.extensions.extend(notes.extensions);
    pool
}

fn user_labels(group: &Group, tenant_label: &str) -> Labels {
    let labels = group.meta.labels.iter();
    let users = labels.filter(|(key, _)| !is_of_system(key) && *key != tenant_label);
    users.map(|(key, value)| (key.clone(), value.clone())).collect()
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
