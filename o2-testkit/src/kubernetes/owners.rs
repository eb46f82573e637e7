//! What the end of an object means for those who belong to it: dependants go with their last owner, namespaces go when
//! they are empty.

use std::sync::Arc;

use serde_json::{Value, json};

use super::object;
use super::resource::Resource;
use super::state::State;
use super::store::{Collection, Key};

/// The finalizer of an object that waits for the end of its dependants.
pub(super) const FOREGROUND: &str = "foregroundDeletion";

/// The finalizer of an object that waits until its dependants know nothing of it.
pub(super) const ORPHAN: &str = "orphan";

impl Resource {
    pub(super) fn is_namespace(&self) -> bool {
        self.group.is_empty() && self.kind == "Namespace"
    }
}

/// Where a namespace is.
pub(super) fn namespace(name: &str) -> Key {
    Key {
        collection: Collection {
            group: String::new(),
            plural: "namespaces".to_owned(),
        },
        namespace: String::new(),
        name: name.to_owned(),
    }
}

fn is_namespace(key: &Key) -> bool {
    key.collection.group.is_empty() && key.collection.plural == "namespaces"
}

impl State {
    /// Removes an object whatever its finalizers say, and what follows from that.
    pub(super) fn erase(&mut self, key: &Key) -> Option<Arc<Value>> {
        let erased = self.store.erase(key)?;
        self.release_dependants(object::uid(&erased));
        for owner in object::owners(&erased) {
            self.finish_waiting(owner);
        }
        self.finish_namespace(&key.namespace);
        Some(erased)
    }

    /// Marks an object as being deleted, or removes it when nobody has to be waited for.
    pub(super) fn begin_end(&mut self, key: &Key) -> Option<Arc<Value>> {
        let object = Arc::clone(self.store.get(key)?);
        if is_namespace(key) {
            return self.end_namespace(key, &object);
        }
        if object::finalizers(&object).is_empty() {
            return self.erase(key);
        }
        if object::is_deleting(&object) {
            return Some(object);
        }
        Some(self.mark(key, &object))
    }

    pub(super) fn mark(&mut self, key: &Key, object: &Value) -> Arc<Value> {
        let mut marked = object.clone();
        object::set_metadata(&mut marked, "deletionTimestamp", json!(self.now().to_string()));
        if !is_namespace(key) {
            object::set_metadata(&mut marked, "deletionGracePeriodSeconds", json!(0));
        }
        let generation = super::write::generation(&marked);
        if generation > 0 {
            object::set_metadata(&mut marked, "generation", json!(generation + 1));
        }
        self.store.write(key, marked)
    }

    /// Those who say that they belong to an object.
    pub(super) fn dependants(&self, uid: &str) -> Vec<(Key, Arc<Value>)> {
        let belongs = |object: &Value| object::owners(object).any(|owner| owner == uid);
        let all = self.store.all().filter(|(_, object)| belongs(object));
        all.map(|(key, object)| (key.clone(), Arc::clone(object))).collect()
    }

    /// Removes the dependants of an object that is gone, or takes it off their list of owners when they have others.
    fn release_dependants(&mut self, uid: &str) {
        for (key, object) in self.dependants(uid) {
            let mut others = object::owners(&object).filter(|owner| *owner != uid);
            if others.any(|owner| self.exists(owner)) {
                self.disown(&key, &object, uid);
            } else {
                self.begin_end(&key);
            }
        }
    }

    fn exists(&self, uid: &str) -> bool {
        self.store.all().any(|(_, object)| object::uid(object) == uid)
    }

    /// Takes an owner off an object's list.
    pub(super) fn disown(&mut self, key: &Key, object: &Value, uid: &str) {
        let mut changed = object.clone();
        let owners = changed
            .pointer_mut("/metadata/ownerReferences")
            .and_then(Value::as_array_mut);
        if let Some(owners) = owners {
            owners.retain(|owner| object::text(owner, "/uid") != uid);
            if owners.is_empty() {
                object::set_metadata(&mut changed, "ownerReferences", Value::Null);
            }
        }
        self.store.write(key, changed);
    }

    /// Ends the wait of an owner whose last dependant is gone.
    pub(super) fn finish_waiting(&mut self, uid: &str) {
        let waits = |object: &Value| {
            object::uid(object) == uid
                && object::is_deleting(object)
                && object::finalizers(object)
                    .iter()
                    .any(|one| [FOREGROUND, ORPHAN].contains(one))
        };
        let owner = self.store.all().find(|(_, object)| waits(object));
        let Some((key, object)) = owner.map(|(key, object)| (key.clone(), Arc::clone(object))) else {
            return;
        };
        if !self.dependants(uid).is_empty() {
            return;
        }
        let left: Vec<_> = object::finalizers(&object)
            .into_iter()
            .filter(|finalizer| ![FOREGROUND, ORPHAN].contains(finalizer))
            .collect();
        if left.is_empty() {
            self.erase(&key);
        } else {
            let mut changed = Value::clone(&object);
            object::set_metadata(&mut changed, "finalizers", json!(left));
            self.store.write(&key, changed);
        }
    }

    /// Removes what is in a namespace, and the namespace when nothing is left.
    fn end_namespace(&mut self, key: &Key, object: &Arc<Value>) -> Option<Arc<Value>> {
        let mut last = Arc::clone(object);
        if !object::is_deleting(object) {
            let mut marked = Value::clone(object);
            object::set_in(&mut marked, "status", "phase", json!("Terminating"));
            last = self.mark(key, &marked);
        }
        for content in self.contents(&key.name) {
            self.begin_end(&content);
        }
        self.finish_namespace(&key.name);
        Some(last)
    }

    fn contents(&self, namespace: &str) -> Vec<Key> {
        let inside = self.store.all().map(|(key, _)| key);
        inside.filter(|key| key.namespace == namespace).cloned().collect()
    }

    fn finish_namespace(&mut self, name: &str) {
        let key = namespace(name);
        let Some(object) = self.store.get(&key).filter(|object| object::is_deleting(object)) else {
            return;
        };
        if object::finalizers(object).is_empty() && self.contents(name).is_empty() {
            self.erase(&key);
        }
    }
}
