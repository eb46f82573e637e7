//! How a machine is shown: by itself while it is no node, else as more about the node.

use o2_core::plugin::HealthStatus;
use o2_ims::model::{ObjectHealth, ResourceClass};
use o2_ims::{Resource, ResourceType, ResourceTypeId};

use super::PREFIX;
use crate::ims::kubernetes::capi::Machine;
use crate::kube::inventory::{Condition, Extended, NodePlace, resource_kind};

/// A machine that is no node here.
pub(super) fn machine_resource(machine: &Machine, place: NodePlace) -> Resource {
    let mut resource = Resource::new(place.id, type_id(machine), place.pool);
    resource.name = Some(machine.node().unwrap_or(&machine.meta.name).to_owned());
    resource.description = format!("Machine of the cluster {}", machine.spec.cluster_name);
    resource.global_asset_id = machine.spec.provider_id.clone();
    resource.tenant_id = place.tenant;
    resource.labels = machine.meta.labels.clone();
    resource.created_at = machine.meta.created;
    resource.health = Some(health(machine));
    extend(&mut resource, machine);
    resource
}

/// Adds what the machine says.
pub(super) fn extend(resource: &mut Resource, machine: &Machine) {
    let more = Extended::new(PREFIX)
        .with("machine", machine.meta.path())
        .with("machinePhase", &machine.status.phase)
        .with("clusterName", &machine.spec.cluster_name)
        .with("version", &machine.spec.version)
        .with("failureDomain", &machine.spec.failure_domain)
        .with("infrastructureRef", &machine.spec.infrastructure_ref)
        .with("deleting", machine.meta.deleting.then_some(true))
        .done();
    resource.extensions.extend(more);
    if resource.global_asset_id.is_none() {
        resource.global_asset_id.clone_from(&machine.spec.provider_id);
    }
}

fn health(machine: &Machine) -> ObjectHealth {
    let mut health = ObjectHealth::new(match machine.status.phase.as_str() {
        "Running" => HealthStatus::Healthy,
        "Failed" => HealthStatus::Unhealthy,
        _ => HealthStatus::Degraded,
    });
    let bad = machine
        .status
        .conditions
        .iter()
        .find(|condition| condition.kind == "Ready" && !condition.holds());
    health.message = bad.map(Condition::words).filter(|words| !words.is_empty());
    health
}

fn type_id(machine: &Machine) -> ResourceTypeId {
    ResourceTypeId::new(format!("machine.{}", infrastructure(machine)))
}

fn infrastructure(machine: &Machine) -> &str {
    match machine.spec.infrastructure_ref.kind.as_str() {
        "" => "unknown",
        kind => kind,
    }
}

/// The type of a machine of which there is no node to tell what it is.
pub(super) fn machine_type(o_cloud: &str, machine: &Machine) -> ResourceType {
    let infrastructure = infrastructure(machine);
    let mut of_machine = ResourceType::new(type_id(machine), infrastructure);
    of_machine.description = format!("Machine made by a {infrastructure}");
    of_machine.vendor = "unknown".to_owned();
    of_machine.model = infrastructure.to_owned();
    of_machine.version = "unknown".to_owned();
    of_machine.resource_kind = resource_kind(machine.spec.provider_id.as_deref());
    of_machine.resource_class = ResourceClass::Compute;
    of_machine.o_cloud_id = o_cloud.to_owned();
    of_machine
}
