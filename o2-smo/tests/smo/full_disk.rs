//! A store that can be read and not written.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, ready};
use futures::stream::BoxStream;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, MemoryStore, Revision, Store};
use o2_core::{Error, ErrorKind, Result};

#[derive(Debug)]
pub(crate) struct FullDisk(MemoryStore);

impl FullDisk {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(MemoryStore::new(clock))
    }
}

impl Store for FullDisk {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.0.get(key)
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        self.0.scan(prefix, after, limit)
    }

    fn commit(&self, _: Batch) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(ready(Err(Error::new(ErrorKind::Unavailable, "the disk is full"))))
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.0.revision()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.0.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.0.acquire(name, holder, ttl)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.0.release(lease)
    }
}
