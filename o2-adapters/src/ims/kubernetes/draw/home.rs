//! [`Homes`]: which pool a node or a machine belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use o2_ims::ResourcePoolId;

use super::{Settings, World};
use crate::ims::kubernetes::capi::{Group, Machine};
use crate::kube::inventory::{Common, Node};

/// The pool of something.
#[derive(Debug, Clone)]
pub(super) enum Home<'w> {
    /// A group of Cluster API.
    Group(&'w Arc<Group>),
    /// What nodes have in common.
    Common(Common<'w>),
}

impl<'w> Home<'w> {
    pub(super) fn pool_id(&self) -> ResourcePoolId {
        match self {
            Self::Group(group) => group.meta.uid.as_str().into(),
            Self::Common(common) => common.pool_id(),
        }
    }

    pub(super) fn group(&self) -> Option<&'w Arc<Group>> {
        match self {
            Self::Group(group) => Some(group),
            Self::Common(_) => None,
        }
    }

    pub(super) fn common(&self) -> Option<Common<'w>> {
        match self {
            Self::Common(common) => Some(*common),
            Self::Group(_) => None,
        }
    }
}

/// Which pool everything belongs to.
#[derive(Debug)]
pub(super) struct Homes<'w> {
    labels: &'w [String],
    partial: bool,
    /// By namespace and name.
    machines: BTreeMap<String, &'w Arc<Machine>>,
    /// By kind, and by namespace and name.
    groups: BTreeMap<(&'w str, String), &'w Arc<Group>>,
    /// The machines, by namespace and name, that nodes say they are.
    nodes: BTreeSet<String>,
}

impl<'w> Homes<'w> {
    pub(super) fn new(settings: &'w Settings, world: &'w World) -> Self {
        let machines: BTreeMap<_, _> = world
            .machines
            .iter()
            .map(|machine| (machine.meta.path(), machine))
            .collect();
        let pools = world.groups.iter().filter(|group| group.is_pool());
        Self {
            labels: &settings.pool_labels,
            partial: world.partial && !machines.is_empty(),
            machines,
            groups: pools
                .map(|group| ((group.kind.as_str(), group.meta.path()), group))
                .collect(),
            nodes: world.nodes.iter().filter_map(|node| machine_path(node)).collect(),
        }
    }

    /// The machine that a node is.
    pub(super) fn machine_of(&self, node: &Node) -> Option<&'w Arc<Machine>> {
        self.machines.get(&machine_path(node)?).copied()
    }

    /// The machines that are no node here: not yet, no more, or of another cluster.
    pub(super) fn without_node(&self) -> impl Iterator<Item = &'w Arc<Machine>> {
        let machines = self.machines.iter();
        machines
            .filter(|(path, _)| !self.nodes.contains(*path))
            .map(|(_, machine)| *machine)
    }

    /// `None` for one that belongs to somebody else.
    pub(super) fn of_node(&self, node: &'w Node, machine: Option<&'w Arc<Machine>>) -> Option<Home<'w>> {
        if let Some(machine) = machine {
            match self.group_of(machine) {
                Some(group) => return Some(Home::Group(group)),
                None if self.partial && machine.group().is_some() => return None,
                None => {}
            }
        } else if self.partial && machine_path(node).is_some() {
            return None;
        }
        Some(Home::Common(Common::of(node, self.labels)))
    }

    /// `None` for one that belongs to somebody else.
    pub(super) fn of_machine(&self, machine: &'w Machine) -> Option<Home<'w>> {
        match self.group_of(machine) {
            Some(group) => Some(Home::Group(group)),
            None if self.partial && machine.group().is_some() => None,
            None if machine.control_plane() => Some(Home::Common(Common {
                key: "role",
                value: "control-plane",
            })),
            None => Some(Home::Common(Common {
                key: "machines",
                value: &machine.spec.cluster_name,
            })),
        }
    }

    fn group_of(&self, machine: &Machine) -> Option<&'w Arc<Group>> {
        self.groups.get(&machine.group()?).copied()
    }
}

/// Namespace and name of the machine that a node says it is.
fn machine_path(node: &Node) -> Option<String> {
    let name = node.meta.annotation("cluster.x-k8s.io/machine")?;
    let namespace = node.meta.annotation("cluster.x-k8s.io/cluster-namespace")?;
    Some(format!("{namespace}/{name}"))
}
