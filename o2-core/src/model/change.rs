//! A change of an object, as plugins report it through `watch`.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What happened to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It came into being.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// One change of an object `O` of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change<O> {
    /// What happened.
    pub kind: ChangeKind,
    /// The object before; `None` when it was created.
    pub before: Option<O>,
    /// The object after; `None` when it was deleted.
    pub after: Option<O>,
    /// When.
    pub time: Timestamp,
    /// Where a later `watch` goes on after this change, in the backend's own words. Another one for each change: the id of
    /// the event follows from it.
    pub resume: String,
}

impl<O> Change<O> {
    /// `after` came into being.
    pub fn created(after: O, time: Timestamp, resume: impl Into<String>) -> Self {
        Self {
            kind: ChangeKind::Created,
            before: None,
            after: Some(after),
            time,
            resume: resume.into(),
        }
    }

    /// `before` became `after`.
    pub fn updated(before: O, after: O, time: Timestamp, resume: impl Into<String>) -> Self {
        Self {
            kind: ChangeKind::Updated,
            before: Some(before),
            after: Some(after),
            time,
            resume: resume.into(),
        }
    }

    /// `before` is gone.
    pub fn deleted(before: O, time: Timestamp, resume: impl Into<String>) -> Self {
        Self {
            kind: ChangeKind::Deleted,
            before: Some(before),
            after: None,
            time,
            resume: resume.into(),
        }
    }

    /// The same change of another form of the object.
    pub fn map<U>(self, mut form: impl FnMut(O) -> U) -> Change<U> {
        Change {
            kind: self.kind,
            before: self.before.map(&mut form),
            after: self.after.map(form),
            time: self.time,
            resume: self.resume,
        }
    }

    /// The object, as it is or was last.
    #[must_use]
    pub fn object(&self) -> Option<&O> {
        self.after.as_ref().or(self.before.as_ref())
    }
}
