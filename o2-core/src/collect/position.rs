//! [`Position`]: what has been told of a plugin, as the store keeps it: the objects under `collected/`, and how far the
//! watch is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Kind;
use super::diff::Step;
use crate::event::Subject;
use crate::id::PluginId;
use crate::operation::Category;
use crate::snapshot::{Put, Tables};
use crate::store::{Batch, Revision, Store};
use crate::time::Timestamp;
use crate::{Error, Result};

/// How many objects are read at a time.
const PAGE: usize = 256;

/// How far a collector is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Position {
    /// The number of commits of this collector, so that it knows its own again.
    pub(super) sequence: u64,
    /// Where the watch goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
    /// The types of which all objects are told.
    pub(super) complete: BTreeSet<String>,
    /// When the objects were known to be right.
    pub(super) at: Option<Timestamp>,
}

/// Where the store keeps what has been told of one plugin.
#[derive(Debug)]
pub(super) struct Keys {
    objects: String,
    pub(super) position: String,
}

impl Keys {
    pub(super) fn of(category: Category, plugin: &PluginId) -> Self {
        Self {
            objects: format!("collected/{category}/{plugin}/"),
            position: format!("collected%position/{category}/{plugin}"),
        }
    }

    /// Adds what a step changes in the store. An object without JSON form is not kept.
    pub(super) fn write(&self, batch: Batch, step: &Step) -> Batch {
        let key = format!("{}{}/{}", self.objects, step.kind.object, step.id);
        match step.after.as_ref().map(|object| object.to_json()) {
            Some(Ok(json)) => batch.put(key, json.get().as_bytes().to_vec()),
            Some(Err(_)) | None => batch.delete(key),
        }
    }

    pub(super) async fn read_position(&self, store: &dyn Store) -> Result<Option<(Position, Revision)>> {
        let Some(entry) = store.get(&self.position).await? else {
            return Ok(None);
        };
        let position = serde_json::from_slice(&entry.value)
            .map_err(|error| Error::internal(format!("'{}' cannot be read: {error}", self.position)))?;
        Ok(Some((position, entry.revision)))
    }

    /// Puts every stored object into `tables`. One that cannot be read is left out: the next list tells of it.
    pub(super) async fn read_objects(
        &self,
        store: &dyn Store,
        kinds: &[&'static Kind],
        tables: &mut Tables,
    ) -> Result<()> {
        let kinds: HashMap<&str, &'static Kind> = kinds.iter().map(|kind| (kind.object, *kind)).collect();
        let mut after: Option<String> = None;
        loop {
            let entries = store.scan(&self.objects, after.as_deref(), PAGE).await?;
            for entry in &entries {
                match self.read_object(&kinds, &entry.key, &entry.value) {
                    Some(Ok(put)) => tables.put(&put),
                    Some(Err(error)) => tracing::warn!(key = entry.key, %error, detail = error.detail(), "left out"),
                    None => {}
                }
            }
            match entries.last() {
                Some(last) if entries.len() == PAGE => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    fn read_object(&self, kinds: &HashMap<&str, &'static Kind>, key: &str, json: &[u8]) -> Option<Result<Put>> {
        let (object, id) = key.strip_prefix(&self.objects)?.split_once('/')?;
        let kind = kinds.get(object)?;
        let put = |after: Arc<dyn Subject>| Put {
            object: kind.object,
            id: Arc::from(id),
            after: Some(after),
        };
        Some(kind.decode(json).map(put))
    }
}
