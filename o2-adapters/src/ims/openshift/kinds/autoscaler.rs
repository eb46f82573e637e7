//! [`Autoscaler`]: a `MachineAutoscaler`, which decides how many machines a set has.

use kube::api::DynamicObject;
use serde::Deserialize;

use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static AUTOSCALERS: Kind = Kind::of_namespaces(
    "autoscaling.openshift.io",
    "v1beta1",
    "MachineAutoscaler",
    "machineautoscalers",
);

/// What decides about the size of something else.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Autoscaler {
    pub(in super::super) meta: Meta,
    target: Target,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Target {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct Wire {
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    scale_target_ref: Target,
}

impl Cached for Autoscaler {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        Some(Self {
            meta: Meta::from(object.metadata),
            target: wire.spec.scale_target_ref,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Autoscaler {
    /// Whether it decides about this set.
    pub(in super::super) fn scales(&self, set: &Meta) -> bool {
        self.target.kind == "MachineSet" && self.target.name == set.name && self.meta.namespace == set.namespace
    }
}
