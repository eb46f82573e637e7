//! What of an update becomes which part of the object that a pool is.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use o2_ims::{ResourcePool, ResourcePoolUpdate};
use serde_json::{Map, Value, json};

use super::{DESCRIPTION, NOTES, Notes, is_of_system};
use crate::kube::Meta;

/// What of a pool cannot be changed, and how it is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed<'f> {
    /// What extensions begin with.
    pub(crate) prefix: &'static str,
    pub(crate) tenant_label: &'f str,
    /// Extensions that say what the pool is made of.
    pub(crate) template: &'static [&'static str],
    /// Why its location is as it is.
    pub(crate) location: &'static str,
    /// Why its template is.
    pub(crate) reason: &'static str,
}

/// The merge patch that makes the object with `meta`, shown as `pool`, what `update` says; `None` when it is that already.
pub(crate) fn pool_patch(
    meta: &Meta,
    pool: &ResourcePool,
    update: &ResourcePoolUpdate,
    fixed: Fixed<'_>,
) -> Result<Option<Value>> {
    check_fixed(pool, update, fixed)?;
    let mut metadata = Map::new();
    if let Some(labels) = labels(pool, update, fixed.tenant_label)? {
        metadata.insert("labels".to_owned(), labels);
    }
    if let Some(annotations) = changed_annotations(meta, update, fixed.prefix) {
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
    metadata.insert("resourceVersion".to_owned(), json!(meta.resource_version));
    patch.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(Some(Value::Object(patch)))
}

/// Refuses changes of what would roll out new machines, or is not the caller's to change.
fn check_fixed(pool: &ResourcePool, update: &ResourcePoolUpdate, fixed: Fixed<'_>) -> Result<()> {
    if update.name != pool.name {
        return Err(Error::violation("body.name", "objects of Kubernetes keep their name"));
    }
    if update.location != pool.location {
        return Err(Error::violation("body.location", fixed.location));
    }
    for name in fixed.template {
        let key = format!("{}.{name}", fixed.prefix);
        if let Some(wanted) = update.extensions.get(&key)
            && pool.extensions.get(&key) != Some(wanted)
        {
            return Err(Error::violation(format!("body.extensions.{key}"), fixed.reason));
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

fn changed_annotations(meta: &Meta, update: &ResourcePoolUpdate, prefix: &str) -> Option<Value> {
    let wanted = notes(meta, update, prefix).annotations(&update.description);
    let mut changed = Map::new();
    for key in [DESCRIPTION, NOTES] {
        let value = wanted.get(key).and_then(Value::as_str);
        if value != meta.annotation(key) {
            changed.insert(key.to_owned(), value.map_or(Value::Null, |text| json!(text)));
        }
    }
    (!changed.is_empty()).then_some(Value::Object(changed))
}

/// Extensions that the cluster shows by itself are no notes, except those that the caller made.
fn notes(meta: &Meta, update: &ResourcePoolUpdate, prefix: &str) -> Notes {
    let known = Notes::of(meta).extensions;
    let own = |key: &str| !key.starts_with(prefix) || known.contains_key(key);
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
