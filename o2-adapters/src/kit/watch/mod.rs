//! [`Known`]: what changed between two lists of everything that there is.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_dms::DeploymentObject;
use o2_ims::InventoryObject;

/// An object that lists are compared by.
pub(crate) trait Watched: Clone + PartialEq + Send + Sync + 'static {
    /// The name of its type, `resourcePool`.
    fn object(&self) -> &'static str;

    /// Its id.
    fn id(&self) -> &str;

    /// Whether nothing has changed.
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Watched for InventoryObject {
    fn object(&self) -> &'static str {
        self.object()
    }

    fn id(&self) -> &str {
        self.id()
    }

    /// Adapters that keep what they have drawn show the very same object again, which needs no second look.
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resource(one), Self::Resource(other)) if Arc::ptr_eq(one, other) => true,
            (Self::ResourcePool(one), Self::ResourcePool(other)) if Arc::ptr_eq(one, other) => true,
            _ => self == other,
        }
    }
}

impl Watched for DeploymentObject {
    fn object(&self) -> &'static str {
        self.object()
    }

    fn id(&self) -> &str {
        self.id()
    }
}

/// What happened to an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event<O> {
    Created(O),
    Updated(O, O),
    Deleted(O),
}

/// What is known to be there, by type and id.
#[derive(Debug)]
pub(crate) struct Known<O> {
    objects: BTreeMap<&'static str, BTreeMap<String, Entry<O>>>,
    /// How many lists were taken in.
    lists: u64,
}

#[derive(Debug)]
struct Entry<O> {
    object: O,
    /// The number of the list that had it last.
    seen: u64,
}

impl<O: Watched> Known<O> {
    pub(crate) fn new() -> Self {
        Self {
            objects: BTreeMap::new(),
            lists: 0,
        }
    }

    /// Whether nothing was ever there, or all of it is gone.
    #[cfg(feature = "vsphere")]
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Takes a list of everything in, and says what it changes: first what it holds, in its order, then what is gone.
    pub(crate) fn take(&mut self, listed: Vec<O>) -> Vec<Event<O>> {
        self.lists += 1;
        let mut events = Vec::new();
        for object in listed {
            events.extend(self.see(object));
        }
        self.miss(&mut events);
        events
    }

    /// Everything.
    pub(crate) fn objects(&self) -> Vec<O> {
        let all = self.objects.values().flat_map(BTreeMap::values);
        all.map(|entry| entry.object.clone()).collect()
    }

    fn see(&mut self, object: O) -> Option<Event<O>> {
        let known = self.objects.entry(object.object()).or_default();
        let Some(entry) = known.get_mut(object.id()) else {
            let entry = Entry {
                object: object.clone(),
                seen: self.lists,
            };
            known.insert(object.id().to_owned(), entry);
            return Some(Event::Created(object));
        };
        entry.seen = self.lists;
        let same = entry.object.same(&object);
        let before = std::mem::replace(&mut entry.object, object.clone());
        (!same).then(|| Event::Updated(before, object))
    }

    fn miss(&mut self, events: &mut Vec<Event<O>>) {
        for known in self.objects.values_mut() {
            known.retain(|_, entry| {
                let is_there = entry.seen == self.lists;
                if !is_there {
                    events.push(Event::Deleted(entry.object.clone()));
                }
                is_there
            });
        }
    }
}
