//! [`Publisher`]: writes events into the outbox.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::key::{self, HEAD};
use super::level::Level;
use super::{GENERATION, Matching, OutboxLimits};
use crate::event::{ChangeEvent, EventRecord};
use crate::metrics::DeliveryMetrics;
use crate::ports::Clock;
use crate::store::{Batch, Condition, Entry, Revision, Store};
use crate::subscription::SubscriptionId;
use crate::{Error, ErrorKind, Fault, Result, Retry};

/// How often publishing starts again because somebody else was faster.
const ATTEMPTS: usize = 16;
/// How long it waits for the matcher to know the newest subscriptions.
const MATCHER_PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks whether there is room.
const LOOK: Duration = Duration::from_millis(250);

/// Writes events into the outbox, for every subscription that they concern. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Publisher {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    matching: Arc<dyn Matching>,
    limits: OutboxLimits,
    level: Arc<Level>,
    metrics: DeliveryMetrics,
}

/// What was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The commit that did it. The keys of the position have this revision now.
    pub revision: Revision,
    /// How many of the events concern anybody.
    pub events: usize,
    /// How many entries they became, one per event and subscription.
    pub entries: usize,
    /// The highest sequence among them; `None` when they concern nobody.
    pub last: Option<u64>,
}

/// Events with the subscriptions that they concern.
struct Matches {
    /// Only events that concern somebody.
    events: Vec<(usize, Vec<SubscriptionId>)>,
    /// The oldest generation that any of them was matched with.
    generation: Option<Revision>,
}

impl Publisher {
    /// Publishes into `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        matching: Arc<dyn Matching>,
        limits: OutboxLimits,
        metrics: DeliveryMetrics,
    ) -> Self {
        Self {
            level: Arc::new(Level::new(Arc::clone(&store))),
            store,
            clock,
            matching,
            limits,
            metrics,
        }
    }

    /// Publishes `events` in their order and does what `position` says, in one commit or not at all. Everything of one call
    /// is one commit, with one entry per event and subscription; callers bound what they give.
    ///
    /// `position` says how far the caller has come, such as the mark from which a backend's changes go on. It should have
    /// conditions of its own, such as the caller's lease.
    ///
    /// After an error that leaves open what happened (`Timeout`, `Unavailable`), and after dropping the future, read the
    /// position again before anything else: if it is the new one, the events are published, and publishing them again would
    /// double them.
    ///
    /// # Errors
    /// `PreconditionFailed` when a condition of `position` does not hold; `Unavailable`, which may be repeated without
    /// looking at the position (`Retry::Safe`), while the outbox is full; `Timeout` when the matcher does not get to know
    /// the newest subscriptions; `Conflict` when others were always faster; the store's.
    pub async fn publish(&self, events: Vec<ChangeEvent>, position: Batch) -> Result<Published> {
        let mut has_room = false;
        for _ in 0..ATTEMPTS {
            let matches = self.matches(&events);
            if !has_room && !matches.events.is_empty() {
                self.wait_for_room().await?;
                has_room = true;
            }
            let head = self.head(&matches).await?;
            let (batch, published) = self.batch(&events, &matches, head.as_ref(), position.clone())?;
            match self.store.commit(batch).await {
                Ok(revision) => {
                    self.metrics.queued(published.entries);
                    return Ok(Published { revision, ..published });
                }
                Err(error) if error.is(ErrorKind::PreconditionFailed) => {
                    self.explain(error, &matches, head.as_ref()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::conflict("others keep publishing; try again").with_retry(Retry::Safe))
    }

    fn matches(&self, events: &[ChangeEvent]) -> Matches {
        let mut generations = Vec::with_capacity(events.len());
        let mut concerned = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let matched = self.matching.matching(event);
            generations.push(matched.generation);
            if !matched.subscriptions.is_empty() {
                concerned.push((index, matched.subscriptions));
            }
        }
        Matches {
            events: concerned,
            generation: generations.into_iter().min().flatten(),
        }
    }

    async fn wait_for_room(&self) -> Result<()> {
        let deadline = self.clock.monotonic().saturating_add(self.limits.patience);
        while self.level.measure().await? >= self.limits.entries {
            if self.clock.monotonic() >= deadline {
                let message = format!("the outbox is full: {} notifications wait", self.limits.entries);
                return Err(Error::new(ErrorKind::Unavailable, message)
                    .with_fault(Fault::Gateway)
                    .with_retry(Retry::Safe)
                    .with_retry_after(self.limits.patience));
            }
            self.clock.sleep(LOOK).await;
        }
        Ok(())
    }

    /// The entry of the highest sequence, if it is going to change.
    async fn head(&self, matches: &Matches) -> Result<Option<Entry>> {
        if matches.events.is_empty() {
            return Ok(None);
        }
        self.store.get(HEAD).await
    }

    fn batch(
        &self,
        events: &[ChangeEvent],
        matches: &Matches,
        head: Option<&Entry>,
        position: Batch,
    ) -> Result<(Batch, Published)> {
        let mut batch = position;
        if !events.is_empty() {
            batch = batch.when(Condition::still(GENERATION, matches.generation));
        }
        let mut published = Published {
            revision: Revision::default(),
            events: matches.events.len(),
            entries: 0,
            last: None,
        };
        if matches.events.is_empty() {
            return Ok((batch, published));
        }
        let mut sequence = head.map_or(Ok(0), sequence_of)?.max(self.least());
        batch = batch.when(Condition::still(HEAD, head.map(|head| head.revision)));
        for (index, subscriptions) in &matches.events {
            sequence += 1;
            let record = encode(&EventRecord::of(&events[*index], sequence)?)?;
            for subscription in subscriptions {
                batch = batch.put(key::entry(subscription, sequence), record.clone());
            }
            published.entries += subscriptions.len();
        }
        published.last = Some(sequence);
        Ok((batch.put(HEAD, sequence.to_string()), published))
    }

    /// Sequences are higher than this: no store has given them away before, not even one that has forgotten its last commits,
    /// as Redis may when another server becomes the primary.
    fn least(&self) -> u64 {
        u64::try_from(self.clock.now().unix_nanos() / 1000).unwrap_or_default()
    }

    /// Finds out which condition did not hold, and waits until it may be tried again.
    ///
    /// # Errors
    /// `error` when it is neither the head nor the generation.
    async fn explain(&self, error: Error, matches: &Matches, head: Option<&Entry>) -> Result<()> {
        if !matches.events.is_empty() {
            let now = self.store.get(HEAD).await?;
            if now.map(|entry| entry.revision) != head.map(|entry| entry.revision) {
                return Ok(());
            }
        }
        let generation = self.store.get(GENERATION).await?.map(|entry| entry.revision);
        if generation == matches.generation {
            return Err(error);
        }
        self.matching.caught_up(matches.generation, MATCHER_PATIENCE).await
    }
}

fn sequence_of(head: &Entry) -> Result<u64> {
    let text = std::str::from_utf8(&head.value).ok();
    let sequence = text.and_then(|text| text.parse().ok());
    sequence.ok_or_else(|| Error::internal(format!("the value stored under '{HEAD}' is not a number")))
}

fn encode(record: &EventRecord) -> Result<Bytes> {
    let json = serde_json::to_vec(record);
    json.map(Bytes::from)
        .map_err(|error| Error::internal(format!("event '{}' has no JSON form", record.id)).with_source(error))
}
