//! A store that answers when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use o2_core::http::Idempotency;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, Revision, Store};
use o2_core::{Error, ErrorKind, Result};

use super::{CLAIM, Desk, KEEP, desk};

/// A store that lets others go first before it writes, and fails when it is told to.
#[derive(Debug)]
pub(crate) struct Slow {
    store: Arc<dyn Store>,
    pub(crate) broken: AtomicBool,
}

impl Slow {
    pub(crate) fn desk() -> (Desk, Arc<Self>) {
        let desk = desk();
        let slow = Arc::new(Self {
            store: Arc::clone(&desk.store),
            broken: AtomicBool::new(false),
        });
        let clock = Arc::clone(&desk.clock) as Arc<dyn Clock>;
        let desk = Desk {
            idempotency: Idempotency::new(Arc::clone(&slow) as Arc<dyn Store>, clock, KEEP, CLAIM),
            ..desk
        };
        (desk, slow)
    }
}

impl Store for Slow {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.store.get(key)
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        self.store.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(async move {
            futures::pending!();
            if self.broken.load(Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Unavailable, "the store is down"));
            }
            self.store.commit(batch).await
        })
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.store.revision()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.store.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.store.acquire(name, holder, ttl)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.store.release(lease)
    }
}
