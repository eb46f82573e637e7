//! [`Memo`]: what was drawn last time, so that what has not changed is not drawn again.

use std::collections::HashMap;
use std::sync::Arc;

use o2_ims::{Resource, ResourcePool};

use super::{Node, NodePlace, Volume};
use crate::kube::Cached;

/// What was drawn, and out of what: out of the very same things comes the very same.
#[derive(Debug)]
pub(crate) struct Memo<M, G> {
    resources: HashMap<String, Drawn<Source<M>, Resource>>,
    pools: HashMap<String, Drawn<Arc<G>, ResourcePool>>,
    round: u64,
}

#[derive(Debug)]
struct Drawn<S, T> {
    source: S,
    object: Arc<T>,
    /// When it was used last.
    round: u64,
}

#[derive(Debug)]
struct Source<M> {
    node: Option<Arc<Node>>,
    machine: Option<Arc<M>>,
    volume: Option<Arc<Volume>>,
    place: Option<NodePlace>,
}

impl<M, G> Default for Memo<M, G> {
    fn default() -> Self {
        Self {
            resources: HashMap::new(),
            pools: HashMap::new(),
            round: 0,
        }
    }
}

impl<M, G: Cached> Memo<M, G> {
    pub(crate) fn resource(
        &mut self,
        node: &Arc<Node>,
        machine: Option<&Arc<M>>,
        place: &NodePlace,
        draw: impl FnOnce() -> Resource,
    ) -> Arc<Resource> {
        let source = Source {
            node: Some(Arc::clone(node)),
            machine: machine.map(Arc::clone),
            volume: None,
            place: Some(place.clone()),
        };
        self.drawn(place.id.as_str(), source, draw)
    }

    pub(crate) fn machine(
        &mut self,
        machine: &Arc<M>,
        place: &NodePlace,
        draw: impl FnOnce() -> Resource,
    ) -> Arc<Resource> {
        let source = Source {
            node: None,
            machine: Some(Arc::clone(machine)),
            volume: None,
            place: Some(place.clone()),
        };
        self.drawn(place.id.as_str(), source, draw)
    }

    pub(crate) fn volume(&mut self, volume: &Arc<Volume>, draw: impl FnOnce() -> Resource) -> Arc<Resource> {
        let source = Source {
            node: None,
            machine: None,
            volume: Some(Arc::clone(volume)),
            place: None,
        };
        self.drawn(&volume.meta.uid, source, draw)
    }

    fn drawn(&mut self, id: &str, source: Source<M>, draw: impl FnOnce() -> Resource) -> Arc<Resource> {
        let round = self.round;
        if let Some(known) = self.resources.get_mut(id)
            && known.source.is(&source)
        {
            known.round = round;
            return Arc::clone(&known.object);
        }
        let object = Arc::new(draw());
        let drawn = Drawn {
            source,
            object: Arc::clone(&object),
            round,
        };
        self.resources.insert(id.to_owned(), drawn);
        object
    }

    pub(crate) fn pool(&mut self, group: &Arc<G>, draw: impl FnOnce() -> ResourcePool) -> Arc<ResourcePool> {
        let round = self.round;
        if let Some(known) = self.pools.get_mut(&group.meta().uid)
            && Arc::ptr_eq(&known.source, group)
        {
            known.round = round;
            return Arc::clone(&known.object);
        }
        let object = Arc::new(draw());
        let drawn = Drawn {
            source: Arc::clone(group),
            object: Arc::clone(&object),
            round,
        };
        self.pools.insert(group.meta().uid.clone(), drawn);
        object
    }

    /// Ends a drawing: what it did not use is gone.
    pub(crate) fn forget_unused(&mut self) {
        let round = self.round;
        self.resources.retain(|_, drawn| drawn.round == round);
        self.pools.retain(|_, drawn| drawn.round == round);
        self.round += 1;
    }
}

impl<M> Source<M> {
    fn is(&self, other: &Self) -> bool {
        same(self.node.as_ref(), other.node.as_ref())
            && same(self.machine.as_ref(), other.machine.as_ref())
            && same(self.volume.as_ref(), other.volume.as_ref())
            && self.place == other.place
    }
}

fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
