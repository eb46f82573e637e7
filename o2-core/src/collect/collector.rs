//! [`Collector`]: keeps what is known of one plugin up to date, for good.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::ReadyChunks;

use super::diff::{self, Step};
use super::ledger::{Ledger, Office};
use super::slot::Slot;
use super::source::Source;
use super::status::Backoff;
use super::{Changes, Kind};
use crate::context::{Consistency, Context};
use crate::event::Subject;
use crate::layers::semaphore::{Request, Semaphore};
use crate::model::Change;
use crate::snapshot::{AsOf, IndexPath, Snapshot, Table, Tables, View};
use crate::{Error, ErrorKind, Result};

/// How many reported changes are taken at a time.
const BATCH: usize = 256;
/// How long a list may take.
const LIST: Duration = Duration::from_secs(300);
/// How long after one list the next may begin, when somebody has written something.
const SOON: Duration = Duration::from_secs(1);

/// Reported changes, as many as are there.
type Watch = ReadyChunks<Changes>;
type Reported = Vec<Result<Change<Arc<dyn Subject>>>>;

/// Keeps what is known of one plugin up to date.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) source: Arc<dyn Source>,
    pub(super) kinds: Vec<&'static Kind>,
    pub(super) indexes: BTreeMap<&'static str, Vec<IndexPath>>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) slot: Arc<Slot>,
    pub(super) ledger: Ledger,
    pub(super) office: Arc<Office>,
    pub(super) permits: Arc<Semaphore>,
    pub(super) interval: Duration,
    pub(super) resync: Duration,
    pub(super) backoff: Backoff,
    pub(super) fresh: BTreeMap<&'static str, AsOf>,
    /// Where the watch goes on.
    pub(super) mark: Option<String>,
    pub(super) loaded: bool,
}

/// Why the collector goes on.
enum Woken {
    Heard(Option<Reported>),
    Poked,
    Time,
}

impl Collector {
    /// Collects until dropped.
    pub(super) async fn run(mut self) -> Infallible {
        loop {
            let error = match self.session().await {
                Ok(never) => return never,
                Err(error) => error,
            };
            self.unwatch();
            let plugin = self.source.name();
            tracing::warn!(%plugin, %error, detail = error.detail(), "collector starts again");
            self.slot.status.failing(&error);
            let wait = self.backoff.next(&self.office.jitter);
            self.office.clock.sleep(wait).await;
        }
    }

    /// From one connection of the watch to its end.
    async fn session(&mut self) -> Result<Infallible> {
        self.read_told().await?;
        let mut opened = Some(self.office.clock.monotonic());
        let mut watch = self.connect().await?;
        let mut due = self.first_list(&watch);
        loop {
            if self.read_told().await? {
                opened = Some(self.office.clock.monotonic());
                watch = self.connect().await?;
                due = due.min(self.first_list(&watch));
            }
            let now = self.office.clock.monotonic();
            if now >= due {
                // What a plugin has read to open the watch need not be read again.
                let all = self.list(watch.is_some(), opened.unwrap_or(now)).await?;
                due = self.next_list(watch.is_some() && all);
            }
            opened = None;
            let left = due.saturating_sub(self.office.clock.monotonic());
            match self.wait(&mut watch, left.min(self.office.renewal())).await {
                Woken::Heard(Some(changes)) => self.heard(changes).await?,
                Woken::Heard(None) => return Err(Error::new(ErrorKind::Unavailable, "the watch ended")),
                Woken::Poked => due = due.min(self.office.clock.monotonic() + SOON),
                Woken::Time => {}
            }
        }
    }

    /// Reads what has been told, at the start and whenever this process takes over: it goes on where the other one was.
    async fn read_told(&mut self) -> Result<bool> {
        let took_over = self.ledger.lead().await;
        if self.loaded && !took_over {
            return Ok(false);
        }
        let right = self.ledger.load(&self.kinds, self.no_tables()).await?;
        let clock = &self.office.clock;
        let known = self.snapshot.view();
        let as_of = |object| match right {
            Some(right) => Some(AsOf {
                noted: clock.monotonic(),
                age: clock.now().since(right),
                watched: None,
            }),
            None => known.complete.get(object).copied(),
        };
        let complete = self.ledger.told.complete.iter();
        self.fresh = complete.filter_map(|object| Some((*object, as_of(*object)?))).collect();
        self.show();
        self.loaded = true;
        let durable = self.office.store.is_durable();
        if durable {
            self.mark.clone_from(&self.ledger.position.mark);
        }
        Ok(durable)
    }

    /// When to list after the watch was opened: at once, unless it goes on from what is known.
    fn first_list(&self, watch: &Option<Watch>) -> Duration {
        if watch.is_some() && self.is_complete() {
            self.next_list(true)
        } else {
            self.office.clock.monotonic()
        }
    }

    fn no_tables(&self) -> Tables {
        let indexes = |kind: &Kind| self.indexes.get(kind.object).map_or(&[][..], Vec::as_slice);
        Tables::new(self.kinds.iter().map(|kind| (kind.object, Table::new(indexes(kind)))))
    }

    /// Whether everything is known of every type.
    fn is_complete(&self) -> bool {
        self.mark.is_some()
            && self
                .kinds
                .iter()
                .all(|kind| self.ledger.told.complete.contains(kind.object))
    }

    /// Opens the watch, from where it was left if the backend still knows.
    async fn connect(&mut self) -> Result<Option<Watch>> {
        self.slot.status.mode(self.source.can_watch());
        if !self.source.can_watch() {
            return Ok(None);
        }
        let opened = match self.open_watch().await {
            Err(error) if error.is(ErrorKind::Conflict) && self.mark.is_some() => {
                self.mark = None;
                self.open_watch().await
            }
            opened => opened,
        };
        match opened {
            Ok(changes) => {
                if self.is_complete() {
                    self.proven();
                    self.slot.status.current();
                }
                Ok(Some(changes.ready_chunks(BATCH)))
            }
            Err(error) if error.is(ErrorKind::Unsupported) => {
                self.slot.status.mode(false);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn open_watch(&self) -> Result<Changes> {
        let context = Context::new("collector");
        let opening = self.source.watch(&context, self.mark.as_deref());
        self.in_time(opening).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let late = |_| {
            Err(Error::new(
                ErrorKind::Timeout,
                "the plugin did not answer the collector in time",
            ))
        };
        self.office.clock.within(LIST, work).await.unwrap_or_else(late)
    }

    async fn wait(&self, watch: &mut Option<Watch>, limit: Duration) -> Woken {
        let news = async {
            match watch {
                Some(watch) => Woken::Heard(watch.next().await),
                None => {
                    self.snapshot.poke.wait().await;
                    Woken::Poked
                }
            }
        };
        self.office.clock.within(limit, news).await.unwrap_or(Woken::Time)
    }

    /// When to list again. Intervals are up to a fifth shorter than they are said to be, so that collectors do not stay in
    /// step.
    fn next_list(&self, watched: bool) -> Duration {
        let interval = if watched { self.resync } else { self.interval };
        let wait = interval.saturating_sub(self.office.jitter.up_to(interval / 5));
        self.office.clock.monotonic() + wait
    }

    /// Lists every type, as it was at the moment `since` or later; whether all could be listed.
    ///
    /// # Errors
    /// When none could, and those of the ledger.
    async fn list(&mut self, watched: bool, since: Duration) -> Result<bool> {
        let began = self.office.clock.now();
        let mut failed = None;
        let mut any = self.kinds.is_empty();
        for kind in self.kinds.clone() {
            match self.list_of(kind, since).await {
                Ok(objects) => {
                    self.listed(kind, objects, since, watched).await?;
                    any = true;
                }
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            None => {
                self.backoff.failures = 0;
                self.slot.status.current();
                self.ledger.note(began, self.mark.as_deref()).await?;
                Ok(true)
            }
            Some(error) if any => {
                let plugin = self.source.name();
                tracing::warn!(%plugin, %error, detail = error.detail(), "some objects could not be listed");
                self.slot.status.behind(&error);
                Ok(false)
            }
            Some(error) => Err(error),
        }
    }

    async fn list_of(&self, kind: &'static Kind, since: Duration) -> Result<Vec<Arc<dyn Subject>>> {
        let _permit = match self.permits.request() {
            Request::Granted(permit) => permit,
            Request::Queued(coming) => coming
                .await
                .map_err(|_| Error::internal("the permit of a collector was lost"))?,
            Request::Refused => return Err(Error::new(ErrorKind::Unavailable, "too many collectors wait to list")),
        };
        let now = self.office.clock.monotonic();
        let context = Context::new("collector")
            .with_deadline(now.saturating_add(LIST))
            .with_consistency(Consistency::AtMost(now.saturating_sub(since)));
        self.in_time(self.source.list(&context, kind)).await
    }

    async fn listed(
        &mut self,
        kind: &'static Kind,
        objects: Vec<Arc<dyn Subject>>,
        since: Duration,
        watched: bool,
    ) -> Result<()> {
        let known = self.ledger.told.tables.of(kind.object);
        let steps = diff::of_list(kind, known, objects, self.office.clock.now());
        let as_of = AsOf {
            noted: since,
            age: Duration::ZERO,
            watched: watched.then(|| self.believed()),
        };
        self.fresh.insert(kind.object, as_of);
        self.show_with(&steps);
        self.snapshot.writes.listed(kind.object, since);
        self.ledger.tell(&steps, None).await?;
        self.ledger.complete(kind);
        Ok(())
    }

    /// Takes in what the watch reports.
    async fn heard(&mut self, reported: Reported) -> Result<()> {
        let mut changes = Vec::with_capacity(reported.len());
        let mut broken = None;
        for change in reported {
            match change {
                Ok(change) => changes.push(change),
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        if let Some(last) = changes.last() {
            let mark = last.resume.clone();
            self.take(changes, &mark).await?;
        }
        match broken {
            None => Ok(()),
            Some(error) => {
                if error.is(ErrorKind::Conflict) {
                    self.mark = None;
                }
                Err(error)
            }
        }
    }

    async fn take(&mut self, changes: Vec<Change<Arc<dyn Subject>>>, mark: &str) -> Result<()> {
        let heard: Vec<_> = changes.iter().filter_map(Change::object).map(Arc::clone).collect();
        let steps = diff::of_changes(&self.kinds, &self.ledger.told.tables, changes);
        self.show_with(&steps);
        for subject in heard {
            self.snapshot.writes.heard(subject.object(), subject.id());
        }
        self.ledger.tell(&steps, Some(mark)).await?;
        self.mark = Some(mark.to_owned());
        self.backoff.failures = 0;
        self.proven();
        self.slot.status.current();
        self.ledger.note(self.office.clock.now(), Some(mark)).await
    }

    /// For how long a silent watch is believed: a list comes before that.
    fn believed(&self) -> Duration {
        self.resync + self.resync / 4
    }

    /// The watch is alive: what is known is right.
    fn proven(&mut self) {
        let as_of = AsOf {
            noted: self.office.clock.monotonic(),
            age: Duration::ZERO,
            watched: Some(self.believed()),
        };
        for known in self.fresh.values_mut() {
            *known = as_of;
        }
        self.show();
    }

    /// There is no watch that keeps what is known right.
    fn unwatch(&mut self) {
        for as_of in self.fresh.values_mut() {
            as_of.watched = None;
        }
        self.snapshot.unwatch();
    }

    /// Readers see what has been told.
    fn show(&self) {
        self.show_with(&[]);
    }

    /// Readers see the steps before they are told.
    fn show_with(&self, steps: &[Step]) {
        let mut tables = self.ledger.told.tables.clone();
        for step in steps {
            tables.put(&step.put());
        }
        self.slot.status.knows(tables.counts());
        self.snapshot.show(View {
            tables,
            complete: self.fresh.clone(),
        });
    }
}
