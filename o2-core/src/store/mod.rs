//! [`Store`]: the one seam for what must last. A small ordered key-value store with atomic batches, preconditions, a
//! change feed, and leases with fencing tokens. Subscriptions, templates, operation records and the like are written
//! once on top of it, through [`Table`], not once per engine.

mod memory;
mod table;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

pub use memory::MemoryStore;
pub use table::{Row, Table};

use crate::Result;

/// The number of a commit; every commit has a higher one than the commit before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

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

/// What must hold for a batch to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The key has no value.
    Absent(String),
    /// The key has some value.
    Present(String),
    /// The key was last written by this commit.
    Unchanged(String, Revision),
    /// The lease is held with this fencing token.
    Holding(Lease),
}

/// One write of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Write {
    /// Sets a value.
    Put(String, Bytes),
    /// Removes a value; a key without one stays as it is.
    Delete(String),
}

/// Writes that happen together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// What must hold.
    pub conditions: Vec<Condition>,
    /// What is written, in this order.
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
}

/// One key that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value before.
    pub before: Option<Bytes>,
    /// Its value after; `None` when it was removed.
    pub after: Option<Bytes>,
    /// The commit that changed it.
    pub revision: Revision,
}

/// The right to do something alone, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// What the lease is about.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// Grows with every new holder; a batch with [`Condition::Holding`] fails once somebody else has held the lease.
    pub token: u64,
}

/// What must last. Keys are ordered by their bytes; a prefix is a table.
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The entry of a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>>;

    /// Entries whose key starts with `prefix`, in order, after the key `after`, at most `limit`.
    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>>;

    /// Writes a batch if all its conditions hold, and says which commit it became.
    ///
    /// # Errors
    /// `PreconditionFailed` naming the first condition that does not hold; nothing is written then.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>>;

    /// The newest commit.
    fn revision(&self) -> BoxFuture<'_, Result<Revision>>;

    /// Changes of keys that start with `prefix`, made by commits after `after`, in order, and then those to come.
    ///
    /// The stream ends with a `Conflict` error when changes after `after` are no longer known; read the table and
    /// follow from the newest commit then.
    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Change>>;

    /// Takes or prolongs a lease for `ttl`; `None` while somebody else holds it.
    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>>;

    /// Gives a lease back; without effect when it is no longer held.
    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>>;
}
