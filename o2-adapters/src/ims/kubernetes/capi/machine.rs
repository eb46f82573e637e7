//! [`Machine`]: a machine that Cluster API made, or is making.

use kube::api::DynamicObject;
use serde::{Deserialize, Serialize};

use crate::kube::inventory::Condition;
use crate::kube::{Cached, Kind, Meta};

/// A machine, in either version: what differs between them is read in both forms.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Machine {
    pub(in super::super) meta: Meta,
    pub(in super::super) spec: MachineSpec,
    pub(in super::super) status: MachineStatus,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct MachineSpec {
    pub(in super::super) cluster_name: String,
    #[serde(rename = "providerID")]
    pub(in super::super) provider_id: Option<String>,
    pub(in super::super) failure_domain: Option<String>,
    pub(in super::super) version: Option<String>,
    pub(in super::super) infrastructure_ref: Reference,
}

/// What an object refers to. `apiVersion` is of v1beta1, `apiGroup` of v1beta2.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Reference {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) api_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) api_group: Option<String>,
    pub(in super::super) kind: String,
    pub(in super::super) name: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct MachineStatus {
    pub(in super::super) phase: String,
    pub(in super::super) conditions: Vec<Condition>,
    node_ref: Option<NodeRef>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct NodeRef {
    name: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    spec: MachineSpec,
    #[serde(default)]
    status: MachineStatus,
}

impl Cached for Machine {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let mut meta = Meta::from(object.metadata);
        meta.annotations.clear();
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

impl Machine {
    /// The name of the node that it became.
    pub(in super::super) fn node(&self) -> Option<&str> {
        self.status.node_ref.as_ref().map(|node| node.name.as_str())
    }

    /// `namespace/name` of the group it belongs to, and the kind of that. A machine of a deployment also has the label of a
    /// set.
    pub(in super::super) fn group(&self) -> Option<(&'static str, String)> {
        let namespace = self.meta.namespace.as_deref().unwrap_or_default();
        let groups = [
            ("MachineDeployment", "cluster.x-k8s.io/deployment-name"),
            ("MachinePool", "cluster.x-k8s.io/pool-name"),
            ("MachineSet", "cluster.x-k8s.io/set-name"),
        ];
        groups.into_iter().find_map(|(kind, label)| {
            let name = self.meta.label(label)?;
            Some((kind, format!("{namespace}/{name}")))
        })
    }

    /// The cluster whose control plane it is part of.
    pub(in super::super) fn control_plane(&self) -> bool {
        self.meta.labels.contains_key("cluster.x-k8s.io/control-plane")
    }
}
