//! [`Node`]: a node, as far as it is shown.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/>

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use super::Condition;
use crate::kube::{Cached, Kind, Meta, Quantity};

pub(crate) const NODES: Kind = Kind::of_cluster("", "v1", "Node", "nodes");

/// A node. Its heartbeats are no change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) meta: Meta,
    pub(crate) spec: NodeSpec,
    pub(crate) status: NodeStatus,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeSpec {
    #[serde(rename = "providerID")]
    pub(crate) provider_id: Option<String>,
    pub(crate) unschedulable: bool,
    pub(crate) taints: Vec<Taint>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Taint {
    pub(crate) key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    pub(crate) effect: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeStatus {
    pub(crate) capacity: BTreeMap<String, String>,
    pub(crate) allocatable: BTreeMap<String, String>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) node_info: NodeInfo,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Address {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) address: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeInfo {
    pub(crate) architecture: String,
    pub(crate) operating_system: String,
    pub(crate) os_image: String,
    pub(crate) kernel_version: String,
    pub(crate) kubelet_version: String,
    pub(crate) container_runtime_version: String,
    #[serde(rename = "systemUUID")]
    pub(crate) system_uuid: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    spec: NodeSpec,
    #[serde(default)]
    status: NodeStatus,
}

impl Cached for Node {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let mut meta = Meta::from(object.metadata);
        // The version moves with every heartbeat; and of annotations only those of Cluster API and its like matter.
        meta.resource_version = String::new();
        meta.annotations
            .retain(|key, _| key.contains(".x-k8s.io/") || key.contains(".openshift.io/"));
        Some(Self {
            meta,
            spec: wire.spec,
            status: wire.status,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

const INSTANCE_TYPES: [&str; 2] = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];
const ZONES: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
const REGIONS: [&str; 2] = [
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];
const ROLE: &str = "node-role.kubernetes.io/";

impl Node {
    pub(crate) fn instance_type(&self) -> Option<&str> {
        self.first(INSTANCE_TYPES)
    }

    pub(crate) fn zone(&self) -> Option<&str> {
        self.first(ZONES)
    }

    pub(crate) fn region(&self) -> Option<&str> {
        self.first(REGIONS)
    }

    fn first(&self, labels: [&str; 2]) -> Option<&str> {
        labels.into_iter().find_map(|label| self.meta.label(label))
    }

    /// Its roles, in alphabetical order; the old name of the control plane is given as the new one.
    pub(crate) fn roles(&self) -> Vec<&str> {
        let roles = self.meta.labels.keys().filter_map(|label| label.strip_prefix(ROLE));
        let mut roles: Vec<_> = roles
            .map(|role| if role == "master" { "control-plane" } else { role })
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    pub(crate) fn capacity(&self, resource: &str) -> Option<Quantity> {
        Quantity::parse(self.status.capacity.get(resource)?)
    }
}
