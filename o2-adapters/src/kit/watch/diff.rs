//! What changed between two lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_dms::DeploymentObject;
use o2_ims::InventoryObject;

/// An object that lists are compared by.
pub trait Watched: Clone + PartialEq + Send + Sync + 'static {
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

/// Everything that there is, as a backend listed it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Listed<O> {
    /// The objects.
    pub objects: Vec<O>,
    /// Whether these are all. If a part of the backend did not answer, or an item could not be read, they are not, and
    /// nothing is concluded from what is missing.
    pub complete: bool,
}

impl<O> Listed<O> {
    /// All objects.
    #[must_use]
    pub fn complete(objects: Vec<O>) -> Self {
        Self {
            objects,
            complete: true,
        }
    }

    /// Some of them.
    #[must_use]
    pub fn partial(objects: Vec<O>) -> Self {
        Self {
            objects,
            complete: false,
        }
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
    /// In how many complete lists in a row an object has to be missing to be gone.
    misses: u32,
}

#[derive(Debug)]
struct Entry<O> {
    object: O,
    /// The number of the list that had it last.
    seen: u64,
    missed: u32,
}

impl<O: Watched> Known<O> {
    pub(crate) fn new(misses: u32) -> Self {
        Self {
            objects: BTreeMap::new(),
            lists: 0,
            misses,
        }
    }

    /// Whether nothing was ever there, or all of it is gone.
    #[cfg(feature = "vsphere")]
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Takes a list in, and says what it changes: first what it holds, in its order, then what is gone.
    pub(crate) fn take(&mut self, listed: Listed<O>) -> Vec<Event<O>> {
        self.lists += 1;
        let mut events = Vec::new();
        for object in listed.objects {
            events.extend(self.see(object));
        }
        if listed.complete {
            self.miss(&mut events);
        }
        events
    }

    /// Everything.
    #[cfg(feature = "kit-kube")]
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
                missed: 0,
            };
            known.insert(object.id().to_owned(), entry);
            return Some(Event::Created(object));
        };
        (entry.seen, entry.missed) = (self.lists, 0);
        let same = entry.object.same(&object);
        let before = std::mem::replace(&mut entry.object, object.clone());
        (!same).then(|| Event::Updated(before, object))
    }

    fn miss(&mut self, events: &mut Vec<Event<O>>) {
        let (list, misses) = (self.lists, self.misses);
        for known in self.objects.values_mut() {
            known.retain(|_, entry| {
                entry.missed += u32::from(entry.seen != list);
                let gone = entry.missed >= misses;
                if gone {
                    events.push(Event::Deleted(entry.object.clone()));
                }
                !gone
            });
        }
    }
}
