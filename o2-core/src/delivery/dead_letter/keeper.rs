//! [`DeadLetters`]: looks at dead letters, sends them again, removes them.

use std::sync::Arc;

use futures::stream::{self, Stream, TryStreamExt};

use super::{DeadLetter, DeadLetterLimits, LETTERS, key, letters_of};
use crate::context::Context;
use crate::federation::{self, Listing};
use crate::outbox::key as outbox;
use crate::ports::Clock;
use crate::query::{PageLimits, Query};
use crate::store::{Batch, Condition, Entry, Revision, Store};
use crate::subscription::SubscriptionId;
use crate::{Error, ErrorKind, Model, Result, Timestamp};

/// Letters that are read at a time, and written in one commit.
const PAGE: usize = 128;

/// The dead letters of a store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: PageLimits,
}

/// Which dead letters: all that fulfil every condition given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Which {
    /// Those of this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Those that are dead letters since this moment or later.
    pub since: Option<Timestamp>,
    /// Those that were dead letters before this moment.
    pub until: Option<Timestamp>,
}

impl Which {
    fn includes(&self, letter: &DeadLetter) -> bool {
        self.subscription
            .as_ref()
            .is_none_or(|id| *id == letter.subscription_id)
            && self.since.is_none_or(|since| letter.since >= since)
            && self.until.is_none_or(|until| letter.since < until)
    }

    fn prefix(&self) -> String {
        self.subscription
            .as_ref()
            .map_or_else(|| LETTERS.to_owned(), letters_of)
    }
}

/// A stored letter.
struct Stored {
    key: String,
    revision: Revision,
    letter: Arc<DeadLetter>,
}

impl DeadLetters {
    /// Those that delivery keeps in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, limits: PageLimits) -> Self {
        Self { store, clock, limits }
    }

    /// Lists them; of a caller with a tenant only that tenant's.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query; the store's.
    pub async fn list(&self, context: &Context, query: &Query) -> Result<Listing<DeadLetter>> {
        let letters = self.all(&Which::default()).map_ok(|stored| stored.letter);
        let letters = letters.try_filter(|letter| std::future::ready(is_for(context, letter)));
        federation::list_of(letters, context, query, self.limits).await
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound`; the store's.
    pub async fn get(&self, context: &Context, id: &str) -> Result<Arc<DeadLetter>> {
        self.find(context, id).await.map(|stored| stored.letter)
    }

    /// Sends one again: it goes back into the outbox with the sequence it had, before what is newer, and keeps its
    /// notification id. When its subscription is gone it is discarded there.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when somebody else sends or removes it just now; the store's.
    pub async fn replay(&self, context: &Context, id: &str) -> Result<()> {
        let stored = self.find(context, id).await?;
        self.store.commit(back(Batch::new(), &stored)?).await.map(|_| ())
    }

    /// Sends all of these again and says how many they were. The same as [`Self::replay`] for each; several are moved at
    /// once, and what others move or remove meanwhile is left to them.
    ///
    /// # Errors
    /// The store's; what has been moved by then stays moved.
    pub async fn replay_all(&self, context: &Context, which: &Which) -> Result<usize> {
        self.each(context, which, back).await
    }

    /// Removes one.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed` when somebody else sends or removes it just now; the store's.
    pub async fn purge(&self, context: &Context, id: &str) -> Result<()> {
        let stored = self.find(context, id).await?;
        self.store.commit(gone(Batch::new(), &stored)?).await.map(|_| ())
    }

    /// Removes all of these and says how many they were.
    ///
    /// # Errors
    /// The store's; what has been removed by then stays removed.
    pub async fn purge_all(&self, context: &Context, which: &Which) -> Result<usize> {
        self.each(context, which, gone).await
    }

    /// Removes the oldest of more than the limits allow, and says how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn trim(&self, limits: &DeadLetterLimits) -> Result<usize> {
        let now = self.clock.now();
        let all = self.all(&Which::default());
        let mut known: Vec<(Timestamp, u64, String)> = all
            .map_ok(|stored| (stored.letter.since, stored.letter.sequence, stored.key))
            .try_collect()
            .await?;
        known.sort_unstable();
        let surplus = known.len().saturating_sub(limits.letters);
        let old = known.partition_point(|(since, ..)| now.since(*since) > limits.age);
        known.truncate(surplus.max(old));
        for letters in known.chunks(PAGE) {
            let batch = letters
                .iter()
                .fold(Batch::new(), |batch, (_, _, key)| batch.delete(key.as_str()));
            self.store.commit(batch).await?;
        }
        Ok(known.len())
    }

    async fn find(&self, context: &Context, id: &str) -> Result<Stored> {
        let unknown = || Error::not_found(DeadLetter::OBJECT, id);
        let (subscription, sequence) = id.rsplit_once('.').ok_or_else(unknown)?;
        let sequence = sequence.parse().map_err(|_| unknown())?;
        let entry = self
            .store
            .get(&key(&SubscriptionId::new(subscription), sequence))
            .await?;
        let stored = entry.map(read).transpose()?;
        stored
            .filter(|stored| is_for(context, &stored.letter))
            .ok_or_else(unknown)
    }

    /// Does the same to all of these, a commit for some at a time; when that fails because of one of them, one by one.
    async fn each(
        &self,
        context: &Context,
        which: &Which,
        change: fn(Batch, &Stored) -> Result<Batch>,
    ) -> Result<usize> {
        let all = self.all(which);
        let chosen = all.try_filter(|stored| std::future::ready(is_for(context, &stored.letter)));
        let mut chunks = std::pin::pin!(chosen.try_chunks(PAGE));
        let mut done = 0;
        while let Some(chunk) = chunks.try_next().await.map_err(|error| error.1)? {
            match self.change_together(&chunk, change).await {
                Ok(()) => done += chunk.len(),
                Err(error) if error.is(ErrorKind::PreconditionFailed) => {
                    for stored in &chunk {
                        done += usize::from(self.change_alone(stored, change).await?);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    async fn change_together(&self, chunk: &[Stored], change: fn(Batch, &Stored) -> Result<Batch>) -> Result<()> {
        let batch = chunk.iter().try_fold(Batch::new(), change)?;
        self.store.commit(batch).await.map(|_| ())
    }

    async fn change_alone(&self, stored: &Stored, change: fn(Batch, &Stored) -> Result<Batch>) -> Result<bool> {
        match self.store.commit(change(Batch::new(), stored)?).await {
            Ok(_) => Ok(true),
            // Somebody else was faster.
            Err(error) if error.is(ErrorKind::PreconditionFailed) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All of these, read a page at a time.
    fn all(&self, which: &Which) -> impl Stream<Item = Result<Stored>> + Send + use<> {
        let (store, which) = (Arc::clone(&self.store), which.clone());
        let prefix = which.prefix();
        let pages = stream::try_unfold((None::<String>, true), move |(after, more)| {
            let (store, prefix) = (Arc::clone(&store), prefix.clone());
            async move {
                if !more {
                    return Ok(None);
                }
                let entries = store.scan(&prefix, after.as_deref(), PAGE).await?;
                let next = (entries.last().map(|entry| entry.key.clone()), entries.len() == PAGE);
                Ok::<_, Error>(Some((stream::iter(entries.into_iter().map(read)), next)))
            }
        });
        pages
            .try_flatten()
            .try_filter(move |stored| std::future::ready(which.includes(&stored.letter)))
    }
}

/// Whether a letter exists for the caller. One of a shared object is for those who stand above tenants.
fn is_for(context: &Context, letter: &DeadLetter) -> bool {
    context.tenant().is_none() || context.tenant() == letter.tenant()
}

fn read(entry: Entry) -> Result<Stored> {
    let letter = serde_json::from_slice(&entry.value).map_err(|error| {
        Error::internal(format!(
            "the value stored under '{}' cannot be read: {error}",
            entry.key
        ))
        .with_source(error)
    })?;
    Ok(Stored {
        key: entry.key,
        revision: entry.revision,
        letter: Arc::new(letter),
    })
}

/// Moves a letter back into the outbox.
fn back(batch: Batch, stored: &Stored) -> Result<Batch> {
    let letter = &stored.letter;
    let entry = serde_json::to_vec(&*letter.event).map_err(|error| Error::internal(error.to_string()))?;
    Ok(gone(batch, stored)?.put(outbox::entry(&letter.subscription_id, letter.sequence), entry))
}

/// Removes a letter.
fn gone(batch: Batch, stored: &Stored) -> Result<Batch> {
    let unchanged = Condition::Unchanged(stored.key.clone(), stored.revision);
    Ok(batch.when(unchanged).delete(stored.key.as_str()))
}
