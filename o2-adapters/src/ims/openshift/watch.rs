//! What the watch of the inventory is drawn from: the caches of the kinds that it shows.

use std::slice::from_ref;
use std::sync::Arc;

use o2_core::{Context, Result};
use o2_ims::InventoryObject;

use super::draw::{Settings, World, draw};
use super::kinds::{CONFIG_POOLS, CONTROL_PLANES, Group, HOSTS, Host, MACHINE_SETS, MACHINES, Machine, Site};
use super::read::Reading;
use crate::kube::inventory::{Memo, NODES, Node, STORAGE_CLASSES, StorageClass, VOLUMES, Volume};
use crate::kube::{Caches, Drawing, Source, all_cached, as_sources, caches};

/// The caches, and how they are drawn.
#[derive(Debug)]
pub(super) struct Watching {
    settings: Settings,
    memo: Memo,
    site: Arc<Site>,
    partial: bool,
    nodes: Caches<Node>,
    machines: Caches<Machine>,
    groups: Caches<Group>,
    hosts: Caches<Host>,
    volumes: Caches<Volume>,
    classes: Caches<StorageClass>,
}

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) async fn open(reading: &Reading, context: &Context, settings: Settings) -> Result<Self> {
        let site = reading.site(context).await?;
        let cluster = &reading.reader.cluster;
        let of_machines = reading.machines_of(context);
        let mut groups = caches(cluster, &[MACHINE_SETS.clone(), CONTROL_PLANES.clone()], &of_machines);
        groups.extend(caches(cluster, from_ref(&CONFIG_POOLS), &reading.cluster_of(context)));
        Ok(Self {
            settings,
            memo: Memo::default(),
            site,
            partial: context.tenant().is_some(),
            nodes: caches(cluster, &[NODES], &reading.nodes_of(context)),
            machines: caches(cluster, from_ref(&MACHINES), &of_machines),
            groups,
            hosts: caches(cluster, from_ref(&HOSTS), &reading.hosts_of(context)),
            volumes: caches(cluster, &[VOLUMES], &reading.volumes_of(context)),
            classes: caches(cluster, &[STORAGE_CLASSES], &reading.classes_of()),
        })
    }
}

impl Drawing<InventoryObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let nodes = as_sources(&self.nodes);
        let others = as_sources(&self.machines)
            .chain(as_sources(&self.groups))
            .chain(as_sources(&self.hosts))
            .chain(as_sources(&self.volumes))
            .chain(as_sources(&self.classes));
        nodes.chain(others).collect()
    }

    fn needed(&self) -> usize {
        self.nodes.len()
    }

    fn draw(&mut self) -> Vec<InventoryObject> {
        let world = World {
            site: Arc::clone(&self.site),
            nodes: all_cached(&self.nodes),
            machines: all_cached(&self.machines),
            groups: all_cached(&self.groups),
            hosts: all_cached(&self.hosts),
            volumes: all_cached(&self.volumes),
            classes: all_cached(&self.classes),
            // They raise alarms, which are not watched.
            operators: Vec::new(),
            partial: self.partial,
        };
        draw(&self.settings, &world, &mut self.memo).objects()
    }
}
