//! [`Ledger`]: what has been told of one plugin, and the telling. Events are what is different from it.
//!
//! Every commit names the commit before it as its condition. So one that may or may not have happened can be repeated: at
//! most one of both happens, and whoever finds out that it was not the last one reads the ledger again.

use std::sync::Arc;
use std::time::Duration;

use super::Kind;
use super::diff::Step;
use super::position::{Keys, Position};
use super::sink::EventSink;
use super::slot::{Slot, Told};
use super::source::Source;
use super::status::Backoff;
use crate::event::{ChangeEvent, Subject};
use crate::layers::Jitter;
use crate::model::Change;
use crate::ports::Clock;
use crate::snapshot::{Snapshot, Tables};
use crate::store::{Batch, Condition, Lease, Revision, Store};
use crate::time::Timestamp;
use crate::{Error, ErrorKind, Result};

/// How many steps one commit has at most.
const STEPS: usize = 256;
/// How long a commit may take.
const COMMIT: Duration = Duration::from_secs(30);
/// How often it is noted that nothing has changed.
const NOTED: Duration = Duration::from_secs(30);

/// What ledgers of all plugins have in common.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) store: Arc<dyn Store>,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) holder: String,
    /// Within which time another process takes over from one that has died.
    pub(super) lease: Duration,
    pub(super) jitter: Jitter,
}

impl Office {
    /// How long a process keeps the right to tell the events of a plugin without renewing it: others need some time to
    /// notice that it has ended.
    fn held(&self) -> Duration {
        self.lease * 3 / 4
    }

    /// How often the right is renewed, or asked for.
    pub(super) fn renewal(&self) -> Duration {
        self.lease / 6
    }
}

/// What has been told of one plugin.
#[derive(Debug)]
pub(super) struct Ledger {
    office: Arc<Office>,
    source: Arc<dyn Source>,
    snapshot: Arc<Snapshot>,
    slot: Arc<Slot>,
    keys: Keys,
    lease_name: String,
    lease: Option<Lease>,
    /// When the lease was asked for last.
    asked: Option<Duration>,
    renewed: Duration,
    pub(super) told: Told,
    pub(super) position: Position,
    revision: Option<Revision>,
    /// When the position was written last, and the types it had as complete.
    written: Option<Duration>,
}

impl Ledger {
    pub(super) fn new(
        office: Arc<Office>,
        source: Arc<dyn Source>,
        snapshot: Arc<Snapshot>,
        slot: Arc<Slot>,
        category: crate::Category,
    ) -> Self {
        let plugin = source.name();
        Self {
            keys: Keys::of(category, plugin),
            lease_name: format!("collector/{category}/{plugin}"),
            told: Told::default(),
            position: Position::default(),
            lease: None,
            asked: None,
            renewed: Duration::ZERO,
            revision: None,
            written: None,
            office,
            source,
            snapshot,
            slot,
        }
    }

    /// Renews the right to tell, or asks for it. Whether it is new: then what others have told meanwhile has to be read.
    pub(super) async fn lead(&mut self) -> bool {
        let now = self.office.clock.monotonic();
        let (held, renewal) = (self.office.held(), self.office.renewal());
        if self.asked.is_some_and(|asked| now.saturating_sub(asked) < renewal) {
            return false;
        }
        self.asked = Some(now);
        let asking = self.office.store.acquire(&self.lease_name, &self.office.holder, held);
        let before = self.lease.take();
        match self.office.clock.within(renewal, asking).await {
            Ok(Ok(lease)) => {
                self.renewed = now;
                self.lease = lease;
            }
            Ok(Err(error)) => {
                tracing::warn!(lease = self.lease_name, %error, detail = error.detail(), "lease not renewed");
                self.lease = before.clone().filter(|_| now.saturating_sub(self.renewed) < held);
            }
            Err(_) => self.lease = before.clone().filter(|_| now.saturating_sub(self.renewed) < held),
        }
        self.slot.keep_lease(self.lease.as_ref());
        self.slot.status.leads(self.lease.is_some());
        self.lease.is_some() && self.lease != before
    }

    /// What has been told, by whichever process. With a store that does not last, that is what this process has told.
    /// Says when it was right, if that is known.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn load(&mut self, kinds: &[&'static Kind], mut empty: Tables) -> Result<Option<Timestamp>> {
        if !self.office.store.is_durable() {
            let told = self.slot.told();
            self.told = if told.complete.is_empty() {
                Told {
                    tables: empty,
                    ..Told::default()
                }
            } else {
                told
            };
            return Ok(None);
        }
        let store = &*self.office.store;
        let (position, revision) = match self.keys.read_position(store).await? {
            Some((position, revision)) => (position, Some(revision)),
            None => (Position::default(), None),
        };
        self.keys.read_objects(store, kinds, &mut empty).await?;
        let complete = kinds.iter().map(|kind| kind.object);
        self.told = Told {
            tables: empty,
            complete: complete.filter(|object| position.complete.contains(*object)).collect(),
        };
        self.position = position;
        self.revision = revision;
        Ok(self.position.at)
    }

    /// Tells steps and, when all are told, that the watch is at `mark`. Ends when they are told, however long the store
    /// takes to accept them. Whoever does not lead takes note of them only.
    ///
    /// # Errors
    /// `Conflict` when somebody else has taken over.
    pub(super) async fn tell(&mut self, steps: &[Step], mark: Option<&str>) -> Result<()> {
        let mut chunks = steps.chunks(STEPS).peekable();
        while let Some(chunk) = chunks.next() {
            if let Some(mark) = mark.filter(|_| chunks.peek().is_none()) {
                self.position.mark = Some(mark.to_owned());
            }
            if self.lease.is_some() {
                self.commit(chunk).await?;
            }
            for step in chunk {
                self.told.tables.put(&step.put());
            }
        }
        self.slot.keep(&self.told);
        Ok(())
    }

    /// All objects of this type are known and told: from now on every difference is an event.
    pub(super) fn complete(&mut self, kind: &'static Kind) {
        self.told.complete.insert(kind.object);
        self.slot.keep(&self.told);
    }

    /// Notes that what has been told is right, as of `at`. Not every time: who reads it later takes it for older then.
    ///
    /// # Errors
    /// Those of [`Self::tell`].
    pub(super) async fn note(&mut self, at: Timestamp, mark: Option<&str>) -> Result<()> {
        let now = self.office.clock.monotonic();
        let complete = self
            .told
            .complete
            .iter()
            .all(|object| self.position.complete.contains(*object));
        let recent = self.written.is_some_and(|written| now.saturating_sub(written) < NOTED);
        let known = complete && self.position.mark.as_deref() == mark;
        self.position.at = Some(at);
        if self.lease.is_none() || !self.office.store.is_durable() || (known && recent) {
            return Ok(());
        }
        self.position.mark = mark.map(ToOwned::to_owned);
        self.commit(&[]).await
    }

    async fn commit(&mut self, steps: &[Step]) -> Result<()> {
        let numbered = steps.iter().enumerate();
        let events: Vec<_> = numbered.filter_map(|(number, step)| self.event(step, number)).collect();
        let durable = self.office.store.is_durable();
        if !durable && events.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.conditions.extend(self.lease.clone().map(Condition::Holding));
        if durable {
            batch = self.positioned(batch, steps)?;
        }
        let told = events.len();
        let revision = self.publish(events, batch).await?;
        self.slot.status.told(told);
        if durable {
            self.written = Some(self.office.clock.monotonic());
            self.revision = Some(revision);
        }
        Ok(())
    }

    /// Adds what the steps change in the store, if nobody else has changed it.
    fn positioned(&mut self, batch: Batch, steps: &[Step]) -> Result<Batch> {
        self.position.sequence += 1;
        let complete = self.told.complete.iter().map(|object| (*object).to_owned());
        self.position.complete = complete.collect();
        let json = serde_json::to_vec(&self.position).map_err(|error| Error::internal(error.to_string()))?;
        let key = self.keys.position.clone();
        let batch = batch.when(Condition::still(key.clone(), self.revision));
        let batch = steps.iter().fold(batch, |batch, step| self.keys.write(batch, step));
        Ok(batch.put(key, json))
    }

    async fn publish(&mut self, events: Vec<ChangeEvent>, batch: Batch) -> Result<Revision> {
        let mut backoff = Backoff {
            longest: self.office.renewal(),
            failures: 0,
        };
        loop {
            let publishing = self.office.sink.publish(events.clone(), batch.clone());
            let late = |_| Err(Error::new(ErrorKind::Timeout, "the store does not answer"));
            let error = match self.office.clock.within(COMMIT, publishing).await.unwrap_or_else(late) {
                Ok(revision) => return Ok(revision),
                Err(error) if error.is(ErrorKind::PreconditionFailed) => return Err(self.lost()),
                Err(error) => error,
            };
            let plugin = self.source.name();
            tracing::warn!(%plugin, %error, detail = error.detail(), "events are not stored, and told later");
            self.slot.status.behind(&error);
            self.snapshot.unwatch();
            self.office.clock.sleep(backoff.next(&self.office.jitter)).await;
            if self.lead().await || self.lease.is_none() {
                return Err(self.lost());
            }
        }
    }

    /// What has been told is no longer known here.
    fn lost(&mut self) -> Error {
        self.lease = None;
        self.asked = None;
        Error::conflict("another process has told events of the plugin; what it told is read again")
    }

    /// The event of a step, which has this number in its commit: none of the first list, and none when nothing changed that
    /// is shown.
    fn event(&self, step: &Step, number: usize) -> Option<ChangeEvent> {
        let Step {
            kind,
            before,
            after,
            time,
            ..
        } = step;
        if !self.told.complete.contains(kind.object) {
            return None;
        }
        let shown = self.shown(step)?;
        let qualifier = self.source.qualifier();
        let qualified =
            |object: &Option<Arc<dyn Subject>>| object.as_ref().map(|object| kind.qualified(object, qualifier));
        let change = match (qualified(before), qualified(after)) {
            (Some(before), Some(after)) => Change::updated(before, after, *time, ""),
            (None, Some(after)) => Change::created(after, *time, ""),
            (Some(before), None) => Change::deleted(before, *time, ""),
            (None, None) => return None,
        };
        let what = kind.event(before.as_ref(), after.as_ref());
        let event = ChangeEvent::of(self.source.name().clone(), what, change);
        Some(self.name(event, step, number, &shown))
    }

    /// Gives an event the id that it gets again when a store that has forgotten its last commits makes it be told again: by
    /// the mark of the change, or by the number of the commit before and its own in this one.
    fn name(&self, event: ChangeEvent, step: &Step, number: usize, shown: &str) -> ChangeEvent {
        let origin = match &*step.mark {
            "" if !self.office.store.is_durable() => return event,
            "" => format!("{}/{number}", self.position.sequence),
            mark => mark.to_owned(),
        };
        let parts = [self.source.name().as_str(), step.kind.object, &step.id, &origin, shown];
        event.named(&parts.map(str::as_bytes))
    }

    /// The JSON of the object after the step, empty when it is gone; `None` when it is the same as before. One odd object
    /// must not stop the others.
    fn shown(&self, step: &Step) -> Option<String> {
        let json = |object: &Option<Arc<dyn Subject>>| match object {
            Some(object) => object.to_json().map(|json| json.get().to_owned()),
            None => Ok(String::new()),
        };
        match (json(&step.before), json(&step.after)) {
            (Ok(before), Ok(after)) => (before != after).then_some(after),
            (Err(error), _) | (_, Err(error)) => {
                let plugin = self.source.name();
                tracing::warn!(%plugin, object = step.kind.object, id = &*step.id, %error, "change not told");
                None
            }
        }
    }
}
