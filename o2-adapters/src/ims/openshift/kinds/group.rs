//! [`Group`]: what can be a pool: a `MachineSet`, the `ControlPlaneMachineSet`, a `MachineConfigPool`.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde::Deserialize;
use serde_json::Value;

use super::Provider;
use crate::kube::inventory::{Condition, Node};
use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static MACHINE_SETS: Kind =
    Kind::of_namespaces("machine.openshift.io", "v1beta1", "MachineSet", "machinesets");
pub(in super::super) static CONTROL_PLANES: Kind = Kind::of_namespaces(
    "machine.openshift.io",
    "v1",
    "ControlPlaneMachineSet",
    "controlplanemachinesets",
);
pub(in super::super) static CONFIG_POOLS: Kind = Kind::of_cluster(
    "machineconfiguration.openshift.io",
    "v1",
    "MachineConfigPool",
    "machineconfigpools",
);

/// What can be a pool.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Group {
    pub(in super::super) meta: Meta,
    pub(in super::super) kind: Kind,
    pub(in super::super) spec: GroupSpec,
    pub(in super::super) status: GroupStatus,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct GroupSpec {
    pub(in super::super) replicas: Option<u32>,
    template: Template,
    pub(in super::super) delete_policy: String,
    #[serde(rename = "authoritativeAPI")]
    authoritative_api: String,
    /// `Active` or `Inactive`, of control planes.
    pub(in super::super) state: String,
    /// The rest is of `MachineConfigPools`.
    node_selector: Option<Selector>,
    pub(in super::super) paused: bool,
    pub(in super::super) max_unavailable: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Template {
    spec: TemplateSpec,
    /// Of control planes.
    machines_v1beta1_machine_openshift_io: Option<ControlPlaneTemplate>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct ControlPlaneTemplate {
    spec: TemplateSpec,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TemplateSpec {
    provider_spec: ProviderSpec,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct ProviderSpec {
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Selector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Expression>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Expression {
    key: String,
    operator: String,
    values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct GroupStatus {
    pub(in super::super) replicas: u32,
    pub(in super::super) ready_replicas: u32,
    pub(in super::super) available_replicas: u32,
    pub(in super::super) error_reason: Option<String>,
    pub(in super::super) error_message: Option<String>,
    pub(in super::super) conditions: Vec<Condition>,
    #[serde(rename = "authoritativeAPI")]
    authoritative_api: String,
    /// The rest is of `MachineConfigPools`.
    pub(in super::super) machine_count: u32,
    pub(in super::super) ready_machine_count: u32,
    pub(in super::super) updated_machine_count: u32,
    pub(in super::super) unavailable_machine_count: u32,
    pub(in super::super) degraded_machine_count: u32,
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
            kind: kind.clone(),
            spec: wire.spec,
            status: wire.status,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Group {
    pub(in super::super) fn is_set(&self) -> bool {
        self.kind.name == MACHINE_SETS.name
    }

    pub(in super::super) fn is_control_plane(&self) -> bool {
        self.kind.name == CONTROL_PLANES.name
    }

    pub(in super::super) fn is_config_pool(&self) -> bool {
        self.kind.name == CONFIG_POOLS.name
    }

    /// How many machines there are to be; nobody says that of a `MachineConfigPool`.
    pub(in super::super) fn replicas(&self) -> Option<u32> {
        (!self.is_config_pool()).then(|| self.spec.replicas.unwrap_or(1))
    }

    /// What its machines are made of.
    pub(in super::super) fn provider(&self) -> Provider<'_> {
        let template = &self.spec.template;
        let control_plane = template.machines_v1beta1_machine_openshift_io.as_ref();
        let spec = control_plane.map_or(&template.spec, |template| &template.spec);
        Provider(&spec.provider_spec.value)
    }

    /// Which API decides about it: `MachineAPI`, `ClusterAPI`, `Migrating`; nothing where there is but one.
    pub(in super::super) fn authority(&self) -> &str {
        match self.status.authoritative_api.as_str() {
            "" => &self.spec.authoritative_api,
            known => known,
        }
    }

    /// The bounds within which the autoscaler keeps it.
    pub(in super::super) fn bounds(&self) -> (Option<u32>, Option<u32>) {
        let bound = |side: &str| {
            let key = format!("machine.openshift.io/cluster-api-autoscaler-node-group-{side}-size");
            self.meta.annotation(&key)?.parse().ok()
        };
        (bound("min"), bound("max"))
    }

    /// Whether it is the pool of nodes with such labels.
    pub(in super::super) fn selects(&self, node: &Node) -> bool {
        let selector = self.spec.node_selector.as_ref();
        selector.is_some_and(|selector| selector.matches(&node.meta.labels))
    }
}

impl Selector {
    /// One without terms selects nothing, as the operator of machine configurations has it.
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let terms = self.match_labels.len() + self.match_expressions.len();
        let mut all = self.match_labels.iter();
        terms > 0
            && all.all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|term| term.matches(labels))
    }
}

impl Expression {
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let listed = value.is_some_and(|value| self.values.contains(value));
        match self.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}
