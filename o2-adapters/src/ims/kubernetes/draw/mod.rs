//! From what a cluster has to what O2 shows. Pure functions.

mod group_pool;
mod home;
mod machine_resource;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::capi::{Group, Machine};
use crate::held::Drawn;
use crate::kube::inventory::{
    About, LabelPools, Memo, Node, NodePlace, StorageClass, Style, Supplies, Volume, draw_volumes, node_alarms,
    node_resource, node_type, part, resource_kind, tenant_of,
};
pub(super) use group_pool::pool as group_pool;
use home::Homes;
use machine_resource::{machine_resource, machine_type};

/// The kind, which extensions begin with.
pub(super) const PREFIX: &str = "kubernetes";

/// What is drawn in which way.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) plugin: String,
    pub(super) o_cloud_id: Option<String>,
    pub(super) service_uri: String,
    pub(super) tenant_label: String,
    pub(super) pool_labels: Vec<String>,
}

/// What a cluster has, as far as one tenant may see it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) about: Arc<About>,
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) machines: Vec<Arc<Machine>>,
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) volumes: Vec<Arc<Volume>>,
    pub(super) classes: Vec<Arc<StorageClass>>,
    /// Whether objects of other tenants are missing, so that what belongs to a group that is not there is somebody else's.
    pub(super) partial: bool,
}

impl Settings {
    /// The id of the O-Cloud.
    fn o_cloud<'s>(&'s self, about: &'s About) -> &'s str {
        self.o_cloud_id.as_deref().unwrap_or(&about.id)
    }
}

/// Draws everything; what is as it was in `memo` is the very same.
pub(super) fn draw(settings: &Settings, world: &World, memo: &mut Memo) -> Drawn {
    let style = Style {
        prefix: PREFIX,
        o_cloud: settings.o_cloud(&world.about),
        tenant_label: &settings.tenant_label,
    };
    let mut drawing = Drawing {
        style,
        homes: Homes::new(settings, world),
        labelled: LabelPools::new(PREFIX, style.o_cloud),
        drawn: Drawn::default(),
        memo,
    };
    for node in &world.nodes {
        drawing.node(node);
    }
    let without_node: Vec<_> = drawing.homes.without_node().collect();
    for machine in without_node {
        drawing.machine(machine);
    }
    let Drawing {
        labelled,
        mut drawn,
        memo,
        ..
    } = drawing;
    for group in world.groups.iter().filter(|group| group.is_pool()) {
        let pool = memo.pool(group, || group_pool(style.o_cloud, group, style.tenant_label));
        drawn.add_shared(pool);
    }
    drawn.add_all(labelled.into_pools());
    draw_volumes(&mut drawn, style, &world.volumes, &world.classes, memo);
    let supplies = Supplies::of(&world.nodes);
    let manager = supplies.manager(
        PREFIX,
        &world.about,
        &settings.plugin,
        style.o_cloud,
        &settings.service_uri,
    );
    drawn.add(manager);
    memo.forget_unused();
    drawn
}

struct Drawing<'w> {
    style: Style<'w>,
    homes: Homes<'w>,
    labelled: LabelPools<'w>,
    drawn: Drawn,
    memo: &'w mut Memo,
}

impl<'w> Drawing<'w> {
    fn node(&mut self, node: &'w Arc<Node>) {
        let machine = self.homes.machine_of(node);
        let Some(home) = self.homes.of_node(node, machine) else {
            return;
        };
        if let Some(common) = home.common() {
            self.labelled.add(common, node);
        }
        let machine_meta = machine.map(|machine| &machine.meta);
        let owners = [Some(&node.meta), machine_meta, home.group().map(|group| &group.meta)];
        let place = NodePlace {
            id: machine_meta.map_or(&node.meta.uid, |meta| &meta.uid).as_str().into(),
            pool: home.pool_id(),
            tenant: tenant_of(self.style.tenant_label, owners),
        };
        let resource = self
            .memo
            .resource(&place, [Some(part(node)), machine.map(part), None], || {
                let mut resource = node_resource(PREFIX, node, place.clone());
                if let Some(machine) = machine {
                    machine_resource::extend(&mut resource, machine);
                }
                resource
            });
        self.drawn.add_all(node_alarms(node, &resource));
        self.drawn.add_new(resource.resource_type_id.as_str(), || {
            let kind = resource_kind(node.spec.provider_id.as_deref());
            node_type(PREFIX, self.style.o_cloud, node, kind)
        });
        self.drawn.add_shared(resource);
    }

    fn machine(&mut self, machine: &'w Arc<Machine>) {
        let Some(home) = self.homes.of_machine(machine) else {
            return;
        };
        if let Some(common) = home.common() {
            self.labelled.add_machine(common);
        }
        let owners = [Some(&machine.meta), home.group().map(|group| &group.meta)];
        let place = NodePlace {
            id: machine.meta.uid.as_str().into(),
            pool: home.pool_id(),
            tenant: tenant_of(self.style.tenant_label, owners),
        };
        let resource = self.memo.resource(&place, [None, Some(part(machine)), None], || {
            machine_resource(machine, place.clone())
        });
        self.drawn.add_new(resource.resource_type_id.as_str(), || {
            machine_type(self.style.o_cloud, machine)
        });
        self.drawn.add_shared(resource);
    }
}
