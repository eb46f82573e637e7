//! Cluster API, as far as pools are concerned: groups of machines, and machines.
//!
//! <https://cluster-api.sigs.k8s.io/>; both versions that are served today, `v1beta1` and `v1beta2`.

mod group;
mod layout;
mod machine;

pub(super) use group::Group;
pub(super) use layout::Layout;
pub(super) use machine::Machine;

/// The group of the API.
pub(super) const GROUP: &str = "cluster.x-k8s.io";
