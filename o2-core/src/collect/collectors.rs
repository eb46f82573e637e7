//! [`Collectors`]: a collector for every plugin there is, as plugins come, go, and are replaced.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{AbortHandle, Abortable, Aborted, BoxFuture, Either, join_all, pending, select};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::collector::Collector;
use super::ledger::{Ledger, Office};
use super::settings::CollectSettings;
use super::slot::Slot;
use super::source::{FederationSources, Source, Sources};
use super::status::{Backoff, Status};
use super::{Collectable, CollectorView, EventSink, Kind};
use crate::error::Excerpt;
use crate::federation::Federation;
use crate::id::PluginId;
use crate::layers::Jitter;
use crate::layers::semaphore::Semaphore;
use crate::metrics::Metrics;
use crate::operation::Category;
use crate::plugin::Plugin;
use crate::ports::Clock;
use crate::snapshot::{IndexPath, Snapshot};
use crate::store::Store;
use crate::{Error, Result};

/// How often the plugins are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long giving the leases back may take.
const FAREWELL: Duration = Duration::from_secs(5);
/// How many lists may wait for their turn.
const WAITING: usize = 4096;

/// A collector for every plugin there is. [`Self::run`] does the work; nothing happens without it.
#[derive(Debug)]
pub struct Collectors {
    office: Arc<Office>,
    settings: CollectSettings,
    metrics: Metrics,
    permits: Arc<Semaphore>,
    sources: Vec<Arc<dyn Sources>>,
    indexes: BTreeMap<&'static str, Vec<IndexPath>>,
    slots: Mutex<BTreeMap<(Category, PluginId), Slotted>>,
}

/// A plugin's collector, whether it runs or not.
#[derive(Debug)]
struct Slotted {
    slot: Arc<Slot>,
    snapshot: Arc<Snapshot>,
    identity: (usize, bool),
    running: Option<AbortHandle>,
}

type Running = Abortable<BoxFuture<'static, Infallible>>;

impl Collectors {
    /// Collectors that tell `sink` what happens. What has been told is kept in `store`, which the sink has to write to as
    /// well.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        store: Arc<dyn Store>,
        sink: Arc<dyn EventSink>,
        settings: CollectSettings,
        metrics: Metrics,
    ) -> Self {
        let seed = uuid::Uuid::new_v4();
        Self {
            permits: Arc::new(Semaphore::new(settings.concurrency.max(1), WAITING)),
            office: Arc::new(Office {
                store,
                sink,
                clock,
                holder: seed.to_string(),
                lease: settings.lease,
                jitter: Jitter::new(seed.as_u64_pair().0),
            }),
            settings,
            metrics,
            sources: Vec::new(),
            indexes: BTreeMap::new(),
            slots: Mutex::default(),
        }
    }

    /// Collects the plugins of `plugins`, if they have [snapshots](Federation::with_snapshots).
    ///
    /// # Errors
    /// `Config` when an index is to be kept of an attribute that has none.
    pub fn collect<P: ?Sized + Plugin>(
        mut self,
        category: Category,
        plugins: &Arc<Federation<P>>,
        how: Arc<dyn Collectable<P>>,
    ) -> Result<Self> {
        for kind in how.kinds() {
            let paths = self.index_paths(kind)?;
            self.indexes.insert(kind.object, paths);
        }
        if let Some(snapshots) = plugins.snapshots() {
            self.sources.push(Arc::new(FederationSources {
                category,
                plugins: Arc::clone(plugins),
                snapshots: Arc::clone(snapshots),
                how,
            }));
        }
        Ok(self)
    }

    fn index_paths(&self, kind: &Kind) -> Result<Vec<IndexPath>> {
        let own = kind.indexes.iter().copied();
        let configured = self.settings.indexes.get(kind.object).into_iter().flatten();
        let configured = configured
            .map(String::as_str)
            .filter(|path| !kind.indexes.contains(path));
        let wrong = |error: Error| Error::config(format!("collectors.index.{}: {}", kind.object, error.message()));
        own.chain(configured)
            .map(|path| IndexPath::new(kind.shape, path).map_err(wrong))
            .collect()
    }

    /// The same, when every type of objects that an index is wanted of is collected.
    ///
    /// # Errors
    /// `Config` naming the type that is not.
    pub fn checked(self) -> Result<Self> {
        let unknown = |object: &&String| !self.indexes.contains_key(object.as_str());
        match self.settings.indexes.keys().find(unknown) {
            None => Ok(self),
            Some(object) => {
                let known: Vec<_> = self.indexes.keys().copied().collect();
                let known = known.join(", ");
                let message = format!(
                    "collectors.index: '{}' are not collected (known: {known})",
                    Excerpt(object)
                );
                Err(Error::config(message))
            }
        }
    }

    /// How all collectors are doing.
    #[must_use]
    pub fn views(&self) -> Vec<CollectorView> {
        self.slots()
            .values()
            .map(|slotted| slotted.slot.status.view())
            .collect()
    }

    /// Collects until `shutdown` ends. The host drives this future; it is not to be run twice at the same time.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let stopping = Stopping(self);
        let work = async {
            let mut running = FuturesUnordered::new();
            loop {
                self.follow(&mut running);
                let look = self.office.clock.sleep(LOOK);
                select(look, drive(&mut running).boxed()).await;
            }
        };
        match select(work.boxed(), std::pin::pin!(shutdown)).await {
            Either::Left((never, _)) => never,
            Either::Right(((), _)) => {}
        }
        drop(stopping);
        let released = self.office.clock.within(FAREWELL, self.release()).await;
        if released.is_err() {
            tracing::warn!("leases of collectors were not given back; others take over when they have ended");
        }
    }

    /// Starts and stops collectors, so that every enabled plugin has one.
    fn follow(&self, running: &mut FuturesUnordered<Running>) {
        let mut slots = self.slots();
        for sources in &self.sources {
            let category = sources.category();
            let current: BTreeMap<_, _> = sources.current().into_iter().collect();
            slots.retain(|(known, name), slotted| {
                let stays = *known != category || current.contains_key(name);
                if !stays {
                    slotted.stop();
                    sources.snapshots().forget(name);
                    slotted.slot.status.forget();
                }
                stays
            });
            for (name, source) in current {
                let slotted = slots
                    .entry((category, name.clone()))
                    .or_insert_with(|| self.slot(sources, &name));
                match source {
                    None => slotted.stop(),
                    Some(source) if !slotted.runs(&*source) => {
                        running.push(self.start(sources, source, slotted));
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn slot(&self, sources: &Arc<dyn Sources>, name: &PluginId) -> Slotted {
        let category = sources.category();
        let metrics = self.metrics.collector(category, name);
        let status = Status::new(category, name.clone(), metrics, Arc::clone(&self.office.clock));
        Slotted {
            slot: Arc::new(Slot::new(status)),
            snapshot: sources.snapshots().open(name),
            identity: (0, false),
            running: None,
        }
    }

    fn start(&self, sources: &Arc<dyn Sources>, source: Arc<dyn Source>, slotted: &mut Slotted) -> Running {
        slotted.stop();
        let snapshot = Arc::clone(&slotted.snapshot);
        if slotted.identity != source.identity() {
            snapshot.distrust(self.office.clock.monotonic());
        }
        slotted.identity = source.identity();
        slotted.slot.status.started();
        let (handle, registration) = AbortHandle::new_pair();
        slotted.running = Some(handle);

        let (category, slot) = (sources.category(), Arc::clone(&slotted.slot));
        let (office, permits) = (Arc::clone(&self.office), Arc::clone(&self.permits));
        let (indexes, settings) = (self.indexes.clone(), self.settings.clone());
        let make = move || Collector {
            kinds: source.kinds(),
            indexes: indexes.clone(),
            ledger: Ledger::new(
                Arc::clone(&office),
                Arc::clone(&source),
                Arc::clone(&snapshot),
                Arc::clone(&slot),
                category,
            ),
            snapshot: Arc::clone(&snapshot),
            slot: Arc::clone(&slot),
            office: Arc::clone(&office),
            permits: Arc::clone(&permits),
            interval: settings.interval(category, source.name()),
            resync: settings.resync,
            backoff: Backoff {
                longest: settings.max_backoff,
                failures: 0,
            },
            fresh: BTreeMap::new(),
            mark: None,
            loaded: false,
            source: Arc::clone(&source),
        };
        let pause = self.settings.max_backoff;
        let (clock, status) = (Arc::clone(&self.office.clock), Arc::clone(&slotted.slot));
        let run = async move {
            loop {
                let collector: BoxFuture<'static, Infallible> = Box::pin(make().run());
                if let Ok(never) = AssertUnwindSafe(collector).catch_unwind().await {
                    return never;
                }
                status.status.failing(&Error::internal("the collector panicked"));
                clock.sleep(pause).await;
            }
        };
        Abortable::new(run.boxed(), registration)
    }

    async fn release(&self) {
        let leases: Vec<_> = self
            .slots()
            .values()
            .filter_map(|slotted| slotted.slot.take_lease())
            .collect();
        let released = join_all(leases.iter().map(|lease| self.office.store.release(lease))).await;
        for error in released.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, detail = error.detail(), "lease of a collector not given back");
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<(Category, PluginId), Slotted>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody keeps what is known right any more when the collectors are not run, whoever dropped them.
struct Stopping<'a>(&'a Collectors);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.slots().values_mut().for_each(Slotted::stop);
    }
}

impl Slotted {
    fn runs(&self, source: &dyn Source) -> bool {
        self.running.is_some() && self.identity == source.identity()
    }

    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            self.snapshot.unwatch();
        }
        self.slot.status.stopped();
    }
}

/// Drives all collectors; ends never, because they do not, unless they are stopped.
async fn drive(running: &mut FuturesUnordered<Running>) -> Infallible {
    loop {
        match running.next().await {
            Some(Ok(never)) => return never,
            Some(Err(Aborted)) => {}
            None => pending::<()>().await,
        }
    }
}
