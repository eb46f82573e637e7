//! What changed between two lists.

use std::collections::{BTreeMap, BTreeSet};
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

type Key = (&'static str, String);

/// What is known to be there.
#[derive(Debug)]
pub(crate) struct Known<O> {
    objects: BTreeMap<Key, Entry<O>>,
    /// In how many complete lists in a row an object has to be missing to be gone.
    misses: u32,
}

#[derive(Debug)]
struct Entry<O> {
    object: O,
    missed: u32,
}

impl<O: Watched> Known<O> {
    pub(crate) fn new(misses: u32) -> Self {
        Self {
            objects: BTreeMap::new(),
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
        let mut events = Vec::new();
        let mut seen = BTreeSet::new();
        for object in listed.objects {
            let key = (object.object(), object.id().to_owned());
            events.extend(self.see(&key, object));
            seen.insert(key);
        }
        if listed.complete {
            events.extend(self.miss(&seen));
        }
        events
    }

    fn see(&mut self, key: &Key, object: O) -> Option<Event<O>> {
        let entry = Entry {
            object: object.clone(),
            missed: 0,
        };
        match self.objects.insert(key.clone(), entry) {
            None => Some(Event::Created(object)),
            Some(before) if before.object.same(&object) => None,
            Some(before) => Some(Event::Updated(before.object, object)),
        }
    }

    fn miss(&mut self, seen: &BTreeSet<Key>) -> Vec<Event<O>> {
        let (misses, mut events) = (self.misses, Vec::new());
        self.objects.retain(|key, entry| {
            entry.missed += u32::from(!seen.contains(key));
            let gone = entry.missed >= misses;
            if gone {
                events.push(Event::Deleted(entry.object.clone()));
            }
            !gone
        });
        events
    }
}
