//! [`Level`]: how many entries the outbox has, counted once and then followed.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::stream::{BoxStream, StreamExt};

use super::key::ENTRIES;
use crate::Result;
use crate::store::{Commit, Store};

/// Entries that are counted at a time.
const PAGE: usize = 1024;

/// How many entries the outbox has. What others have done just now may be missing.
pub(super) struct Level {
    store: Arc<dyn Store>,
    meter: Mutex<Option<Meter>>,
}

struct Meter {
    entries: u64,
    feed: BoxStream<'static, Result<Commit>>,
}

impl Level {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            meter: Mutex::new(None),
        }
    }

    /// Looks how many there are now.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn measure(&self) -> Result<u64> {
        if let Some(entries) = self.follow() {
            return Ok(entries);
        }
        let meter = self.count().await?;
        let entries = meter.entries;
        *self.meter() = Some(meter);
        Ok(entries)
    }

    /// Goes on counting; `None` when it has to begin anew.
    fn follow(&self) -> Option<u64> {
        let mut slot = self.meter();
        let meter = slot.take()?.follow()?;
        Some(slot.insert(meter).entries)
    }

    fn meter(&self) -> MutexGuard<'_, Option<Meter>> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn count(&self) -> Result<Meter> {
        let revision = self.store.revision().await?;
        let (mut entries, mut after) = (0, None::<String>);
        loop {
            let page = self.store.scan(ENTRIES, after.as_deref(), PAGE).await?;
            entries += page.len() as u64;
            match page.into_iter().last() {
                Some(last) => after = Some(last.key),
                None => break,
            }
        }
        let feed = self.store.changes(ENTRIES, revision);
        Ok(Meter { entries, feed })
    }
}

impl Meter {
    /// Takes in what has happened since; `None` when that is not known.
    fn follow(mut self) -> Option<Self> {
        while let Some(next) = self.feed.next().now_or_never() {
            for change in next?.ok()?.changes {
                match (change.before, change.after) {
                    (None, Some(_)) => self.entries += 1,
                    (Some(_), None) => self.entries = self.entries.saturating_sub(1),
                    _ => {}
                }
            }
        }
        Some(self)
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.meter().as_ref().map(|meter| meter.entries);
        f.debug_struct("Level")
            .field("entries", &entries)
            .finish_non_exhaustive()
    }
}
