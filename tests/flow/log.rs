//! [`ChangeLog`]: the backend. A few pools that are created, changed and deleted, and the log of all that, which is the truth.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use o2::core::Result;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Entries that one answer has at most.
const PAGE: usize = 1000;
/// How long an answer waits for something to happen.
const PATIENCE: Duration = Duration::from_millis(500);

/// What happened to a pool. The pool's description is the number of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its place in the log, from 1 on.
    pub(crate) number: u64,
    /// Which pool.
    pub(crate) pool: u64,
    pub(crate) what: What,
    /// The pool's number before, if there was one.
    pub(crate) before: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum What {
    Created,
    Updated,
    Deleted,
}

/// The pools as they are, and how long the log is then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) position: u64,
    /// Their numbers.
    pub(crate) pools: BTreeMap<u64, u64>,
}

/// Whoever can tell what is in the log: the log itself, or somebody far away who asks it.
pub(crate) trait Backend: std::fmt::Debug + Send + Sync + 'static {
    fn state(&self) -> BoxFuture<'_, Result<State>>;

    /// What comes after the entry with this number; waits a little if that is nothing.
    fn after(&self, number: u64) -> BoxFuture<'_, Result<Vec<Entry>>>;
}

/// The backend.
#[derive(Debug)]
pub(crate) struct ChangeLog {
    inner: Mutex<Inner>,
    grown: Notify,
}

#[derive(Debug)]
struct Inner {
    entries: Vec<Entry>,
    /// When each of them happened.
    times: Vec<Instant>,
    pools: BTreeMap<u64, u64>,
}

impl ChangeLog {
    /// A log without entries of so many pools.
    pub(crate) fn new(pools: u64) -> Self {
        let pools = (0..pools).map(|pool| (pool, 0)).collect();
        let inner = Inner {
            entries: Vec::new(),
            times: Vec::new(),
            pools,
        };
        Self {
            inner: Mutex::new(inner),
            grown: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happens to a pool: it is changed, or now and then deleted; a deleted one is created again.
    pub(crate) fn change(&self, pool: u64, delete: bool) -> Entry {
        let mut inner = self.lock();
        let number = inner.entries.len() as u64 + 1;
        let before = inner.pools.get(&pool).copied();
        let what = match before {
            None => What::Created,
            Some(_) if delete => What::Deleted,
            Some(_) => What::Updated,
        };
        if what == What::Deleted {
            inner.pools.remove(&pool);
        } else {
            inner.pools.insert(pool, number);
        }
        let entry = Entry {
            number,
            pool,
            what,
            before,
        };
        inner.entries.push(entry);
        inner.times.push(Instant::now());
        drop(inner);
        self.grown.notify_waiters();
        entry
    }

    /// Everything that happened.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// When the entry with this number happened.
    pub(crate) fn time(&self, number: u64) -> Option<Instant> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.lock().times.get(place).copied()
    }

    fn page(&self, after: u64) -> Vec<Entry> {
        let inner = self.lock();
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(inner.entries.len());
        inner.entries[from..].iter().take(PAGE).copied().collect()
    }

    pub(crate) fn state_now(&self) -> State {
        let inner = self.lock();
        State {
            position: inner.entries.len() as u64,
            pools: inner.pools.clone(),
        }
    }

    pub(crate) async fn after_now(&self, number: u64) -> Vec<Entry> {
        let grown = self.grown.notified();
        tokio::pin!(grown);
        grown.as_mut().enable();
        let page = self.page(number);
        if !page.is_empty() {
            return page;
        }
        // Nothing within the time is nothing.
        let _ = tokio::time::timeout(PATIENCE, grown).await;
        self.page(number)
    }
}

impl Backend for ChangeLog {
    fn state(&self) -> BoxFuture<'_, Result<State>> {
        Box::pin(async { Ok(self.state_now()) })
    }

    fn after(&self, number: u64) -> BoxFuture<'_, Result<Vec<Entry>>> {
        Box::pin(async move { Ok(self.after_now(number).await) })
    }
}
