//! [`EventKind`]: what can happen to an object.

use serde::{Deserialize, Serialize};

use crate::model::ChangeKind;

/// What happened to an object. The wire shows the object's name before it: `DeploymentReady`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EventKind {
    /// It came into being.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
    /// Its state changed, and nothing else: work on it goes on.
    Progressed,
    /// Work on it ended well.
    Ready,
    /// Work on it ended badly.
    Failed,
    /// It has another number of replicas.
    Scaled,
    /// It is as an earlier revision was.
    RolledBack,
    /// An alarm was raised.
    Raised,
    /// An alarm ended.
    Cleared,
    /// An alarm was acknowledged.
    Acknowledged,
}

impl EventKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Created,
        Self::Updated,
        Self::Deleted,
        Self::Progressed,
        Self::Ready,
        Self::Failed,
        Self::Scaled,
        Self::RolledBack,
        Self::Raised,
        Self::Cleared,
        Self::Acknowledged,
    ];

    /// Its own word, `RolledBack`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Updated => "Updated",
            Self::Deleted => "Deleted",
            Self::Progressed => "Progressed",
            Self::Ready => "Ready",
            Self::Failed => "Failed",
            Self::Scaled => "Scaled",
            Self::RolledBack => "RolledBack",
            Self::Raised => "Raised",
            Self::Cleared => "Cleared",
            Self::Acknowledged => "Acknowledged",
        }
    }

    /// The word for the object with this name: `resourcePool` becomes `ResourcePoolCreated`.
    #[must_use]
    pub fn word(self, object: &str) -> String {
        let mut letters = object.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).chain(self.as_str().chars()).collect()
    }

    /// What O-RAN calls it: created, modified or deleted.
    #[must_use]
    pub const fn change(self) -> ChangeKind {
        match self {
            Self::Created | Self::Raised => ChangeKind::Created,
            Self::Deleted | Self::Cleared => ChangeKind::Deleted,
            _ => ChangeKind::Updated,
        }
    }

    /// The number of a `notificationEventType`: 0, 1 or 2 (O-RAN.WG6.TS.O2IMS-INTERFACE, InventoryChangeNotification).
    #[must_use]
    pub const fn official(self) -> u8 {
        match self.change() {
            ChangeKind::Created => 0,
            ChangeKind::Updated => 1,
            ChangeKind::Deleted => 2,
        }
    }
}

impl From<ChangeKind> for EventKind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Created => Self::Created,
            ChangeKind::Updated => Self::Updated,
            ChangeKind::Deleted => Self::Deleted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_words_of_the_api() {
        for (kind, object, word, official) in [
            (EventKind::Created, "resourcePool", "ResourcePoolCreated", 0),
            (EventKind::Updated, "resource", "ResourceUpdated", 1),
            (EventKind::Deleted, "deploymentManager", "DeploymentManagerDeleted", 2),
            (EventKind::Ready, "deployment", "DeploymentReady", 1),
            (EventKind::RolledBack, "deployment", "DeploymentRolledBack", 1),
            (EventKind::Raised, "alarm", "AlarmRaised", 0),
        ] {
            assert_eq!((kind.word(object).as_str(), kind.official()), (word, official));
        }
    }
}
