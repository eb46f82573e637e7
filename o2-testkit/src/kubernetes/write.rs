//! Writes of one object: what a client may set, what the server sets, and when nothing has changed.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::checks::{check_content, check_finalizers, check_identity, check_place, check_type};
use super::managers::{Managers, Writer};
use super::object;
use super::reply::Reply;
use super::resource::api_version;
use super::route::Target;
use super::state::State;
use super::status::{Cause, Outcome, Status};
use super::view::View;

/// Metadata that the server sets, whatever a client sends.
const FIXED: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
    "generateName",
    "managedFields",
];

/// What a write is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything but the status, where the kind has one.
    Main,
    /// The status alone.
    Status,
    /// Everything, as only a test can write it.
    Whole,
}

/// How an object is written.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) part: Part,
    pub(super) is_dry_run: bool,
    pub(super) writer: Writer,
}

impl Edit {
    pub(super) fn of(target: &Target, call: &Call) -> Outcome<Self> {
        let part = match target.subresource.as_str() {
            "status" => Part::Status,
            _ => Part::Main,
        };
        Ok(Self {
            part,
            is_dry_run: call.is_dry_run()?,
            writer: Writer {
                name: call.manager().to_owned(),
                applies: false,
                api_version: target.resource.api_version(&target.version),
                subresource: target.subresource.clone(),
            },
        })
    }

    /// The same by somebody who applies.
    pub(super) fn applying(mut self) -> Self {
        self.writer.applies = true;
        self
    }
}

impl State {
    /// The object that a target names.
    pub(super) fn stored(&self, target: &Target) -> Outcome<Arc<Value>> {
        let stored = self.store.get(&target.key()).cloned();
        stored.ok_or_else(|| Status::not_found(&target.resource, &target.name))
    }

    /// `POST` to a collection.
    pub(super) fn create(&mut self, target: &Target, call: &Call) -> Outcome<Reply> {
        let object = call.object()?;
        check_type(&object, target)?;
        let edit = Edit::of(target, call)?;
        let created = self.add(target, object, &edit)?;
        Ok(Reply::Json(201, View::of(target, call).object(&created)))
    }

    /// `PUT` of an object or a part of it.
    pub(super) fn update(&mut self, target: &Target, call: &Call) -> Outcome<Reply> {
        let object = call.object()?;
        check_type(&object, target)?;
        let old = self.stored(target)?;
        let edit = Edit::of(target, call)?;
        if object::resource_version(&object).is_empty() && !target.resource.built_in {
            let cause = Cause {
                reason: "FieldValueInvalid",
                message: "Invalid value: 0x0: must be specified for an update".to_owned(),
                field: "metadata.resourceVersion".to_owned(),
            };
            let resource = &target.resource;
            return Err(Status::invalid_of(
                &resource.group,
                &resource.plural,
                &target.name,
                &[cause],
            ));
        }
        let new = self.replace(target, &old, object, &edit)?;
        Ok(Reply::ok(View::of(target, call).object(&new)))
    }

    /// Makes a new object of what a client has sent.
    pub(super) fn add(&mut self, target: &Target, mut object: Value, edit: &Edit) -> Outcome<Arc<Value>> {
        let resource = &target.resource;
        self.name_it(target, &mut object)?;
        let key = target.key_of(object::name(&object));
        if edit.part != Part::Whole {
            if !object::resource_version(&object).is_empty() {
                let message = "resourceVersion should not be set on objects to be created";
                return Err(Status::new(500, "", message));
            }
            self.check_namespace(target, &key.name)?;
            for fixed in ["uid", "creationTimestamp", "deletionTimestamp", "generation"] {
                object::set_metadata(&mut object, fixed, Value::Null);
            }
            if resource.has_status {
                object::set(&mut object, "status", None);
            }
            check_content(target, &object)?;
        }
        if self.store.get(&key).is_some() {
            return Err(Status::already_exists(resource, &key.name));
        }
        object = resource.absorbed(object);
        let mut managers = Managers::default();
        managers.update(&Value::Null, &object, &edit.writer, &self.now().to_string());
        self.complete(target, &mut object);
        object::set_metadata(&mut object, "managedFields", managers.to_json());
        if edit.is_dry_run {
            return Ok(Arc::new(object));
        }
        Ok(self.store.write(&key, object))
    }

    /// What every new object gets from the server.
    fn complete(&mut self, target: &Target, object: &mut Value) {
        let resource = &target.resource;
        object["apiVersion"] = json!(api_version(&target.key().collection.group, resource.preferred()));
        object["kind"] = json!(resource.kind);
        if resource.namespaced {
            object["metadata"]["namespace"] = json!(target.namespace);
        }
        if object::uid(object).is_empty() {
            object["metadata"]["uid"] = json!(self.store.next_uid());
        }
        if object["metadata"]["creationTimestamp"].is_null() {
            object["metadata"]["creationTimestamp"] = json!(self.now().to_string());
        }
        if resource.counts_generations && object["metadata"]["generation"].is_null() {
            object["metadata"]["generation"] = json!(1);
        }
        if resource.is_namespace() && object["status"]["phase"].is_null() {
            let name = json!(object::name(object));
            object::set_in(&mut object["metadata"], "labels", "kubernetes.io/metadata.name", name);
            object::set_in(object, "spec", "finalizers", json!(["kubernetes"]));
            object::set_in(object, "status", "phase", json!("Active"));
        }
    }

    /// Names a new object, as it wants or as `generateName` says.
    fn name_it(&mut self, target: &Target, object: &mut Value) -> Outcome<()> {
        check_place(target, object)?;
        if !object::name(object).is_empty() {
            return Ok(());
        }
        let prefix = object::text(object, "/metadata/generateName").to_owned();
        if prefix.is_empty() {
            let cause = Cause {
                message: "Required value: name or generateName is required".to_owned(),
                ..Cause::required("metadata.name")
            };
            return Err(Status::invalid(&target.resource, "", &[cause]));
        }
        object["metadata"]["name"] = json!(format!("{prefix}{}", self.next_suffix()));
        Ok(())
    }

    /// Puts a new state of an object in the place of the old one. Nothing happens when they are the same.
    pub(super) fn replace(
        &mut self,
        target: &Target,
        old: &Arc<Value>,
        new: Value,
        edit: &Edit,
    ) -> Outcome<Arc<Value>> {
        self.replace_managed(target, old, new, edit, None)
    }

    /// The same with the owners that the fields have then; `None` when they are those who write them.
    pub(super) fn replace_managed(
        &mut self,
        target: &Target,
        old: &Arc<Value>,
        new: Value,
        edit: &Edit,
        managers: Option<Managers>,
    ) -> Outcome<Arc<Value>> {
        check_identity(target, old, &new)?;
        let mut new = merged(target, old, target.resource.absorbed(new), edit.part);
        keep_fixed(old, &mut new);
        check_finalizers(target, old, &new)?;
        if edit.part != Part::Whole {
            check_content(target, &new)?;
        }
        let known = Managers::of(old);
        if new == **old && managers.as_ref().is_none_or(|managers| managers.say_the_same(&known)) {
            return Ok(Arc::clone(old));
        }
        let managers = managers.unwrap_or_else(|| {
            let mut managers = known;
            managers.update(old, &new, &edit.writer, &self.now().to_string());
            managers
        });
        object::set_metadata(&mut new, "managedFields", managers.to_json());
        if target.resource.counts_generations && intention(old) != intention(&new) {
            object::set_metadata(&mut new, "generation", json!(generation(old) + 1));
        }
        if edit.is_dry_run {
            return Ok(Arc::new(new));
        }
        let key = target.key_of(object::name(old));
        if object::is_deleting(&new) && object::finalizers(&new).is_empty() {
            self.erase(&key);
            return Ok(Arc::new(new));
        }
        Ok(self.store.write(&key, new))
    }
}

pub(super) fn generation(object: &Value) -> u64 {
    let generation = object.pointer("/metadata/generation").and_then(Value::as_u64);
    generation.unwrap_or_default()
}

/// The part of an object whose changes are counted as generations.
fn intention(object: &Value) -> Vec<(&String, &Value)> {
    let members = object.as_object().into_iter().flatten();
    members
        .filter(|(key, _)| !["metadata", "status"].contains(&key.as_str()))
        .collect()
}

/// The old object with the part of the new one that may be written.
fn merged(target: &Target, old: &Value, new: Value, part: Part) -> Value {
    match part {
        Part::Status => {
            let mut merged = old.clone();
            object::set(&mut merged, "status", new.get("status").cloned());
            merged
        }
        Part::Main if target.resource.has_status => {
            let mut merged = new;
            object::set(&mut merged, "status", old.get("status").cloned());
            merged
        }
        Part::Main | Part::Whole => new,
    }
}

fn keep_fixed(old: &Value, new: &mut Value) {
    for key in FIXED {
        object::set_metadata(new, key, old["metadata"][key].clone());
    }
    for key in ["apiVersion", "kind"] {
        object::set(new, key, old.get(key).cloned());
    }
}
