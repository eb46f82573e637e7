//! What all objects have, read and written in their JSON: type and metadata.

use serde_json::{Value, json};

/// The text at a JSON pointer, empty when there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

pub(super) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

pub(super) fn resource_version(object: &Value) -> &str {
    text(object, "/metadata/resourceVersion")
}

/// Whether it only waits for its finalizers.
pub(super) fn is_deleting(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

pub(super) fn finalizers(object: &Value) -> Vec<&str> {
    let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The uids of its owners.
pub(super) fn owners(object: &Value) -> impl Iterator<Item = &str> {
    let list = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    list.into_iter().flatten().map(|owner| text(owner, "/uid"))
}

/// Sets one member of the metadata; `null` takes it away.
pub(super) fn set_metadata(object: &mut Value, key: &str, value: Value) {
    if value.is_null() {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove(key);
        }
    } else {
        object["metadata"][key] = value;
    }
}

/// Sets one member of the object; `None` takes it away.
pub(super) fn set(object: &mut Value, key: &str, value: Option<Value>) {
    if let Some(members) = object.as_object_mut() {
        match value {
            Some(value) => members.insert(key.to_owned(), value),
            None => members.remove(key),
        };
    }
}

/// Sets a member of a member, which becomes an object if it is none.
pub(super) fn set_in(object: &mut Value, member: &str, key: &str, value: Value) {
    if !object[member].is_object() {
        object[member] = json!({});
    }
    object[member][key] = value;
}

/// Whether it and its metadata are JSON objects, so that it can be stored.
pub(super) fn is_well_formed(value: &Value) -> bool {
    let metadata = &value["metadata"];
    value.is_object() && (metadata.is_null() || metadata.is_object())
}
