//! From what a cluster has to what O2 shows. Pure functions.

mod alarms;
mod home;
mod host_resource;
mod machine_resource;
mod manager;
mod pool;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_ims::Resource;

use super::Pools;
use super::kinds::{Group, Host, Machine, Operator, Site};
use crate::held::Drawn;
use crate::kube::inventory::{
    LabelPools, Memo, Node, NodePlace, StorageClass, Style, Volume, draw_volumes, node_alarms, node_resource,
    node_type, part, resource_kind, tenant_of,
};
use home::{Home, Homes};
pub(super) use pool::pool as group_pool;

/// The kind, which extensions begin with.
pub(super) const PREFIX: &str = "openshift";

/// What is drawn in which way.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) plugin: String,
    pub(super) o_cloud_id: Option<String>,
    pub(super) service_uri: Option<String>,
    pub(super) tenant_label: String,
    pub(super) pools: Pools,
    pub(super) host_pool_labels: Vec<String>,
    pub(super) pool_labels: Vec<String>,
}

/// What a cluster has, as far as one tenant may see it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) site: Arc<Site>,
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) machines: Vec<Arc<Machine>>,
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) hosts: Vec<Arc<Host>>,
    pub(super) volumes: Vec<Arc<Volume>>,
    pub(super) classes: Vec<Arc<StorageClass>>,
    pub(super) operators: Vec<Arc<Operator>>,
    /// Whether objects of other tenants are missing, so that what belongs to a set that is not there is somebody else's.
    pub(super) partial: bool,
}

impl Settings {
    /// The id of the O-Cloud.
    pub(super) fn o_cloud<'s>(&'s self, site: &'s Site) -> &'s str {
        self.o_cloud_id.as_deref().unwrap_or(&site.about.id)
    }
}

/// Draws everything; what is as it was in `memo` is the very same.
pub(super) fn draw(settings: &Settings, world: &World, memo: &mut Memo) -> Drawn {
    let style = Style {
        prefix: PREFIX,
        o_cloud: settings.o_cloud(&world.site),
        tenant_label: &settings.tenant_label,
    };
    let mut drawing = Drawing {
        style,
        homes: Homes::new(settings, world),
        by_hosts: settings.pools == Pools::BareMetalHosts,
        labelled: LabelPools::new(PREFIX, style.o_cloud),
        lived_in: BTreeSet::new(),
        hosts: BTreeSet::new(),
        drawn: Drawn::default(),
        memo,
    };
    drawing.members(world);
    let Drawing {
        labelled,
        lived_in,
        mut drawn,
        memo,
        ..
    } = drawing;
    let no_sets = !world.groups.iter().any(|group| group.is_set());
    for group in &world.groups {
        let shown = match settings.pools {
            Pools::MachineSets if group.is_config_pool() => no_sets,
            Pools::MachineSets => true,
            Pools::MachineConfigPools => group.is_config_pool(),
            Pools::BareMetalHosts => false,
        };
        if shown || lived_in.contains(group.meta.uid.as_str()) {
            let pool = memo.pool(group, || group_pool(style, group));
            drawn.add_shared(pool);
            drawn.add_all(alarms::of_group(group, style.tenant_label));
        }
    }
    drawn.add_all(labelled.into_pools());
    draw_volumes(&mut drawn, style, &world.volumes, &world.classes, memo);
    drawn.add_all(alarms::of_operators(&world.operators, &world.site));
    let manager = manager::manager(settings, world);
    drawn.add(manager);
    memo.forget_unused();
    drawn
}

struct Drawing<'w> {
    style: Style<'w>,
    homes: Homes<'w>,
    /// Whether hosts are resources of their own.
    by_hosts: bool,
    labelled: LabelPools<'w>,
    /// The groups that something belongs to.
    lived_in: BTreeSet<&'w str>,
    /// The hosts that have been drawn.
    hosts: BTreeSet<&'w str>,
    drawn: Drawn,
    memo: &'w mut Memo,
}

/// What stands behind one resource.
#[derive(Debug, Clone, Copy, Default)]
struct Behind<'w> {
    node: Option<&'w Arc<Node>>,
    machine: Option<&'w Arc<Machine>>,
    host: Option<&'w Arc<Host>>,
}

impl<'w> Drawing<'w> {
    fn members(&mut self, world: &'w World) {
        for node in &world.nodes {
            let machine = self.homes.machine_of(node);
            self.add(Behind {
                node: Some(node),
                machine,
                host: machine.and_then(|machine| self.homes.host_of(machine)),
            });
        }
        for machine in &world.machines {
            if !self.homes.is_node(machine) {
                self.add(Behind {
                    node: None,
                    machine: Some(machine),
                    host: self.homes.host_of(machine),
                });
            }
        }
        for host in world.hosts.iter().filter(|_| self.by_hosts).collect::<Vec<_>>() {
            if !self.hosts.contains(host.meta.uid.as_str()) {
                self.add(Behind {
                    host: Some(host),
                    ..Behind::default()
                });
            }
        }
    }

    fn add(&mut self, behind: Behind<'w>) {
        let Some(home) = self.homes.of(behind) else {
            return;
        };
        let Some(place) = self.place(behind, &home) else {
            return;
        };
        self.count(behind, &home);
        let by_hosts = self.by_hosts;
        let parts = [behind.node.map(part), behind.machine.map(part), behind.host.map(part)];
        let resource = self
            .memo
            .resource(&place, parts, || behind.resource(place.clone(), by_hosts));
        self.add_type(behind, &resource);
        if let Some(node) = behind.node {
            self.drawn.add_all(node_alarms(node, &resource));
        }
        if let Some(machine) = behind.machine {
            self.drawn.add_all(alarms::of_machine(machine, &resource));
        }
        if let Some(host) = behind.host {
            self.drawn.add_all(alarms::of_host(host, &resource));
        }
        self.drawn.add_shared(resource);
    }

    /// Where it is shown: as the host where hosts are shown, else as the machine, which it was before it was a node.
    fn place(&self, behind: Behind<'w>, home: &Home<'w>) -> Option<NodePlace> {
        let node = behind.node.map(|node| &node.meta);
        let machine = behind.machine.map(|machine| &machine.meta);
        let host = behind.host.map(|host| &host.meta);
        let id = host.filter(|_| self.by_hosts).or(machine).or(node)?;
        let owners = [node, machine, host, home.group().map(|group| &group.meta)];
        Some(NodePlace {
            id: id.uid.as_str().into(),
            pool: home.pool_id(),
            tenant: tenant_of(self.style.tenant_label, owners),
        })
    }

    fn count(&mut self, behind: Behind<'w>, home: &Home<'w>) {
        if let Some(host) = behind.host {
            self.hosts.insert(&host.meta.uid);
        }
        match (*home, behind) {
            (Home::Group(group), _) => {
                self.lived_in.insert(&group.meta.uid);
            }
            (Home::Common(common), Behind { host: Some(host), .. }) if self.by_hosts => {
                self.labelled.add_host(common, host.is_well(), host.site());
            }
            (Home::Common(common), Behind { node: Some(node), .. }) => self.labelled.add(common, node),
            (Home::Common(common), _) => self.labelled.add_machine(common),
        }
    }

    fn add_type(&mut self, behind: Behind<'w>, resource: &Resource) {
        let (o_cloud, by_hosts) = (self.style.o_cloud, self.by_hosts);
        self.drawn.add_new(resource.resource_type_id.as_str(), || match behind {
            Behind { host: Some(host), .. } if by_hosts => host_resource::host_type(o_cloud, host),
            Behind { node: Some(node), .. } => {
                let kind = resource_kind(node.spec.provider_id.as_deref());
                node_type(PREFIX, o_cloud, node, kind)
            }
            Behind { machine, .. } => {
                machine_resource::machine_type(o_cloud, machine.map(AsRef::as_ref), &resource.resource_type_id)
            }
        });
    }
}

impl Behind<'_> {
    fn resource(self, place: NodePlace, by_hosts: bool) -> Resource {
        let mut resource = match (self.node, self.machine, self.host) {
            (Some(node), ..) => node_resource(PREFIX, node, place),
            (None, _, Some(host)) if by_hosts => host_resource::host_resource(host, place),
            (None, Some(machine), _) => machine_resource::machine_resource(machine, place),
            (None, None, Some(host)) => host_resource::host_resource(host, place),
            (None, None, None) => Resource::new(place.id, "unknown", place.pool),
        };
        if let Some(machine) = self.machine {
            machine_resource::extend(&mut resource, machine);
        }
        if let Some(host) = self.host {
            host_resource::extend(&mut resource, host, by_hosts);
        }
        resource
    }
}
