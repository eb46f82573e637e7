//! What the watch of the inventory is drawn from: the caches of the kinds that it shows.

use std::sync::Arc;

use o2_core::{Context, Result};
use o2_ims::InventoryObject;

use super::capi::{Group, Machine};
use super::draw::{Inventory, Memo, Settings, World};
use super::read::Reading;
use crate::kube::inventory::{About, NODES, Node, STORAGE_CLASSES, StorageClass, VOLUMES, Volume};
use crate::kube::{Cache, Cached, Drawing, Kind, Scope, Source};

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

type Caches<T> = Vec<Arc<Cache<T>>>;

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
        Ok(Self {
            settings,
            memo: Memo::default(),
            about,
            partial: context.tenant().is_some(),
            nodes: caches(reading, &[NODES], &reading.nodes_of(context)),
            machines: caches(reading, layout.machines.as_slice(), &objects),
            groups: caches(reading, &layout.groups, &objects),
            volumes: caches(reading, &[VOLUMES], &volumes),
            classes: caches(reading, &[STORAGE_CLASSES], classes),
        })
    }
}

fn caches<T: Cached>(reading: &Reading, kinds: &[Kind], scopes: &[Scope]) -> Caches<T> {
    let each = kinds
        .iter()
        .flat_map(|kind| scopes.iter().map(move |scope| (kind, scope)));
    each.map(|(kind, scope)| reading.cluster.cache(kind, scope)).collect()
}

fn all<T: Cached>(caches: &Caches<T>) -> Vec<Arc<T>> {
    let each = caches
        .iter()
        .map(|cache| cache.look(|objects| objects.values().cloned().collect::<Vec<_>>()));
    each.flatten().collect()
}

fn unnamed<T: Cached>(caches: &Caches<T>) -> impl Iterator<Item = Arc<dyn Source>> {
    caches.iter().map(|cache| Arc::clone(cache) as Arc<dyn Source>)
}

impl Drawing<InventoryObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let nodes = unnamed(&self.nodes);
        let others = unnamed(&self.machines)
            .chain(unnamed(&self.groups))
            .chain(unnamed(&self.volumes))
            .chain(unnamed(&self.classes));
        nodes.chain(others).collect()
    }

    fn needed(&self) -> usize {
        self.nodes.len()
    }

    fn draw(&mut self) -> Vec<InventoryObject> {
        let world = World {
            about: Arc::clone(&self.about),
            nodes: all(&self.nodes),
            machines: all(&self.machines),
            groups: all(&self.groups),
            volumes: all(&self.volumes),
            classes: all(&self.classes),
            partial: self.partial,
        };
        Inventory::draw(&self.settings, &world, &mut self.memo).into_objects()
    }
}
