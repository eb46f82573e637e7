//! How a machine is shown: by itself while it is no node, else as more about the node.

use o2_core::plugin::HealthStatus;
use o2_ims::model::{ObjectHealth, ResourceClass};
use o2_ims::{Resource, ResourceType, ResourceTypeId};

use super::PREFIX;
use crate::ims::openshift::kinds::{Machine, Provider};
use crate::kube::inventory::{Extended, NodePlace, resource_kind};

/// A machine that is no node here.
pub(super) fn machine_resource(machine: &Machine, place: NodePlace) -> Resource {
    let mut resource = Resource::new(place.id, type_id(machine), place.pool);
    resource.name = Some(machine.node().unwrap_or(&machine.meta.name).to_owned());
    let role = machine.role().unwrap_or("worker");
    resource.description = format!("OpenShift machine ({role}), {}", phase(machine));
    resource.tenant_id = place.tenant;
    resource.labels = machine.meta.labels.clone();
    resource.created_at = machine.meta.created;
    resource.health = Some(health(machine));
    resource
}

/// Adds what the machine says.
pub(super) fn extend(resource: &mut Resource, machine: &Machine) {
    let more = Extended::new(PREFIX)
        .with("machine", machine.meta.path())
        .with("machinePhase", &machine.status.phase)
        .with("machineRole", machine.role())
        .with("machineSet", machine.set())
        .with("platform", machine.provider().platform())
        .with("instanceType", machine.instance_type())
        .with("instanceState", machine.instance_state())
        .with("errorReason", &machine.status.error_reason)
        .with("deleting", machine.meta.deleting.then_some(true))
        .done();
    resource.extensions.extend(more);
    // The node knows better, where there is one.
    let places = Extended::new(PREFIX)
        .with("zone", machine.zone())
        .with("region", machine.region())
        .done();
    for (key, value) in places {
        resource.extensions.entry(key).or_insert(value);
    }
    if resource.global_asset_id.is_none() {
        resource.global_asset_id.clone_from(&machine.spec.provider_id);
    }
}

fn phase(machine: &Machine) -> &str {
    match machine.status.phase.as_str() {
        "" => "not begun",
        known => known,
    }
}

fn health(machine: &Machine) -> ObjectHealth {
    let mut health = ObjectHealth::new(match machine.status.phase.as_str() {
        "Running" => HealthStatus::Healthy,
        "Failed" => HealthStatus::Unhealthy,
        _ => HealthStatus::Degraded,
    });
    health.message.clone_from(&machine.status.error_message);
    health
}

/// The same as it has as a node, where it can be known.
fn type_id(machine: &Machine) -> ResourceTypeId {
    ResourceTypeId::new(match machine.instance_type() {
        Some(instance_type) => format!("node.{instance_type}"),
        None => format!("machine.{}", machine.provider().kind().unwrap_or("unknown")),
    })
}

/// The type of a machine of which there is no node to tell what it is.
pub(super) fn machine_type(o_cloud: &str, machine: Option<&Machine>, id: &ResourceTypeId) -> ResourceType {
    let provider = machine.map(Machine::provider);
    let model = machine
        .and_then(Machine::instance_type)
        .or_else(|| provider.and_then(|provider| provider.kind().map(str::to_owned)))
        .unwrap_or_else(|| "unknown".to_owned());
    let mut of_machine = ResourceType::new(id.clone(), model.clone());
    let platform = provider.and_then(Provider::platform).unwrap_or("unknown");
    of_machine.description = format!("OpenShift machine, {model}");
    of_machine.vendor = vendor(platform).to_owned();
    of_machine.model = model;
    of_machine.version = "unknown".to_owned();
    of_machine.resource_kind = resource_kind(machine.and_then(|machine| machine.spec.provider_id.as_deref()));
    of_machine.resource_class = ResourceClass::Compute;
    of_machine.o_cloud_id = o_cloud.to_owned();
    of_machine
}

/// Who makes the machines of a platform, called as nodes are.
fn vendor(platform: &str) -> &str {
    match platform {
        "AWS" => "Amazon",
        "Azure" => "Microsoft",
        "GCP" => "Google",
        "VSphere" => "VMware",
        "BareMetal" => "Metal3",
        other => other,
    }
}
