//! A gateway's worth of collectors around a backend, and what they tell.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, select};
use o2_core::collect::{CollectSettings, CollectorView, Collectors, EventSink};
use o2_core::context::Consistency;
use o2_core::event::{ChangeEvent, EventRecord};
use o2_core::federation::{Federation, Listing};
use o2_core::metrics::Metrics;
use o2_core::ports::Clock;
use o2_core::query::{PageLimits, Query};
use o2_core::registry::{RegisterOptions, Registry};
use o2_core::router::{Router, RoutingTable};
use o2_core::snapshot::Snapshots;
use o2_core::store::{Batch, MemoryStore, Revision, Store};
use o2_core::{Category, Context, Error, ErrorKind, Result};
use o2_ims::{IMSPlugin, Inventory, ResourcePool, ResourcePoolId, op};
use o2_testkit::ManualClock;
use o2_testkit::crash_store::{CrashPoint, CrashStore};

use super::backend::Backend;

/// Events as subscribers would get them: an event is told when its commit is.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) events: Mutex<Vec<ChangeEvent>>,
    failures: Mutex<Vec<Failure>>,
    /// The numbers of events in the store.
    numbers: AtomicU64,
}

/// What happens to the next commit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    /// It is not done, and says so.
    Refused,
    /// It is done, and nobody learns of it.
    Unanswered,
}

impl Told {
    pub(crate) fn fail(&self, failures: impl IntoIterator<Item = Failure>) {
        self.failures.lock().unwrap().extend(failures);
    }

    /// `created a`, `updated a=text`, … in the order in which they were told.
    pub(crate) fn words(&self) -> Vec<String> {
        self.events.lock().unwrap().iter().map(word).collect()
    }
}

fn word(event: &ChangeEvent) -> String {
    let id = event.subject().unwrap().id().to_owned();
    let text = event.after.as_ref().map(|after| {
        let json: serde_json::Value = serde_json::from_str(after.to_json().unwrap().get()).unwrap();
        json["description"].as_str().unwrap().to_owned()
    });
    match text {
        Some(text) => format!("{} {id}={text}", event.kind.as_str()),
        None => format!("{} {id}", event.kind.as_str()),
    }
}

/// Commits position and events together, and shows the events when that is done.
#[derive(Debug)]
struct Sink {
    store: Arc<dyn Store>,
    told: Arc<Told>,
}

impl EventSink for Sink {
    fn publish(&self, events: Vec<ChangeEvent>, position: Batch) -> BoxFuture<'_, Result<Revision>> {
        let failure = self.told.failures.lock().unwrap().pop();
        async move {
            let down = || Error::new(ErrorKind::Unavailable, "the store is down");
            if matches!(failure, Some(Failure::Refused)) {
                return Err(down());
            }
            let mut batch = position;
            for event in &events {
                let number = self.told.numbers.fetch_add(1, Ordering::Relaxed);
                let record = EventRecord::of(event, number).unwrap();
                batch = batch.put(format!("event/{number:08}"), serde_json::to_vec(&record).unwrap());
            }
            let revision = self.store.commit(batch).await?;
            self.told.events.lock().unwrap().extend(events);
            match failure {
                Some(_) => Err(down()),
                None => Ok(revision),
            }
        }
        .boxed()
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) backend: Arc<Backend>,
    pub(crate) plugins: Arc<Federation<dyn IMSPlugin>>,
    pub(crate) collectors: Collectors,
    pub(crate) told: Arc<Told>,
}

/// What outlives a process.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    crashing: Option<Arc<CrashStore>>,
    pub(crate) told: Arc<Told>,
}

impl Outside {
    /// A store that lasts.
    pub(crate) fn lasting() -> Self {
        let clock = ManualClock::auto();
        let store = CrashStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
        Self {
            store: Arc::clone(&store) as Arc<dyn Store>,
            crashing: Some(store),
            clock,
            told: Arc::default(),
        }
    }

    /// The process dies in its commit of this number: before or after it is written.
    pub(crate) fn crash_at(&self, commit: u64, written: bool) {
        let point = if written {
            CrashPoint::AfterCommit(commit)
        } else {
            CrashPoint::BeforeCommit(commit)
        };
        self.crashing.as_ref().unwrap().crash_at(point);
    }

    /// What the next process finds.
    pub(crate) fn restart(&mut self) {
        let store = self.crashing.as_ref().unwrap().restart();
        self.store = Arc::clone(&store) as Arc<dyn Store>;
        self.crashing = Some(store);
    }

    /// The same with a store that knows what this one knows now. What happens from here on, the other one does not know:
    /// so a store forgets when another server becomes the primary.
    pub(crate) fn as_of_now(&self) -> Self {
        let store = CrashStore::new(Arc::clone(&self.clock) as Arc<dyn Clock>);
        let entries = self.store.scan("", None, usize::MAX).now_or_never().unwrap().unwrap();
        let all = entries
            .into_iter()
            .fold(Batch::new(), |batch, entry| batch.put(entry.key, entry.value));
        store.commit(all).now_or_never().unwrap().unwrap();
        Self {
            clock: Arc::clone(&self.clock),
            store: Arc::clone(&store) as Arc<dyn Store>,
            crashing: Some(store),
            told: Arc::default(),
        }
    }

    /// The events in the store.
    pub(crate) fn outbox(&self) -> Vec<EventRecord> {
        let entries = futures::executor::block_on(self.store.scan("event/", None, usize::MAX)).unwrap();
        let records = entries
            .iter()
            .map(|entry| serde_json::from_slice(&entry.value).unwrap());
        records.collect()
    }

    pub(crate) fn forgetful() -> Self {
        let clock = ManualClock::auto();
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
        Self {
            store,
            crashing: None,
            clock,
            told: Arc::default(),
        }
    }

    /// A process.
    pub(crate) fn process(&self, backend: &Arc<Backend>) -> World {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let registry = Arc::new(Registry::<dyn IMSPlugin>::new());
        let plugin = Arc::clone(backend) as Arc<dyn IMSPlugin>;
        registry.register(plugin, RegisterOptions::new().as_default()).unwrap();
        let router = Router::new(registry, RoutingTable::new());
        let limits = PageLimits { default: 5, max: 50 };
        let plugins = Federation::new(router, limits, 4).with_snapshots(Arc::new(Snapshots::new(Arc::clone(&clock))));
        let plugins = Arc::new(plugins);
        let sink = Sink {
            store: Arc::clone(&self.store),
            told: Arc::clone(&self.told),
        };
        let settings = CollectSettings::default();
        let store = Arc::clone(&self.store);
        let collectors = Collectors::new(clock, store, Arc::new(sink), settings, Metrics::new())
            .collect(Category::Ims, &plugins, Arc::new(Inventory::new()))
            .unwrap();
        World {
            clock: Arc::clone(&self.clock),
            backend: Arc::clone(backend),
            plugins,
            collectors,
            told: Arc::clone(&self.told),
        }
    }
}

impl World {
    pub(crate) fn new(backend: &Arc<Backend>) -> Self {
        Outside::forgetful().process(backend)
    }

    /// Runs a script beside the collectors; they stop when it ends, without farewell.
    pub(crate) fn run<T>(&self, script: impl Future<Output = T>) -> T {
        futures::executor::block_on(self.collecting(script))
    }

    pub(crate) async fn collecting<T>(&self, script: impl Future<Output = T>) -> T {
        let never = futures::future::pending();
        match select(Box::pin(self.collectors.run(never)), Box::pin(script)).await {
            Either::Left(_) => panic!("collectors ended"),
            Either::Right((value, _)) => value,
        }
    }

    pub(crate) async fn wait(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    pub(crate) fn view(&self) -> CollectorView {
        self.collectors.views().remove(0)
    }

    pub(crate) async fn pools(&self, context: &Context, query: &Query) -> Result<Listing<ResourcePool>> {
        let list = &op::LIST_RESOURCE_POOLS;
        self.plugins
            .list(context, list, query, |p, c, q| p.list_resource_pools(c, q))
            .await
    }

    pub(crate) async fn pool(&self, context: &Context, id: &str) -> Result<Arc<ResourcePool>> {
        let id = ResourcePoolId::new(id);
        self.plugins
            .get(context, &op::GET_RESOURCE_POOL, &id, |p, c, id| {
                p.get_resource_pool(c, id)
            })
            .await
    }
}

/// Somebody who takes what is so old.
pub(crate) fn at_most(seconds: u64) -> Context {
    Context::new("reader").with_consistency(Consistency::AtMost(Duration::from_secs(seconds)))
}

/// Somebody who takes anything.
pub(crate) fn any_age() -> Context {
    Context::new("reader").with_consistency(Consistency::AtMost(Duration::MAX))
}

/// The pools with their texts, as the list shows them.
pub(crate) fn texts(listing: &Listing<ResourcePool>) -> BTreeMap<String, String> {
    let text = |pool: &Arc<ResourcePool>| (pool.resource_pool_id.to_string(), pool.description.clone());
    listing.items.iter().map(text).collect()
}
