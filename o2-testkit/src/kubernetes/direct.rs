//! What tests do to the objects without HTTP, as somebody would who stands beside the adapter: watches see it.
//!
//! Kinds are named as `Node`, `nodes`, or with their group, `machines.cluster.x-k8s.io`, where several are called so.

use std::sync::Arc;

use serde_json::{Value, json};

use super::managers::Writer;
use super::object;
use super::resource::Resource;
use super::route::Target;
use super::server::ApiServer;
use super::state::State;
use super::status::Status;
use super::view::View;
use super::write::{Edit, Part};

/// Who writes directly, as `metadata.managedFields` has it.
const TEST: &str = "test";

/// How a test writes: everything, with nobody asking.
fn edit(target: &Target, manager: &str) -> Edit {
    Edit {
        part: Part::Whole,
        is_dry_run: false,
        writer: Writer {
            name: manager.to_owned(),
            applies: false,
            api_version: target.resource.api_version(&target.version),
            subresource: String::new(),
        },
    }
}

impl ApiServer {
    /// Creates an object or puts it in the place of the one with its name, with its status. A namespaced object without
    /// a namespace goes to `default`; a namespace that is missing is made. New objects keep their uid and the time of
    /// their creation, where they say any.
    ///
    /// Returns the object as it is stored.
    ///
    /// # Panics
    /// When its kind is not served or it has no name.
    #[track_caller]
    pub fn put(&self, object: Value) -> Value {
        let target = self.target_of(&object);
        self.ensure_namespace(&target);
        let written = self.with(|state| state.put(&target, object));
        self.shown(&target.resource, written)
    }

    /// [`put`](Self::put) of several objects.
    ///
    /// # Panics
    /// As it does.
    #[track_caller]
    pub fn put_all(&self, objects: impl IntoIterator<Item = Value>) {
        for object in objects {
            self.put(object);
        }
    }

    /// Applies what somebody else says about an object, as `kubectl apply --server-side --force-conflicts` does for a
    /// manager, with the status. Returns the object as it is stored then.
    ///
    /// # Panics
    /// When its kind is not served or it has no name.
    #[track_caller]
    pub fn apply(&self, manager: &str, object: Value) -> Value {
        let target = self.target_of(&object);
        self.ensure_namespace(&target);
        let edit = edit(&target, manager).applying();
        let applied = self.with(|state| state.apply(&target, object, &edit, true));
        self.shown(&target.resource, applied.map(|(_, object)| object))
    }

    /// An object, in the preferred version of its kind. `namespace` is empty for what is outside namespaces.
    ///
    /// # Panics
    /// When the kind is not served.
    #[must_use]
    #[track_caller]
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let target = self.target(kind, namespace, name);
        let stored = self.lock().store.get(&target.key()).cloned();
        stored.map(|object| View::stored(&target.resource).object(&object))
    }

    /// All objects of a kind, by namespace and name.
    ///
    /// # Panics
    /// When the kind is not served.
    #[must_use]
    #[track_caller]
    pub fn list(&self, kind: &str) -> Vec<Value> {
        let resource = self.resource(kind);
        let stored = self.lock().store.of(&resource.collection(), "");
        let view = View::stored(&resource);
        stored.iter().map(|(_, object)| view.object(object)).collect()
    }

    /// Changes an object as `change` does, its status too. Returns the object as it is stored then.
    ///
    /// # Panics
    /// When there is no such object.
    #[track_caller]
    pub fn update(&self, kind: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> Value {
        let target = self.target(kind, namespace, name);
        let mut object = self
            .get(kind, namespace, name)
            .unwrap_or_else(|| panic!("there is no {kind} {namespace}/{name}"));
        change(&mut object);
        object::set_metadata(&mut object, "resourceVersion", Value::Null);
        let written = self.with(|state| state.put(&target, object));
        self.shown(&target.resource, written)
    }

    /// Removes an object whatever its finalizers say, and what belongs to it. Returns what it last was.
    ///
    /// # Panics
    /// When the kind is not served.
    #[track_caller]
    pub fn remove(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let target = self.target(kind, namespace, name);
        let erased = self.with(|state| state.erase(&target.key()));
        erased.map(|object| View::stored(&target.resource).object(&object))
    }

    /// The one kind that is called so.
    #[track_caller]
    pub(super) fn resource(&self, kind: &str) -> Arc<Resource> {
        let mut called = self.lock().registry.called(kind);
        called.retain(|resource| resource.stored_in.is_none());
        match called.as_slice() {
            [resource] => Arc::clone(resource),
            [] => panic!("no kind is called {kind}"),
            many => {
                let all: Vec<_> = many.iter().map(|resource| resource.qualified()).collect();
                panic!("{kind} is one of {}; say which", all.join(", "))
            }
        }
    }

    #[track_caller]
    fn target(&self, kind: &str, namespace: &str, name: &str) -> Target {
        let resource = self.resource(kind);
        target(&resource, resource.preferred(), namespace, name)
    }

    #[track_caller]
    fn target_of(&self, object: &Value) -> Target {
        let (version, kind) = (object::text(object, "/apiVersion"), object::text(object, "/kind"));
        let resource = self.lock().registry.of_object(version, kind);
        let resource = resource.unwrap_or_else(|| panic!("{version} {kind} is not served"));
        let version = version.rsplit('/').next().unwrap_or_default();
        let namespace = match (resource.namespaced, object::namespace(object)) {
            (false, _) => "",
            (true, "") => "default",
            (true, namespace) => namespace,
        };
        target(&resource, version, namespace, object::name(object))
    }

    fn ensure_namespace(&self, target: &Target) {
        let namespace = target.namespace.as_str();
        if !namespace.is_empty() && self.get("namespaces", "", namespace).is_none() {
            self.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
    }

    #[track_caller]
    fn shown(&self, resource: &Arc<Resource>, written: Result<Arc<Value>, Status>) -> Value {
        match written {
            Ok(object) => View::stored(resource).object(&object),
            Err(status) => panic!("{}", status.body()["message"]),
        }
    }
}

impl State {
    fn put(&mut self, target: &Target, mut object: Value) -> Result<Arc<Value>, Status> {
        let old = self.store.get(&target.key()).cloned();
        object::set_metadata(&mut object, "resourceVersion", Value::Null);
        match old {
            None => self.add(target, object, &edit(target, TEST)),
            Some(old) => {
                object::set_metadata(&mut object, "uid", Value::Null);
                self.replace(target, &old, object, &edit(target, TEST))
            }
        }
    }
}

fn target(resource: &Arc<Resource>, version: &str, namespace: &str, name: &str) -> Target {
    Target {
        resource: Arc::clone(resource),
        version: version.to_owned(),
        namespace: if resource.namespaced {
            namespace.to_owned()
        } else {
            String::new()
        },
        name: name.to_owned(),
        subresource: String::new(),
    }
}
