//! What of an update becomes which part of a group.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use o2_ims::{ResourcePool, ResourcePoolUpdate};
use serde_json::{Map, Value, json};

use crate::ims::kubernetes::capi::Group;
use crate::ims::kubernetes::draw::{DESCRIPTION, NOTES, Notes, PREFIX, is_of_system};

/// The annotations that hold a description and notes; null where there is nothing to hold.
pub(super) fn annotations(description: &str, notes: &Notes) -> Value {
    let description = Some(description).filter(|text| !text.is_empty());
    let notes = (*notes != Notes::default()).then(|| serde_json::to_string(notes).unwrap_or_default());
    let mut annotations = Map::new();
    annotations.extend(description.map(|text| (DESCRIPTION.to_owned(), json!(text))));
    annotations.extend(notes.map(|text| (NOTES.to_owned(), json!(text))));
    Value::Object(annotations)
}

/// The merge patch that makes `group`, shown as `pool`, what `update` says; `None` when it is that already.
pub(super) fn patch(
    group: &Group,
    pool: &ResourcePool,
    update: &ResourcePoolUpdate,
    tenant_label: &str,
) -> Result<Option<Value>> {
    check_fixed(pool, update)?;
    let mut metadata = Map::new();
    if let Some(labels) = labels(pool, update, tenant_label)? {
        metadata.insert("labels".to_owned(), labels);
    }
    if let Some(annotations) = changed_annotations(group, update) {
        metadata.insert("annotations".to_owned(), annotations);
    }
    let mut patch = Map::new();
    if update.replicas.is_some() && update.replicas != pool.replicas {
        patch.insert("spec".to_owned(), json!({"replicas": update.replicas}));
    }
    if metadata.is_empty() && patch.is_empty() {
        return Ok(None);
    }
    // Only what was read is changed.
    metadata.insert("resourceVersion".to_owned(), json!(group.meta.resource_version));
    patch.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(Some(Value::Object(patch)))
}

/// Refuses changes of what would roll out new machines, or is not the caller's to change.
fn check_fixed(pool: &ResourcePool, update: &ResourcePoolUpdate) -> Result<()> {
    if update.name != pool.name {
        return Err(Error::violation("body.name", "objects of Kubernetes keep their name"));
    }
    if update.location != pool.location {
        let reason = "another failure domain would replace every machine; create another pool";
        return Err(Error::violation("body.location", reason));
    }
    for name in [
        "apiVersion",
        "kind",
        "namespace",
        "clusterName",
        "version",
        "infrastructureRef",
        "bootstrapConfigRef",
    ] {
        let key = format!("{PREFIX}.{name}");
        if let Some(wanted) = update.extensions.get(&key)
            && pool.extensions.get(&key) != Some(wanted)
        {
            let reason = "another template would replace every machine; create another pool";
            return Err(Error::violation(format!("body.extensions.{key}"), reason));
        }
    }
    Ok(())
}

fn labels(pool: &ResourcePool, update: &ResourcePoolUpdate, tenant_label: &str) -> Result<Option<Value>> {
    let mut labels = Map::new();
    for (key, value) in &update.labels {
        if is_of_system(key) || key == tenant_label {
            return Err(Error::violation(
                "body.labels",
                format!("'{}' is not for users to set", Excerpt(key)),
            ));
        }
        if pool.labels.get(key) != Some(value) {
            labels.insert(key.clone(), json!(value));
        }
    }
    for key in pool.labels.keys().filter(|key| !update.labels.contains_key(*key)) {
        labels.insert(key.clone(), Value::Null);
    }
    Ok((!labels.is_empty()).then_some(Value::Object(labels)))
}

fn changed_annotations(group: &Group, update: &ResourcePoolUpdate) -> Option<Value> {
    let wanted = annotations(&update.description, &notes(group, update));
    let mut changed = Map::new();
    for key in [DESCRIPTION, NOTES] {
        let value = wanted.get(key).and_then(Value::as_str);
        if value != group.meta.annotation(key) {
            changed.insert(key.to_owned(), value.map_or(Value::Null, |text| json!(text)));
        }
    }
    (!changed.is_empty()).then_some(Value::Object(changed))
}

/// Extensions that the cluster shows by itself are no notes, except those that the caller made.
fn notes(group: &Group, update: &ResourcePoolUpdate) -> Notes {
    let known = Notes::of(group).extensions;
    let own = |key: &str| !key.starts_with(PREFIX) || known.contains_key(key);
    let extensions: Extensions = update
        .extensions
        .iter()
        .filter(|(key, _)| own(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Notes {
        global_location_id: update.global_location_id.clone(),
        o_cloud_site_id: update.o_cloud_site_id.clone(),
        tags: update.tags.clone(),
        extensions,
    }
}
