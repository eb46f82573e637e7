//! [`CrashStore`]: an in-memory store whose process dies where a test wants it to, and starts again with what lasted.

mod crash;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, MemoryStore, Revision, Store};

pub use crash::CrashPoint;

use self::crash::{Crash, Moment};

/// The store of one process. Until that dies it is a [`MemoryStore`] in every respect.
///
/// When the process dies, the operation under way and every later one of this handle fail with `Unavailable`, and its
/// streams end; code under test that goes on after that cannot do any harm, as if it had died too.
/// [`restart`](Self::restart) is the process that starts again: it sees what was committed, and the leases of the dead
/// process, which last until they expire.
///
/// ```
/// use o2_core::store::{Batch, Store};
/// use o2_testkit::ManualClock;
/// use o2_testkit::crash_store::{CrashPoint, CrashStore};
///
/// # futures::executor::block_on(async {
/// let store = CrashStore::new(ManualClock::new());
/// store.crash_at(CrashPoint::AfterCommit(2));
/// assert!(store.commit(Batch::new().put("a", "1")).await.is_ok());
/// assert!(store.commit(Batch::new().put("b", "2")).await.is_err(), "nobody learns that it was written");
/// assert!(store.get("a").await.is_err());
///
/// let store = store.restart();
/// assert!(store.get("b").await.unwrap().is_some());
/// # });
/// ```
pub struct CrashStore {
    data: Arc<MemoryStore>,
    crash: Crash,
}

impl CrashStore {
    /// A process with an empty store. Leases live on `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::on(MemoryStore::new(clock))
    }

    /// A process with the data of `store`, for instance one whose feed is short.
    #[must_use]
    pub fn on(store: MemoryStore) -> Arc<Self> {
        Self::with_data(Arc::new(store))
    }

    fn with_data(data: Arc<MemoryStore>) -> Arc<Self> {
        let crash = Crash::new();
        Arc::new(Self { data, crash })
    }

    /// The process dies at this point, counted from now. Only the point set last counts.
    pub fn crash_at(&self, point: CrashPoint) {
        self.crash.plan(point);
    }

    /// The process dies now.
    pub fn crash(&self) {
        self.crash.now();
    }

    /// Whether the process has died.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.crash.has_happened()
    }

    /// The process that starts again on the same data. The old one dies, if it has not.
    #[must_use]
    pub fn restart(&self) -> Arc<Self> {
        self.crash.now();
        Self::with_data(Arc::clone(&self.data))
    }

    /// One operation of a process that may die before or after it.
    async fn operate<T>(&self, moment: Moment, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let death = self.crash.before(moment)?;
        let result = work.await;
        self.crash.after(death)?;
        result
    }
}

impl Store for CrashStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        Box::pin(self.operate(Moment::Other, self.data.get(key)))
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        Box::pin(self.operate(Moment::Other, self.data.scan(prefix, after, limit)))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(self.operate(Moment::Commit, self.data.commit(batch)))
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(self.operate(Moment::Other, self.data.revision()))
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.data.changes(prefix, after).take_until(self.crash.wait()).boxed()
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        Box::pin(self.operate(Moment::Other, self.data.acquire(name, holder, ttl)))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.operate(Moment::Other, self.data.release(lease)))
    }
}

impl fmt::Debug for CrashStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrashStore")
            .field("data", &self.data)
            .field("has_crashed", &self.has_crashed())
            .finish_non_exhaustive()
    }
}
