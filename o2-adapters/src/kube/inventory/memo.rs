//! [`Memo`]: what was drawn last time, so that what has not changed is not drawn again.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use o2_ims::{Resource, ResourcePool};

use super::{NodePlace, Volume};
use crate::kube::Cached;

/// Something that an object is drawn out of.
pub(crate) type Part = Arc<dyn Any + Send + Sync>;

/// One of the things that an object is drawn out of.
pub(crate) fn part<T: Send + Sync + 'static>(of: &Arc<T>) -> Part {
    Arc::clone(of) as Part
}

/// What was drawn, and out of what: out of the very same things comes the very same.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    resources: HashMap<String, Kept<Resource>>,
    pools: HashMap<String, Kept<ResourcePool>>,
    round: u64,
}

#[derive(Debug)]
struct Kept<T> {
    source: Source,
    object: Arc<T>,
    /// When it was used last.
    round: u64,
}

#[derive(Debug)]
struct Source {
    parts: [Option<Part>; 3],
    place: Option<NodePlace>,
}

impl Memo {
    /// A resource at a place, out of up to three things.
    pub(crate) fn resource(
        &mut self,
        place: &NodePlace,
        parts: [Option<Part>; 3],
        draw: impl FnOnce() -> Resource,
    ) -> Arc<Resource> {
        let source = Source {
            parts,
            place: Some(place.clone()),
        };
        kept(&mut self.resources, self.round, place.id.as_str(), source, draw)
    }

    pub(crate) fn volume(&mut self, volume: &Arc<Volume>, draw: impl FnOnce() -> Resource) -> Arc<Resource> {
        let source = Source::of(part(volume));
        kept(&mut self.resources, self.round, &volume.meta.uid, source, draw)
    }

    pub(crate) fn pool<G: Cached>(&mut self, group: &Arc<G>, draw: impl FnOnce() -> ResourcePool) -> Arc<ResourcePool> {
        let source = Source::of(part(group));
        kept(&mut self.pools, self.round, &group.meta().uid, source, draw)
    }

    /// Ends a drawing: what it did not use is gone.
    pub(crate) fn forget_unused(&mut self) {
        let round = self.round;
        self.resources.retain(|_, kept| kept.round == round);
        self.pools.retain(|_, kept| kept.round == round);
        self.round += 1;
    }
}

fn kept<T>(
    known: &mut HashMap<String, Kept<T>>,
    round: u64,
    id: &str,
    source: Source,
    draw: impl FnOnce() -> T,
) -> Arc<T> {
    if let Some(known) = known.get_mut(id)
        && known.source.is(&source)
    {
        known.round = round;
        return Arc::clone(&known.object);
    }
    let object = Arc::new(draw());
    let kept = Kept {
        source,
        object: Arc::clone(&object),
        round,
    };
    known.insert(id.to_owned(), kept);
    object
}

impl Source {
    fn of(one: Part) -> Self {
        Self {
            parts: [Some(one), None, None],
            place: None,
        }
    }

    fn is(&self, other: &Self) -> bool {
        let mut parts = self.parts.iter().zip(&other.parts);
        parts.all(|(one, other)| same(one.as_ref(), other.as_ref())) && self.place == other.place
    }
}

fn same(one: Option<&Part>, other: Option<&Part>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other)),
        (None, None) => true,
        _ => false,
    }
}
