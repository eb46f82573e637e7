//! The types of nodes: what a cloud calls them, or else what they have.

use o2_ims::model::{ResourceClass, ResourceKind};
use o2_ims::{ResourceType, ResourceTypeId};

use super::{Extended, Node};

/// What a node is of: its instance type, or else its processors, memory and architecture, `8cpu-32Gi-amd64`. Memory is
/// rounded, because machines of the same make differ by a few pages.
pub(crate) fn node_type_id(node: &Node) -> ResourceTypeId {
    ResourceTypeId::new(format!("node.{}", signature(node)))
}

fn signature(node: &Node) -> String {
    if let Some(instance_type) = node.instance_type() {
        return instance_type.to_owned();
    }
    const GIBI: i64 = 1 << 30;
    let cpus = node.capacity("cpu").unwrap_or_default().units();
    let memory = (node
        .capacity("memory")
        .unwrap_or_default()
        .units()
        .saturating_add(GIBI / 2))
        / GIBI;
    let architecture = match node.status.node_info.architecture.as_str() {
        "" => "unknown",
        known => known,
    };
    format!("{cpus}cpu-{memory}Gi-{architecture}")
}

/// The type that a node is an example of.
pub(crate) fn node_type(prefix: &'static str, o_cloud: &str, node: &Node, kind: ResourceKind) -> ResourceType {
    let signature = signature(node);
    let mut of_node = ResourceType::new(node_type_id(node), signature.clone());
    of_node.description = format!("Kubernetes node, {signature}");
    of_node.vendor = vendor(node.spec.provider_id.as_deref()).to_owned();
    of_node.model = signature;
    of_node.version = match node.status.node_info.architecture.as_str() {
        "" => "unknown".to_owned(),
        known => known.to_owned(),
    };
    of_node.resource_kind = kind;
    of_node.resource_class = ResourceClass::Compute;
    of_node.o_cloud_id = o_cloud.to_owned();
    of_node.extensions = Extended::new(prefix)
        .with("instanceType", node.instance_type())
        .with("operatingSystem", &node.status.node_info.operating_system)
        .done();
    of_node
}

/// Who made it, as far as the provider's id tells.
fn vendor(provider_id: Option<&str>) -> &'static str {
    let scheme = provider_id
        .and_then(|id| id.split_once("://"))
        .map(|(scheme, _)| scheme);
    match scheme {
        Some("aws") => "Amazon",
        Some("azure") => "Microsoft",
        Some("gce") => "Google",
        Some("vsphere") => "VMware",
        Some("openstack") => "OpenStack",
        Some("metal3" | "baremetalhost") => "Metal3",
        Some("equinixmetal") => "Equinix",
        Some("ibm" | "ibmpowervs") => "IBM",
        Some("nutanix") => "Nutanix",
        Some("docker" | "kind") => "Docker",
        _ => "unknown",
    }
}
