//! [`EventRecord`]: an event as the outbox keeps it, when its objects have become JSON.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{ChangeEvent, EventId, EventKind, Subject};
use crate::id::{PluginId, TenantId};
use crate::time::Timestamp;
use crate::{Error, Result};

/// An event as it is stored: enough to tell any subscriber, whatever has become of the object since.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventRecord {
    /// Its id.
    pub id: EventId,
    /// Its place among all events of the store: later events have higher numbers. The microseconds since 1970 when it was
    /// stored, or the next number when that is higher.
    pub sequence: u64,
    /// When it happened.
    pub time: Timestamp,
    /// The plugin whose object it is.
    pub plugin: PluginId,
    /// The tenant whose object it is; shared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What happened.
    pub kind: EventKind,
    /// The object's name, `resourcePool`.
    pub object: String,
    /// The object's id.
    pub object_id: String,
    /// The object before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<RawValue>>,
    /// The object after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<RawValue>>,
}

impl EventRecord {
    /// The record of an event that got this place.
    ///
    /// # Errors
    /// `Internal` when there is no object, or none that has a JSON form.
    pub fn of(event: &ChangeEvent, sequence: u64) -> Result<Self> {
        let subject = event
            .subject()
            .ok_or_else(|| Error::internal(format!("event '{}' is about no object", event.id.as_str())))?;
        let json = |subject: &Option<std::sync::Arc<dyn Subject>>| subject.as_ref().map(|it| it.to_json()).transpose();
        Ok(Self {
            id: event.id.clone(),
            sequence,
            time: event.time,
            plugin: event.plugin.clone(),
            tenant: subject.tenant().cloned(),
            kind: event.kind,
            object: subject.object().to_owned(),
            object_id: subject.id().to_owned(),
            before: json(&event.before)?,
            after: json(&event.after)?,
        })
    }

    /// The event in one word, `ResourcePoolCreated`.
    #[must_use]
    pub fn word(&self) -> String {
        self.kind.word(&self.object)
    }
}
