//! [`Troubled`]: the store of the gateway, in trouble when a test says so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, pending};
use futures::stream::BoxStream;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, MemoryStore, Revision, Store};
use o2_core::{Error, ErrorKind, Result};
use o2_testkit::conformance::Trouble;

#[derive(Debug)]
pub(super) struct Troubled {
    inner: MemoryStore,
    trouble: Mutex<Option<Trouble>>,
}

impl Troubled {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(clock),
            trouble: Mutex::default(),
        })
    }

    pub(super) fn bring(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap() = trouble;
    }

    fn trouble(&self) -> Option<Trouble> {
        *self.trouble.lock().unwrap()
    }

    async fn reached<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match self.trouble() {
            Some(Trouble::Down | Trouble::Denied) => {
                Err(Error::new(ErrorKind::Unavailable, "the store cannot be reached"))
            }
            Some(Trouble::Hanging) => pending().await,
            _ => work.await,
        }
    }
}

impl Store for Troubled {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.reached(self.inner.get(key)).boxed()
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        async move {
            let mut entries = self.reached(self.inner.scan(prefix, after, limit)).await?;
            if self.trouble() == Some(Trouble::OddObject) && after.is_none() {
                entries.insert(
                    0,
                    Entry::new(format!("{prefix}!odd"), Bytes::from_static(b"7"), Revision(0)),
                );
            }
            Ok(entries)
        }
        .boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        self.reached(self.inner.commit(batch)).boxed()
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.reached(self.inner.revision()).boxed()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.inner.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.reached(self.inner.acquire(name, holder, ttl)).boxed()
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.reached(self.inner.release(lease)).boxed()
    }
}
