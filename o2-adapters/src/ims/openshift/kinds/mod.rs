//! The kinds of OpenShift, as far as infrastructure is concerned.
//!
//! <https://github.com/openshift/api>; hosts as <https://metal3.io/> has them.

mod autoscaler;
mod group;
mod host;
mod machine;
mod operator;
mod provider;
mod site;

pub(super) use autoscaler::{AUTOSCALERS, Autoscaler};
pub(super) use group::{CONFIG_POOLS, CONTROL_PLANES, Group, MACHINE_SETS};
pub(super) use host::{HOSTS, Host};
pub(super) use machine::{MACHINES, Machine};
pub(super) use operator::{OPERATORS, Operator};
pub(super) use provider::{Provider, set_zone};
pub(super) use site::Site;

/// The label that says which set a machine is of.
pub(super) const SET_LABEL: &str = "machine.openshift.io/cluster-api-machineset";
/// The label that says which cluster a machine is of.
pub(super) const CLUSTER_LABEL: &str = "machine.openshift.io/cluster-api-cluster";
/// The label that says what a machine is for: `master`, `worker`, `infra`.
pub(super) const ROLE_LABEL: &str = "machine.openshift.io/cluster-api-machine-role";
