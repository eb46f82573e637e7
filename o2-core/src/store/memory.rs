//! [`MemoryStore`]: the in-memory engine, which defines what the others have to do.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::feed::Feed;
use super::leases::Leases;
use super::{Batch, Change, Commit, Condition, Entry, Lease, Revision, Store, Write};
use crate::Result;
use crate::ports::Clock;

/// Keeps everything in memory; what it knows ends with the process.
///
/// Commits happen one at a time and take effect at once. The change feed remembers the newest
/// [`DEFAULT_FEED_CAPACITY`](Self::DEFAULT_FEED_CAPACITY) changes and wakes its readers itself. Leases live on the
/// clock's monotonic time.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    feed: Feed,
}

impl MemoryStore {
    /// How many changes the feed remembers unless told otherwise.
    pub const DEFAULT_FEED_CAPACITY: usize = 65_536;

    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_feed_capacity(clock, Self::DEFAULT_FEED_CAPACITY)
    }

    /// An empty store whose feed remembers `capacity` changes, and in any case the newest commit.
    #[must_use]
    pub fn with_feed_capacity(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        let state = State {
            revision: Revision::default(),
            values: BTreeMap::new(),
            leases: Leases::default(),
        };
        Self {
            clock,
            state: Mutex::new(state),
            feed: Feed::new(capacity, Revision::default()),
        }
    }

    /// The one lock. Wakers are woken and dropped only after it is released: either may run code that comes back here.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the feed.
impl Drop for MemoryStore {
    fn drop(&mut self) {
        let readers = self.feed.close();
        readers.into_iter().for_each(Waker::wake);
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("MemoryStore")
            .field("revision", &state.revision.0)
            .field("entries", &state.values.len())
            .field("feed", &self.feed)
            .finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn is_durable(&self) -> bool {
        false
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        Box::pin(async move { Ok(self.lock().get(key)) })
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        Box::pin(async move { Ok(self.lock().scan(prefix, after, limit)) })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(async move {
            let now = self.clock.monotonic();
            let (revision, readers) = self.lock().commit(batch, now, &self.feed)?;
            readers.into_iter().for_each(Waker::wake);
            Ok(revision)
        })
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(async move { Ok(self.lock().revision) })
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.feed.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        Box::pin(async move {
            let now = self.clock.monotonic();
            Ok(self.lock().leases.acquire(name, holder, ttl, now))
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.lock().leases.release(lease);
            Ok(())
        })
    }
}

struct State {
    revision: Revision,
    values: BTreeMap<String, Value>,
    leases: Leases,
}

struct Value {
    bytes: Bytes,
    revision: Revision,
}

impl State {
    fn get(&self, key: &str) -> Option<Entry> {
        self.values.get(key).map(|value| value.entry(key))
    }

    fn scan(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<Entry> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.values
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .take(limit)
            .map(|(key, value)| value.entry(key))
            .collect()
    }

    /// Writes the batch; the readers of the feed are to be woken.
    fn commit(&mut self, batch: Batch, now: Duration, feed: &Feed) -> Result<(Revision, Vec<Waker>)> {
        if let Some(condition) = batch.conditions.iter().find(|condition| !self.holds(condition, now)) {
            return Err(condition.failed());
        }
        let writes = batch.into_last_writes();
        if writes.is_empty() {
            return Ok((self.revision, Vec::new()));
        }
        self.revision.0 += 1;
        let changes = writes.into_iter().filter_map(|write| self.write(write)).collect();
        let readers = feed.push(Commit::new(self.revision, changes));
        Ok((self.revision, readers))
    }

    fn holds(&self, condition: &Condition, now: Duration) -> bool {
        match condition {
            Condition::Absent(key) => !self.values.contains_key(key),
            Condition::Present(key) => self.values.contains_key(key),
            Condition::Unchanged(key, revision) => {
                self.values.get(key).is_some_and(|value| value.revision == *revision)
            }
            Condition::Holding(lease) => self.leases.holds(lease, now),
        }
    }

    fn write(&mut self, write: Write) -> Option<Change> {
        let revision = self.revision;
        match write {
            Write::Put(key, bytes) => {
                let after = Some(bytes.clone());
                let before = self.values.insert(key.clone(), Value { bytes, revision });
                Some(Change::new(key, before.map(|value| value.bytes), after))
            }
            Write::Delete(key) => {
                let before = self.values.remove(&key)?;
                Some(Change::new(key, Some(before.bytes), None))
            }
        }
    }
}

impl Value {
    fn entry(&self, key: &str) -> Entry {
        Entry::new(key, self.bytes.clone(), self.revision)
    }
}
