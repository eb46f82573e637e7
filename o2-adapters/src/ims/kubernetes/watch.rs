//! What the watch of the inventory is drawn from: the caches of the kinds that it shows.

use std::sync::Arc;

use o2_core::{Context, Result};
use o2_ims::InventoryObject;

use super::capi::{Group, Machine};
use super::draw::{Settings, World, draw};
use super::read::Reading;
use crate::kube::inventory::{About, Memo, NODES, Node, STORAGE_CLASSES, StorageClass, VOLUMES, Volume};
use crate::kube::{Caches, Drawing, Scope, Source, all_cached, as_sources, caches};

/// The caches, and how they are drawn.
#[derive(Debug)]
pub(super) struct Watching {
    settings: Settings,
    memo: Memo,
    about: Arc<About>,
    partial: bool,
    nodes: Caches<Node>,
    machines: Caches<Machine>,
    groups: Caches<Group>,
    volumes: Caches<Volume>,
    classes: Caches<StorageClass>,
}

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) async fn open(reading: &Reading, context: &Context, settings: Settings) -> Result<Self> {
        let layout = reading.layout(context).await?;
        let about = reading.about(context).await?;
        let objects = reading.objects_of(context);
        let volumes = if reading.config.volumes {
            reading.volumes_of(context)
        } else {
            Vec::new()
        };
        let classes: &[Scope] = if reading.config.volumes { &[Scope::all()] } else { &[] };
        let cluster = &reading.reader.cluster;
        Ok(Self {
            settings,
            memo: Memo::default(),
            about,
            partial: context.tenant().is_some(),
            nodes: caches(cluster, &[NODES], &reading.nodes_of(context)),
            machines: caches(cluster, layout.machines.as_slice(), &objects),
            groups: caches(cluster, &layout.groups, &objects),
            volumes: caches(cluster, &[VOLUMES], &volumes),
            classes: caches(cluster, &[STORAGE_CLASSES], classes),
        })
    }
}

impl Drawing<InventoryObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let nodes = as_sources(&self.nodes);
        let others = as_sources(&self.machines)
            .chain(as_sources(&self.groups))
            .chain(as_sources(&self.volumes))
            .chain(as_sources(&self.classes));
        nodes.chain(others).collect()
    }

    fn needed(&self) -> usize {
        self.nodes.len()
    }

    fn draw(&mut self) -> Vec<InventoryObject> {
        let world = World {
            about: Arc::clone(&self.about),
            nodes: all_cached(&self.nodes),
            machines: all_cached(&self.machines),
            groups: all_cached(&self.groups),
            volumes: all_cached(&self.volumes),
            classes: all_cached(&self.classes),
            partial: self.partial,
        };
        draw(&self.settings, &world, &mut self.memo).objects()
    }
}
