//! [`Group`]: a MachineDeployment, MachineSet or MachinePool, which is a pool.

use kube::api::DynamicObject;
use serde::Deserialize;

use super::machine::Reference;
use crate::kube::inventory::Condition;
use crate::kube::{Cached, Kind, Meta};

/// A group of machines, in either version.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Group {
    pub(in super::super) meta: Meta,
    /// `MachineDeployment`.
    pub(in super::super) kind: String,
    /// `cluster.x-k8s.io/v1beta2`.
    pub(in super::super) api_version: String,
    pub(in super::super) spec: GroupSpec,
    pub(in super::super) status: GroupStatus,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct GroupSpec {
    pub(in super::super) cluster_name: String,
    pub(in super::super) replicas: Option<u32>,
    pub(in super::super) paused: bool,
    /// Of MachinePools.
    pub(in super::super) failure_domains: Vec<String>,
    pub(in super::super) template: Template,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Template {
    pub(in super::super) spec: TemplateSpec,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct TemplateSpec {
    pub(in super::super) version: Option<String>,
    pub(in super::super) failure_domain: Option<String>,
    pub(in super::super) infrastructure_ref: Reference,
    pub(in super::super) bootstrap: Bootstrap,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Bootstrap {
    pub(in super::super) config_ref: Option<Reference>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct GroupStatus {
    pub(in super::super) replicas: u32,
    pub(in super::super) ready_replicas: u32,
    pub(in super::super) available_replicas: u32,
    /// Its name in v1beta1.
    updated_replicas: Option<u32>,
    /// Its name in v1beta2.
    up_to_date_replicas: Option<u32>,
    pub(in super::super) phase: String,
    pub(in super::super) conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    spec: GroupSpec,
    #[serde(default)]
    status: GroupStatus,
}

impl Cached for Group {
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        Some(Self {
            meta: Meta::from(object.metadata),
            kind: kind.name.clone().into_owned(),
            api_version: kind.api_version(),
            spec: wire.spec,
            status: wire.status,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Group {
    /// Whether it is a pool of its own: a set that a deployment manages is not.
    pub(in super::super) fn is_pool(&self) -> bool {
        self.kind != "MachineSet" || self.meta.controller("MachineDeployment").is_none()
    }

    /// How many machines are of the newest template.
    pub(in super::super) fn up_to_date(&self) -> Option<u32> {
        self.status.up_to_date_replicas.or(self.status.updated_replicas)
    }

    /// Where its machines are.
    pub(in super::super) fn failure_domain(&self) -> Option<String> {
        let template = self.spec.template.spec.failure_domain.clone();
        template.or_else(|| Some(self.spec.failure_domains.join(",")).filter(|domains| !domains.is_empty()))
    }

    /// Whether a ClusterClass topology owns it, and so writes over what others change.
    pub(in super::super) fn topology_owned(&self) -> bool {
        self.meta.labels.contains_key("topology.cluster.x-k8s.io/owned")
    }

    /// Who else decides about the number of machines, if somebody does.
    pub(in super::super) fn scaled_by(&self) -> Option<&str> {
        const BOUND: &str = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-";
        if let Some(manager) = self.meta.annotation("cluster.x-k8s.io/replicas-managed-by") {
            return Some(if manager.is_empty() {
                "another controller"
            } else {
                manager
            });
        }
        self.meta
            .annotations
            .keys()
            .any(|key| key.starts_with(BOUND))
            .then_some("the cluster autoscaler")
    }

    /// The bounds within which the autoscaler keeps it.
    pub(in super::super) fn bounds(&self) -> (Option<u32>, Option<u32>) {
        let bound = |side: &str| {
            let key = format!("cluster.x-k8s.io/cluster-api-autoscaler-node-group-{side}-size");
            self.meta.annotation(&key)?.parse().ok()
        };
        (bound("min"), bound("max"))
    }

    pub(in super::super) fn paused(&self) -> bool {
        self.spec.paused || self.meta.annotations.contains_key("cluster.x-k8s.io/paused")
    }
}
