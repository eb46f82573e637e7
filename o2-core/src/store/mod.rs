//! [`Store`]: the one seam for what must last. A small ordered key-value store with atomic batches, preconditions, a
//! change feed, and leases with fencing tokens. Subscriptions, templates, operation records and the like are written
//! once on top of it, through [`Table`], not once per engine.
//!
//! An engine is correct when it passes the store suite of `o2-testkit`; [`MemoryStore`] is the reference.

mod feed;
mod leases;
mod memory;
mod table;

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

pub use feed::Feed;
pub use leases::Leases;
pub use memory::MemoryStore;
pub use table::{Row, Table};

use crate::{Error, ErrorKind, Result};

/// The number of a commit; every commit has a higher one than the commit before it. Zero is the empty store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key with its value and the commit that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Bytes,
    /// The commit that wrote this value.
    pub revision: Revision,
}

impl Entry {
    /// An entry as it was written by `revision`.
    #[must_use]
    pub fn new(key: impl Into<String>, value: Bytes, revision: Revision) -> Self {
        Self {
            key: key.into(),
            value,
            revision,
        }
    }
}

/// What must hold for a batch to be written. Engines match exhaustively: one that does not know a condition must not
/// compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The key has no value.
    Absent(String),
    /// The key has some value.
    Present(String),
    /// The key has a value, and this commit wrote it.
    Unchanged(String, Revision),
    /// The lease has neither ended nor been taken by somebody else.
    Holding(Lease),
}

impl Condition {
    /// The key still is as it was read: as this commit wrote it, or absent when it was.
    #[must_use]
    pub fn still(key: impl Into<String>, read: Option<Revision>) -> Self {
        match read {
            Some(revision) => Self::Unchanged(key.into(), revision),
            None => Self::Absent(key.into()),
        }
    }

    /// The error of a batch whose first condition that does not hold is this one: for engines, so that all say the same.
    /// The key is in the detail, because keys are not for callers.
    #[must_use]
    pub fn failed(&self) -> Error {
        let (message, detail) = match self {
            Self::Absent(key) => ("it exists already", format!("key '{key}' has a value")),
            Self::Present(key) => ("it does not exist", format!("key '{key}' has no value")),
            Self::Unchanged(key, revision) => (
                "it changed since it was read",
                format!("key '{key}' is not as commit {revision} wrote it"),
            ),
            Self::Holding(lease) => (
                "somebody else has taken over",
                format!(
                    "'{}' does not hold lease '{}' with token {}",
                    lease.holder, lease.name, lease.token
                ),
            ),
        };
        Error::new(ErrorKind::PreconditionFailed, message).with_detail(detail)
    }
}

/// One write of a batch. Engines match exhaustively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets a value.
    Put(String, Bytes),
    /// Removes a value; a key without one stays as it is.
    Delete(String),
}

impl Write {
    /// The key that is written.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Put(key, _) | Self::Delete(key) => key,
        }
    }
}

/// Writes that happen together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// What must hold before any of the writes.
    pub conditions: Vec<Condition>,
    /// What is written, in this order: the last write of a key counts.
    pub writes: Vec<Write>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds a write.
    #[must_use]
    pub fn put(mut self, key: impl Into<String>, value: impl Into<Bytes>) -> Self {
        self.writes.push(Write::Put(key.into(), value.into()));
        self
    }

    /// Adds a removal.
    #[must_use]
    pub fn delete(mut self, key: impl Into<String>) -> Self {
        self.writes.push(Write::Delete(key.into()));
        self
    }

    /// The writes that count, one per key: for engines.
    #[must_use]
    pub fn into_last_writes(self) -> Vec<Write> {
        let mut seen = HashSet::new();
        let mut writes = self.writes;
        writes.reverse();
        writes.retain(|write| seen.insert(write.key().to_owned()));
        writes.reverse();
        writes
    }
}

/// What one commit changed, as its watchers see it: all at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// Which commit it is. A watcher that has dealt with it continues after this revision.
    pub revision: Revision,
    /// One change per key, in the order of the batch. Never empty.
    pub changes: Vec<Change>,
}

impl Commit {
    /// A commit with its changes.
    #[must_use]
    pub fn new(revision: Revision, changes: Vec<Change>) -> Self {
        Self { revision, changes }
    }
}

/// One key that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value before the commit; `None` when it had none.
    pub before: Option<Bytes>,
    /// Its value after the commit, possibly the same; `None` when it was removed.
    pub after: Option<Bytes>,
}

impl Change {
    /// A key that went from one value to another.
    pub fn new(key: impl Into<String>, before: Option<Bytes>, after: Option<Bytes>) -> Self {
        Self {
            key: key.into(),
            before,
            after,
        }
    }
}

/// The right to do something alone, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// What the lease is about.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// The fencing token. Of two leases of one name the later has the higher token, so whoever is asked to act for a
    /// holder can refuse one that has been superseded without knowing.
    pub token: u64,
}

impl Lease {
    /// A lease as an engine grants it.
    pub fn new(name: impl Into<String>, holder: impl Into<String>, token: u64) -> Self {
        Self {
            name: name.into(),
            holder: holder.into(),
            token,
        }
    }
}

/// What must last: values under keys, ordered by the keys' bytes. A prefix is a table.
///
/// Keys are any text, values any bytes. Everything a method answers is as of one moment, and a commit that has been
/// answered is seen by every later call. Futures do nothing before they are polled; dropping the future of a commit
/// leaves open whether it happened, as a lost answer does.
///
/// Every method fails with `Unavailable` or `Timeout` when the engine cannot reach its data.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Whether what is written is there after the process has ended.
    fn is_durable(&self) -> bool {
        true
    }

    /// The entry of a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>>;

    /// Entries whose key starts with `prefix`, in order, after the key `after`: `limit` of them, or fewer when there
    /// are no more.
    ///
    /// `after` need not exist, nor start with `prefix`.
    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>>;

    /// Writes a batch if all its conditions hold, and says which commit it became.
    ///
    /// Conditions see the store as it was before the batch. A batch without writes only checks its conditions and
    /// answers the newest commit.
    ///
    /// # Errors
    /// `PreconditionFailed`, made by [`Condition::failed`] of the first condition that does not hold; nothing is
    /// written then.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>>;

    /// The newest commit.
    fn revision(&self) -> BoxFuture<'_, Result<Revision>>;

    /// The commits after `after`, in order, and then those to come, each with its changes of keys that start with
    /// `prefix`. A commit without such changes is left out; removing a key without value is not a change.
    ///
    /// The stream waits for new commits; it ends when the store is closed, and after an error.
    ///
    /// # Errors
    /// `Conflict` when the commits after `after` are no longer known, also because the reader was too slow, or when
    /// `after` is newer than the newest commit, as after a loss of data. Read the table again then and follow from the
    /// [`revision`](Self::revision) asked for before reading.
    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>>;

    /// Takes a lease, or prolongs the one that `holder` has: it lasts for `ttl` from now. `None` while somebody else
    /// holds it.
    ///
    /// Prolonging keeps the token. A lease that has ended or has been released is gone: whoever takes it next, be it
    /// the same holder, gets a higher token.
    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>>;

    /// Gives a lease back; without effect when it is no longer held with this token.
    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>>;
}
