//! [`Operator`]: a `ClusterOperator`, one of the parts that a cluster is made of.

use kube::api::DynamicObject;
use serde::Deserialize;

use crate::kube::inventory::Condition;
use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static OPERATORS: Kind =
    Kind::of_cluster("config.openshift.io", "v1", "ClusterOperator", "clusteroperators");

/// A part of the cluster, and how it is.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Operator {
    pub(in super::super) meta: Meta,
    pub(in super::super) conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    conditions: Vec<Condition>,
}

impl Cached for Operator {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        Some(Self {
            meta: Meta::from(object.metadata),
            conditions: wire.status.conditions,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}
