//! [`Machine`]: a machine that the Machine API made, or is making.

use kube::api::DynamicObject;
use serde::Deserialize;
use serde_json::Value;

use super::{Provider, ROLE_LABEL, SET_LABEL};
use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static MACHINES: Kind =
    Kind::of_namespaces("machine.openshift.io", "v1beta1", "Machine", "machines");

/// A machine.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Machine {
    pub(in super::super) meta: Meta,
    pub(in super::super) spec: MachineSpec,
    pub(in super::super) status: MachineStatus,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct MachineSpec {
    #[serde(rename = "providerID")]
    pub(in super::super) provider_id: Option<String>,
    provider_spec: ProviderSpec,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct ProviderSpec {
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct MachineStatus {
    pub(in super::super) phase: String,
    node_ref: Option<NodeRef>,
    pub(in super::super) error_reason: Option<String>,
    pub(in super::super) error_message: Option<String>,
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
        meta.annotations
            .retain(|key, _| [INSTANCE_STATE, HOST].contains(&key.as_str()));
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

const INSTANCE_STATE: &str = "machine.openshift.io/instance-state";
const HOST: &str = "metal3.io/BareMetalHost";

impl Machine {
    /// The name of the node that it became.
    pub(in super::super) fn node(&self) -> Option<&str> {
        self.status.node_ref.as_ref().map(|node| node.name.as_str())
    }

    /// The name of its set.
    pub(in super::super) fn set(&self) -> Option<&str> {
        let owner = self.meta.controller("MachineSet").map(|owner| owner.name.as_str());
        owner.or_else(|| self.meta.label(SET_LABEL))
    }

    pub(in super::super) fn role(&self) -> Option<&str> {
        self.meta.label(ROLE_LABEL)
    }

    pub(in super::super) fn is_control_plane(&self) -> bool {
        self.meta.controller("ControlPlaneMachineSet").is_some() || self.role() == Some("master")
    }

    /// `namespace/name` of the host that it runs on.
    pub(in super::super) fn host(&self) -> Option<&str> {
        self.meta.annotation(HOST)
    }

    pub(in super::super) fn instance_state(&self) -> Option<&str> {
        self.meta.annotation(INSTANCE_STATE)
    }

    pub(in super::super) fn provider(&self) -> Provider<'_> {
        Provider(&self.spec.provider_spec.value)
    }

    /// As the controller of the platform says, else as was asked for.
    pub(in super::super) fn instance_type(&self) -> Option<String> {
        let label = self.meta.label("machine.openshift.io/instance-type").map(str::to_owned);
        label.or_else(|| self.provider().instance_type())
    }

    pub(in super::super) fn zone(&self) -> Option<&str> {
        let label = self.meta.label("machine.openshift.io/zone");
        label.or_else(|| self.provider().zone())
    }

    pub(in super::super) fn region(&self) -> Option<&str> {
        let label = self.meta.label("machine.openshift.io/region");
        label.or_else(|| self.provider().region())
    }

    pub(in super::super) fn has_failed(&self) -> bool {
        self.status.phase == "Failed"
    }
}
