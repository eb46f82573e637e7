//! [`Watcher`]: a watch whose changes are read until it is quiet, and what one knows from them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{BoxStream, Fuse, StreamExt};
use o2_core::model::ChangeKind;
use o2_core::ports::Clock;
use o2_core::{Error, Model, Result};
use o2_ims::{InventoryChange, InventoryObject};
use serde_json::{Value, json};

use super::Scene;
use super::lists::{MANAGERS, POOLS, RESOURCES, TYPES};
use crate::conformance::{Broken, Verdict};

/// A running watch.
pub(super) struct Watcher {
    changes: Fuse<BoxStream<'static, Result<InventoryChange>>>,
    clock: Arc<dyn Clock>,
    /// After how long nothing more is expected.
    silence: Duration,
}

/// How a watch came to rest.
pub(super) enum Rest {
    /// It waits for more.
    Waiting,
    /// It failed.
    Failed(Error),
    /// It ended.
    Ended,
}

impl Scene<'_> {
    /// Watches from now on, or from behind a mark.
    pub(super) async fn watch(&self, resume: Option<&str>) -> Result<Watcher> {
        Ok(Watcher {
            changes: self.plugin.watch_inventory(&self.context, resume).await?.fuse(),
            clock: self.world.clock(),
            silence: self.world.silence(),
        })
    }
}

impl Watcher {
    /// The changes until nothing more comes.
    pub(super) async fn take(&mut self) -> (Vec<InventoryChange>, Rest) {
        let mut taken = Vec::new();
        loop {
            match self.clock.within(self.silence, self.changes.next()).await {
                Ok(Some(Ok(change))) => taken.push(change),
                Ok(Some(Err(error))) => return (taken, Rest::Failed(error)),
                Ok(None) => return (taken, Rest::Ended),
                Err(_) => return (taken, Rest::Waiting),
            }
        }
    }

    /// The changes until nothing more comes, from a watch that goes on.
    pub(super) async fn changes(&mut self) -> Verdict<Vec<InventoryChange>> {
        match self.take().await {
            (taken, Rest::Waiting) => Ok(taken),
            (_, Rest::Failed(error)) => Err(error.into()),
            (taken, Rest::Ended) => {
                let got = format!("an end after {} changes", taken.len());
                Err(Broken::new("a watch", "that it waits for more", got).into())
            }
        }
    }

    /// The changes of the object with this id.
    pub(super) async fn changes_of(&mut self, id: &str) -> Verdict<Vec<InventoryChange>> {
        let mut changes = self.changes().await?;
        changes.retain(|change| change.object().is_some_and(|object| object.id() == id));
        Ok(changes)
    }
}

/// Created, updated, deleted: what happened, in order.
pub(super) fn kinds(changes: &[InventoryChange]) -> Vec<ChangeKind> {
    changes.iter().map(|change| change.kind).collect()
}

/// Objects as JSON, by type and id: what one knows of an inventory.
pub(super) type Known = BTreeMap<(&'static str, String), Value>;

/// What lists show now.
pub(super) async fn listed(scene: &Scene<'_>) -> Verdict<Known> {
    fn put<T: Model>(known: &mut Known, objects: &[Arc<T>]) {
        let entries = objects
            .iter()
            .map(|object| ((T::OBJECT, object.id().to_owned()), json!(&**object)));
        known.extend(entries);
    }
    let mut known = Known::new();
    let capabilities = scene.plugin.capabilities();
    if capabilities.supports(MANAGERS.operation) {
        put(&mut known, &scene.all(&MANAGERS).await?);
    }
    if capabilities.supports(POOLS.operation) {
        put(&mut known, &scene.all(&POOLS).await?);
    }
    if capabilities.supports(RESOURCES.operation) {
        put(&mut known, &scene.all(&RESOURCES).await?);
    }
    if capabilities.supports(TYPES.operation) {
        put(&mut known, &scene.all(&TYPES).await?);
    }
    Ok(known)
}

/// Applies a change to what is known.
pub(super) fn apply(known: &mut Known, change: &InventoryChange) {
    match (&change.after, &change.before) {
        (Some(after), _) => {
            known.insert(key(after), shown(after));
        }
        (None, Some(before)) => {
            known.remove(&key(before));
        }
        (None, None) => (),
    }
}

fn key(object: &InventoryObject) -> (&'static str, String) {
    (object.object(), object.id().to_owned())
}

fn shown(object: &InventoryObject) -> Value {
    match object {
        InventoryObject::DeploymentManager(manager) => json!(&**manager),
        InventoryObject::ResourcePool(pool) => json!(&**pool),
        InventoryObject::Resource(resource) => json!(&**resource),
        InventoryObject::ResourceType(resource_type) => json!(&**resource_type),
        _ => Value::Null,
    }
}
