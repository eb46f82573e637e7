//! How a node is shown as a resource.

use std::collections::BTreeMap;

use o2_core::TenantId;
use o2_core::plugin::HealthStatus;
use o2_ims::model::{ObjectHealth, ResourceKind};
use o2_ims::{Resource, ResourceId, ResourcePoolId};
use serde_json::{Value, json};

use super::{Extended, Node, node_type_id};
use crate::kube::Quantity;

/// Where a node belongs, as the backend found out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NodePlace {
    pub(crate) id: ResourceId,
    pub(crate) pool: ResourcePoolId,
    pub(crate) tenant: Option<TenantId>,
}

/// Conditions that are bad when they hold. `Ready` is the one that is good.
const PRESSURES: [&str; 4] = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

/// How well a node is. One that is cordoned is well.
pub(crate) fn node_health(node: &Node) -> ObjectHealth {
    let conditions = &node.status.conditions;
    let Some(ready) = super::Condition::find(conditions, "Ready") else {
        return unwell(HealthStatus::Unhealthy, "it has never reported".to_owned());
    };
    if !ready.holds() {
        return unwell(HealthStatus::Unhealthy, ready.words());
    }
    let pressed = conditions
        .iter()
        .find(|condition| PRESSURES.contains(&condition.kind.as_str()) && condition.holds());
    match pressed {
        Some(pressed) => unwell(HealthStatus::Degraded, pressed.words()),
        None => ObjectHealth::new(HealthStatus::Healthy),
    }
}

fn unwell(status: HealthStatus, message: String) -> ObjectHealth {
    let mut health = ObjectHealth::new(status);
    health.message = Some(message).filter(|message| !message.is_empty());
    health
}

/// Whether it can be touched: only where the provider's id says that it is a bare machine.
pub(crate) fn resource_kind(provider_id: Option<&str>) -> ResourceKind {
    let bare = ["metal3://", "baremetalhost://", "equinixmetal://"];
    match provider_id {
        Some(id) if bare.iter().any(|scheme| id.starts_with(scheme)) => ResourceKind::Physical,
        _ => ResourceKind::Logical,
    }
}

/// A node, where it belongs.
pub(crate) fn node_resource(prefix: &'static str, node: &Node, place: NodePlace) -> Resource {
    let mut resource = Resource::new(place.id, node_type_id(node), place.pool);
    resource.name = Some(node.meta.name.clone());
    resource.description = description(node);
    resource.global_asset_id = asset_id(node);
    resource.tenant_id = place.tenant;
    resource.labels = node.meta.labels.clone();
    resource.health = Some(node_health(node));
    resource.created_at = node.meta.created;
    resource.extensions = Extended::new(prefix)
        .with("node", &node.meta.name)
        .with("nodeUid", &node.meta.uid)
        .with("providerId", &node.spec.provider_id)
        .with("roles", node.roles())
        .with("unschedulable", node.spec.unschedulable)
        .with("taints", &node.spec.taints)
        .with("zone", node.zone())
        .with("region", node.region())
        .with("addresses", &node.status.addresses)
        .with("capacity", amounts(&node.status.capacity))
        .with("allocatable", amounts(&node.status.allocatable))
        .with("conditions", conditions(node))
        .with("nodeInfo", &node.status.node_info)
        .done();
    resource
}

fn description(node: &Node) -> String {
    let roles = node.roles();
    let role = if roles.is_empty() {
        "worker".to_owned()
    } else {
        roles.join(", ")
    };
    match node.status.node_info.os_image.as_str() {
        "" => format!("Kubernetes node ({role})"),
        image => format!("Kubernetes node ({role}), {image}"),
    }
}

fn asset_id(node: &Node) -> Option<String> {
    let provider = node.spec.provider_id.clone().filter(|id| !id.is_empty());
    let uuid = &node.status.node_info.system_uuid;
    provider.or_else(|| (!uuid.is_empty()).then(|| uuid.clone()))
}

/// Amounts as the node writes them, and as numbers: processors in thousandths, everything else in units.
fn amounts(quantities: &BTreeMap<String, String>) -> BTreeMap<&str, Value> {
    let amount = |(name, text): (&'_ String, &'_ String)| match Quantity::parse(text) {
        Some(quantity) if name == "cpu" => json!({"quantity": text, "millicores": quantity.millis()}),
        Some(quantity) => json!({"quantity": text, "value": quantity.units()}),
        None => json!({"quantity": text}),
    };
    quantities
        .iter()
        .map(|entry| (entry.0.as_str(), amount(entry)))
        .collect()
}

fn conditions(node: &Node) -> BTreeMap<&str, &str> {
    let conditions = node.status.conditions.iter();
    conditions
        .map(|condition| (condition.kind.as_str(), condition.status.as_str()))
        .collect()
}
