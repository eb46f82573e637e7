//! How a [`Matcher`] learns of subscriptions: it reads them all once, and follows the changes of the store from there.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::BoxStream;

use super::index::Index;
use super::{Known, Matcher};
use crate::outbox::GENERATION;
use crate::store::{Commit, Revision};
use crate::subscription::{Subscription, SubscriptionId};
use crate::{Error, ErrorKind, Result};

/// Rows that are read at a time.
const PAGE: usize = 1024;
/// How long what was written while reading may take to arrive.
const SETTLE: Duration = Duration::from_secs(30);
/// How long to wait after the first failure, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

type Feed = BoxStream<'static, Result<Commit>>;

impl Matcher {
    /// Reads all subscriptions.
    ///
    /// # Errors
    /// Those of the store, and `Timeout` when it keeps back what was written meanwhile.
    pub async fn load(&self) -> Result<()> {
        self.read().await.map(drop)
    }

    /// Keeps up with the store until `shutdown` ends, and reads all subscriptions first when that has not been done.
    /// Failures of the store are logged, and it goes on when the store does.
    pub async fn follow(&self, shutdown: impl Future<Output = ()> + Send) {
        let forever = async {
            let mut failures = 0;
            loop {
                let error = self.follow_once(&mut failures).await;
                tracing::warn!(%error, detail = error.detail(), "subscriptions are not followed for now");
                if error.is(ErrorKind::Conflict) {
                    // What came meanwhile is not known any more.
                    self.learn(|known| known.position = None);
                }
                self.clock.sleep(backoff(failures)).await;
                failures += 1;
            }
        };
        match select(std::pin::pin!(forever), std::pin::pin!(shutdown)).await {
            Either::Left((never, _)) => never,
            Either::Right(((), _)) => {}
        }
    }

    async fn follow_once(&self, failures: &mut u32) -> Error {
        let mut feed = match self.feed().await {
            Ok(feed) => feed,
            Err(error) => return error,
        };
        while let Some(commit) = feed.next().await {
            match commit {
                Ok(commit) => self.learn(|known| self.apply(known, &commit)),
                Err(error) => return error,
            }
            *failures = 0;
        }
        Error::new(ErrorKind::Unavailable, "the store ended its changes")
    }

    async fn feed(&self) -> Result<Feed> {
        let position = self.position();
        match position {
            Some(position) => Ok(self.store.changes(self.table.prefix(), position)),
            None => self.read().await,
        }
    }

    /// Reads everything, and gives back the changes from there.
    ///
    /// Rows are read one page after the other while others write. Every commit that writes a row writes the generation, so
    /// once the changes up to the generation that was there after the last page have been applied, what is known is what
    /// the store had at that commit.
    async fn read(&self) -> Result<Feed> {
        let start = self.store.revision().await?;
        let mut known = Known {
            position: Some(start),
            ..Known::default()
        };
        self.read_rows(&mut known.index).await?;
        let generation = self.store.get(GENERATION).await?.map(|entry| entry.revision);
        let mut feed = self.store.changes(self.table.prefix(), start);
        if let Some(generation) = generation.filter(|generation| *generation > start) {
            let settling = self.settle(&mut known, &mut feed, generation);
            let settled = self.clock.within(SETTLE, settling).await;
            settled.map_err(|_| Error::new(ErrorKind::Timeout, "the store kept back its changes"))??;
        } else {
            known.generation = generation;
        }
        self.learn(|old| *old = known);
        Ok(feed)
    }

    async fn read_rows(&self, index: &mut Index) -> Result<()> {
        let mut after: Option<String> = None;
        loop {
            let entries = self.store.scan(self.table.prefix(), after.as_deref(), PAGE).await?;
            for entry in &entries {
                self.put(index, &entry.key, Some(&entry.value));
            }
            match entries.last() {
                Some(last) if entries.len() == PAGE => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    async fn settle(&self, known: &mut Known, feed: &mut Feed, target: Revision) -> Result<()> {
        while known.generation.is_none_or(|reached| reached < target) {
            let ended = || Error::new(ErrorKind::Unavailable, "the store ended its changes");
            let commit = feed.next().await.ok_or_else(ended)??;
            self.apply(known, &commit);
        }
        Ok(())
    }

    fn apply(&self, known: &mut Known, commit: &Commit) {
        for change in &commit.changes {
            self.put(&mut known.index, &change.key, change.after.as_deref());
        }
        known.generation = Some(commit.revision);
        known.position = Some(commit.revision);
    }

    /// Puts what is stored under a key into the index. What cannot be understood hears of nothing.
    fn put(&self, index: &mut Index, key: &str, value: Option<&[u8]>) {
        let Some(id) = self.table.id_of(key) else { return };
        index.remove(&SubscriptionId::new(id));
        let Some(value) = value else { return };
        let stored = self.table.decode(key, value);
        let put = stored.and_then(|stored| index.put(Arc::new(Subscription::from(stored)), &self.subjects));
        if let Err(error) = put {
            tracing::error!(subscription = id, %error, detail = error.detail(), "a subscription is not understood");
        }
    }
}

fn backoff(failures: u32) -> Duration {
    let (first, most) = BACKOFF;
    first.saturating_mul(1 << failures.min(16)).min(most)
}
