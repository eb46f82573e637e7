//! [`Homes`]: which pool a node, a machine or a host belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use o2_ims::ResourcePoolId;

use super::{Behind, Settings, World};
use crate::ims::openshift::Pools;
use crate::ims::openshift::kinds::{CLUSTER_LABEL, Group, Host, Machine};
use crate::kube::inventory::{Common, Node};

/// The pool of something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Home<'w> {
    /// A set, a control plane or a pool of one configuration.
    Group(&'w Arc<Group>),
    /// What its members have in common.
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
}

/// Which pool everything belongs to.
#[derive(Debug)]
pub(super) struct Homes<'w> {
    settings: &'w Settings,
    partial: bool,
    /// Whether hosts of other tenants are missing.
    by_hosts_of_some: bool,
    /// By namespace and name.
    machines: BTreeMap<String, &'w Arc<Machine>>,
    /// By the name of the node that they are.
    by_node: BTreeMap<&'w str, &'w Arc<Machine>>,
    nodes: BTreeSet<&'w str>,
    /// The machines, by namespace and name, that nodes say they are.
    claimed: BTreeSet<&'w str>,
    /// By name: they are all in one namespace.
    sets: BTreeMap<&'w str, &'w Arc<Group>>,
    control_plane: Option<&'w Arc<Group>>,
    config_pools: Vec<&'w Arc<Group>>,
    /// By namespace and name.
    hosts: BTreeMap<String, &'w Arc<Host>>,
    /// By namespace and name of the machine that they are.
    by_machine: BTreeMap<String, &'w Arc<Host>>,
}

const MACHINE: &str = "machine.openshift.io/machine";

impl<'w> Homes<'w> {
    pub(super) fn new(settings: &'w Settings, world: &'w World) -> Self {
        let machines = world.machines.iter();
        let by_sets = settings.pools == Pools::MachineSets;
        let sets = world.groups.iter().filter(|group| by_sets && group.is_set());
        let hosts = world.hosts.iter();
        Self {
            settings,
            partial: world.partial && by_sets && !world.machines.is_empty(),
            by_hosts_of_some: world.partial && settings.pools == Pools::BareMetalHosts && !world.hosts.is_empty(),
            machines: machines.clone().map(|machine| (machine.meta.path(), machine)).collect(),
            by_node: machines
                .filter_map(|machine| Some((machine.node()?, machine)))
                .collect(),
            nodes: world.nodes.iter().map(|node| node.meta.name.as_str()).collect(),
            claimed: world
                .nodes
                .iter()
                .filter_map(|node| node.meta.annotation(MACHINE))
                .collect(),
            sets: sets.map(|set| (set.meta.name.as_str(), set)).collect(),
            control_plane: world.groups.iter().find(|group| by_sets && group.is_control_plane()),
            config_pools: ranked(world),
            hosts: hosts.clone().map(|host| (host.meta.path(), host)).collect(),
            by_machine: hosts.filter_map(|host| Some((host.machine()?, host))).collect(),
        }
    }

    /// The machine that a node is.
    pub(super) fn machine_of(&self, node: &Node) -> Option<&'w Arc<Machine>> {
        let says = node.meta.annotation(MACHINE).and_then(|path| self.machines.get(path));
        says.or_else(|| self.by_node.get(node.meta.name.as_str())).copied()
    }

    /// Whether a machine is one of the nodes.
    pub(super) fn is_node(&self, machine: &Machine) -> bool {
        self.claimed.contains(machine.meta.path().as_str())
            || machine.node().is_some_and(|node| self.nodes.contains(node))
    }

    /// The host that a machine runs on.
    pub(super) fn host_of(&self, machine: &Machine) -> Option<&'w Arc<Host>> {
        let says = machine.host().and_then(|path| self.hosts.get(path));
        says.or_else(|| self.by_machine.get(&machine.meta.path())).copied()
    }

    /// `None` for what belongs to somebody else.
    pub(super) fn of(&self, behind: Behind<'w>) -> Option<Home<'w>> {
        if let Some(host) = behind.host
            && self.settings.pools == Pools::BareMetalHosts
        {
            let (key, value) = host
                .pool(&self.settings.host_pool_labels)
                .unwrap_or(("hosts", "unassigned"));
            return Some(Home::Common(Common { key, value }));
        }
        if self.is_foreign(behind) {
            return None;
        }
        if let Some(group) = behind.machine.and_then(|machine| self.group_of(machine)) {
            return Some(Home::Group(group));
        }
        match (behind.node, behind.machine) {
            (Some(node), _) => Some(self.of_node(node)),
            (None, Some(machine)) => Some(self.of_machine(machine)),
            (None, None) => None,
        }
    }

    /// Whether its set, or its host, is one that is not to be seen.
    fn is_foreign(&self, behind: Behind<'w>) -> bool {
        if self.by_hosts_of_some && behind.host.is_none() {
            return behind.machine.is_some_and(|machine| machine.host().is_some());
        }
        let of_unseen_set = |machine: &Machine| machine.set().is_some_and(|set| !self.sets.contains_key(set));
        self.partial
            && match (behind.machine, behind.node) {
                (Some(machine), _) => of_unseen_set(machine),
                (None, Some(node)) => node.meta.annotation(MACHINE).is_some(),
                (None, None) => false,
            }
    }

    fn group_of(&self, machine: &Machine) -> Option<&'w Arc<Group>> {
        match machine.set() {
            Some(set) => self.sets.get(set).copied(),
            None => self.control_plane.filter(|_| machine.is_control_plane()),
        }
    }

    fn of_node(&self, node: &'w Node) -> Home<'w> {
        let pool = self.config_pools.iter().find(|pool| pool.selects(node));
        pool.map_or_else(
            || Home::Common(Common::of(node, &self.settings.pool_labels)),
            |pool| Home::Group(pool),
        )
    }

    /// One that is no node yet will have the configuration that its role asks for.
    fn of_machine(&self, machine: &'w Machine) -> Home<'w> {
        let role = machine.role();
        let pool = self
            .config_pools
            .iter()
            .find(|pool| Some(pool.meta.name.as_str()) == role);
        if let Some(pool) = pool {
            return Home::Group(pool);
        }
        Home::Common(match role {
            Some(role) => Common {
                key: "role",
                value: if role == "master" { "control-plane" } else { role },
            },
            None => Common {
                key: "machines",
                value: machine.meta.label(CLUSTER_LABEL).unwrap_or("unassigned"),
            },
        })
    }
}

/// The pools of configurations as their operator tries them: `master`, then those that users made, then `worker`.
fn ranked(world: &World) -> Vec<&Arc<Group>> {
    let mut pools: Vec<_> = world.groups.iter().filter(|group| group.is_config_pool()).collect();
    pools.sort_by_key(|pool| match pool.meta.name.as_str() {
        "master" => (0, ""),
        "worker" => (2, ""),
        other => (1, other),
    });
    pools
}
