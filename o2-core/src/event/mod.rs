//! Change events: what happened to which object, as subscribers hear of it. Collectors make them from what plugins report,
//! the matcher finds the subscriptions they concern, and the outbox keeps them until they are delivered.

mod kind;
mod record;
mod subject;

use std::sync::Arc;

use uuid::Uuid;

pub use kind::EventKind;
pub use record::EventRecord;
pub use subject::Subject;

use crate::id::{Id, PluginId, TenantId};
use crate::model::Change;
use crate::time::Timestamp;

/// The namespace of ids that follow from something (RFC 9562 clause 5.5).
const NAMES: Uuid = Uuid::from_u128(0x8e1a_5c0e_6f0b_4b7e_9a55_02a7_7d3c_61f4);

/// The id of a [`ChangeEvent`].
pub type EventId = Id<ChangeEvent>;

/// What happened to an object. Ids in it are those of the service level.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChangeEvent {
    /// Its id, the same for everybody who hears of it.
    pub id: EventId,
    /// When it happened.
    pub time: Timestamp,
    /// The plugin whose object it is.
    pub plugin: PluginId,
    /// What happened.
    pub kind: EventKind,
    /// The object before; `None` when it was created, or when nobody knows.
    pub before: Option<Arc<dyn Subject>>,
    /// The object after; `None` when it is gone.
    pub after: Option<Arc<dyn Subject>>,
}

impl ChangeEvent {
    /// The event of a change that a plugin reports. `kind` says more than the change does, where more is known.
    #[must_use]
    pub fn of(plugin: PluginId, kind: EventKind, change: Change<Arc<dyn Subject>>) -> Self {
        Self {
            id: EventId::new(Uuid::new_v4().to_string()),
            time: change.time,
            plugin,
            kind,
            before: change.before,
            after: change.after,
        }
    }

    /// Gives the event the id that follows from `parts`: whoever tells of the same change again, because it is not known
    /// any more that it was told, gives it the same one.
    #[must_use]
    pub fn named(mut self, parts: &[&[u8]]) -> Self {
        let length = |part: &&[u8]| (part.len() as u64).to_be_bytes();
        let name: Vec<u8> = parts
            .iter()
            .flat_map(|part| [&length(part)[..], part].concat())
            .collect();
        self.id = EventId::new(Uuid::new_v5(&NAMES, &name).to_string());
        self
    }

    /// The object, as it is or was last.
    #[must_use]
    pub fn subject(&self) -> Option<&dyn Subject> {
        self.after.as_deref().or(self.before.as_deref())
    }

    /// The states of the object that are known, the earlier one first.
    pub fn states(&self) -> impl Iterator<Item = &dyn Subject> {
        self.before.as_deref().into_iter().chain(self.after.as_deref())
    }

    /// One event for each owner of the object: when it goes from one tenant to another, or is shared or no longer shared,
    /// it is gone for whom it belonged to, and comes into being for whom it belongs to. Any other event stays as it is.
    #[must_use]
    pub fn of_each_owner(self) -> Vec<Self> {
        let owner = |state: &Option<Arc<dyn Subject>>| state.as_ref().map(|it| it.tenant().cloned());
        let (before, after) = (owner(&self.before), owner(&self.after));
        if before.is_none() || after.is_none() || before == after {
            return vec![self];
        }
        let gone = Self {
            kind: EventKind::Deleted,
            after: None,
            ..self.clone()
        };
        let come = Self {
            kind: EventKind::Created,
            before: None,
            ..self
        };
        let named = come.id.clone();
        vec![gone, come.named(&[named.as_str().as_bytes(), b"come"])]
    }

    /// The tenant whose object it is; `None` when it is shared.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        self.subject().and_then(Subject::tenant)
    }

    /// The event in one word, `ResourcePoolCreated`.
    #[must_use]
    pub fn word(&self) -> String {
        let object = self.subject().map_or("", Subject::object);
        self.kind.word(object)
    }
}
