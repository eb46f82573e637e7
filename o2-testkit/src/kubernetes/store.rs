//! The objects and the log of what happened to them, which is what watches read and what the past is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::object;

/// Where the objects of one kind are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Collection {
    pub(super) group: String,
    pub(super) plural: String,
}

/// Where one object is; the order is that of lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) collection: Collection,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeType {
    /// It is new.
    Added,
    /// It is another than before.
    Modified,
    /// It is gone.
    Deleted,
}

/// One write of one object.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) version: u64,
    pub(super) key: Key,
    pub(super) change: ChangeType,
    pub(super) object: Arc<Value>,
    pub(super) previous: Option<Arc<Value>>,
}

/// What watches see.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    Write(Write),
    /// Watches that want to are told the version.
    Bookmark(u64),
    /// Open watches end as the server ends them after a while.
    End,
    /// Open watches end because the connection breaks.
    Break,
}

/// All objects, and what happened.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) version: u64,
    /// Versions before this one are forgotten.
    pub(super) oldest: u64,
    pub(super) log: Vec<Entry>,
    objects: BTreeMap<Key, Arc<Value>>,
    number: u16,
    uids: u64,
}

impl Store {
    /// An empty store whose objects have uids that no store with another number gives.
    pub(super) fn new(number: u16) -> Self {
        Self {
            version: 0,
            oldest: 0,
            log: Vec::new(),
            objects: BTreeMap::new(),
            number,
            uids: 0,
        }
    }

    pub(super) fn next_uid(&mut self) -> String {
        self.uids += 1;
        format!("{:08x}-0000-4000-8000-{:012x}", self.number, self.uids)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// The objects of a collection, of all namespaces when `namespace` is empty, by namespace and name.
    pub(super) fn of(&self, collection: &Collection, namespace: &str) -> Vec<(Key, Arc<Value>)> {
        let first = Key {
            collection: collection.clone(),
            namespace: namespace.to_owned(),
            name: String::new(),
        };
        let there = self.objects.range(first..);
        let there = there.take_while(|(key, _)| {
            key.collection == *collection && (namespace.is_empty() || key.namespace == namespace)
        });
        there.map(|(key, object)| (key.clone(), Arc::clone(object))).collect()
    }

    /// The same as it was at a version.
    pub(super) fn of_then(&self, collection: &Collection, namespace: &str, version: u64) -> Vec<(Key, Arc<Value>)> {
        let mut then: BTreeMap<_, _> = self.of(collection, namespace).into_iter().collect();
        for write in self.writes().rev().take_while(|write| write.version > version) {
            if write.key.collection != *collection || !(namespace.is_empty() || write.key.namespace == namespace) {
                continue;
            }
            match &write.previous {
                Some(previous) => then.insert(write.key.clone(), Arc::clone(previous)),
                None => then.remove(&write.key),
            };
        }
        then.into_iter().collect()
    }

    /// All objects.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    fn writes(&self) -> impl DoubleEndedIterator<Item = &Write> {
        self.log.iter().filter_map(|entry| match entry {
            Entry::Write(write) => Some(write),
            Entry::Bookmark(_) | Entry::End | Entry::Break => None,
        })
    }

    /// Where in the log begins what happened after a version.
    pub(super) fn after(&self, version: u64) -> usize {
        let later = |entry: &Entry| matches!(entry, Entry::Write(write) if write.version > version);
        self.log.iter().position(later).unwrap_or(self.log.len())
    }

    /// Stores an object under the next version.
    pub(super) fn write(&mut self, key: &Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        object::set_metadata(&mut object, "resourceVersion", json!(self.version.to_string()));
        let object = Arc::new(object);
        let previous = self.objects.insert(key.clone(), Arc::clone(&object));
        let change = if previous.is_some() {
            ChangeType::Modified
        } else {
            ChangeType::Added
        };
        self.record(key, change, Arc::clone(&object), previous);
        object
    }

    /// Removes an object; the version of its end is that of the removal.
    pub(super) fn erase(&mut self, key: &Key) -> Option<Arc<Value>> {
        let previous = self.objects.remove(key)?;
        self.version += 1;
        let mut last = Value::clone(&previous);
        object::set_metadata(&mut last, "resourceVersion", json!(self.version.to_string()));
        let last = Arc::new(last);
        self.record(key, ChangeType::Deleted, Arc::clone(&last), Some(previous));
        Some(last)
    }

    fn record(&mut self, key: &Key, change: ChangeType, object: Arc<Value>, previous: Option<Arc<Value>>) {
        self.log.push(Entry::Write(Write {
            version: self.version,
            key: key.clone(),
            change,
            object,
            previous,
        }));
    }
}
