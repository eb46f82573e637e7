//! A store, subscribers and their sinks, and events to tell.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::{BoxFuture, Either, select};
use o2_core::delivery::{DeadLetters, Deliveries, DeliverySettings, Profile, Receiver, Receivers};
use o2_core::event::{ChangeEvent, EventKind, Subject};
use o2_core::id::qualified::Qualifier;
use o2_core::metrics::Metrics;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Change};
use o2_core::outbox::{Matched, Matching, OutboxLimits, Published, Publisher};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::query::PageLimits;
use o2_core::store::{Batch, MemoryStore, Revision, Store};
use o2_core::subscription::SubscriptionId;
use o2_core::{Error, ErrorKind, Model, Result, TenantId, Timestamp};
use o2_testkit::ManualClock;
use o2_testkit::webhook::{Delivery, WebhookSink};
use serde::Serialize;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// What events are about.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Rack {
    id: String,
}

impl Attributes for Rack {
    const NAME: &'static str = "Rack";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<Rack>] = &[Attribute::required("id", Kind::String, "Its id.", |rack| {
            Value::String(&rack.id)
        })];
        TABLE
    }
}

impl Model for Rack {
    const OBJECT: &'static str = "rack";
    const IDS: &'static [&'static str] = &["id"];

    fn id(&self) -> &str {
        &self.id
    }

    fn tenant(&self) -> Option<&TenantId> {
        None
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(&self.id);
    }

    fn qualify(&mut self, _: Qualifier<'_>) {}
}

pub(crate) fn rack(id: &str) -> Arc<dyn Subject> {
    Arc::new(Rack { id: id.to_owned() })
}

/// The subscriptions: who there is, what each wants, and where it goes.
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    known: Mutex<BTreeMap<SubscriptionId, Receiver>>,
    revision: AtomicU64,
    pub(crate) generation: Mutex<Option<Revision>>,
    pub(crate) disabled: Mutex<Vec<String>>,
    pub(crate) are_unknown: AtomicBool,
    pub(crate) asked: AtomicU64,
}

impl Subscribers {
    pub(crate) fn set(&self, id: &str, receiver: Receiver) {
        self.known.lock().unwrap().insert(SubscriptionId::new(id), receiver);
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Receiver)) {
        change(self.known.lock().unwrap().get_mut(id).unwrap());
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn remove(&self, id: &str) {
        self.known.lock().unwrap().remove(id);
        self.revision.fetch_add(1, Ordering::SeqCst);
    }
}

impl Receivers for Subscribers {
    fn receiver<'a>(&'a self, subscription: &'a SubscriptionId) -> BoxFuture<'a, Result<Option<Receiver>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let known = self.known.lock().unwrap().get(subscription).cloned();
        let answer = if self.are_unknown.load(Ordering::SeqCst) {
            Err(Error::new(ErrorKind::Unavailable, "not now"))
        } else {
            Ok(known)
        };
        std::future::ready(answer).boxed()
    }

    fn disable<'a>(&'a self, subscription: &'a SubscriptionId, reason: &'a str) -> BoxFuture<'a, Result<()>> {
        self.disabled.lock().unwrap().push(format!("{subscription}: {reason}"));
        self.change(subscription.as_str(), |receiver| receiver.active = false);
        std::future::ready(Ok(())).boxed()
    }

    fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }
}

/// Every event concerns everybody who has not been disabled.
impl Matching for Subscribers {
    fn matching(&self, _: &ChangeEvent) -> Matched {
        Matched {
            subscriptions: self.known.lock().unwrap().keys().cloned().collect(),
            generation: *self.generation.lock().unwrap(),
        }
    }

    fn caught_up<'a>(&'a self, _: Option<Revision>, _: Duration) -> BoxFuture<'a, Result<()>> {
        std::future::ready(Err(Error::new(ErrorKind::Timeout, "the matcher does not know"))).boxed()
    }
}

/// Sends each request to the sink that listens there.
#[derive(Debug, Default)]
pub(crate) struct Net(Mutex<BTreeMap<String, Arc<WebhookSink>>>);

impl HttpClient for Net {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let host = request.request.uri().host().unwrap().to_owned();
        let sink = self.0.lock().unwrap().get(&host).cloned();
        Box::pin(async move {
            match sink {
                Some(sink) => sink.send(request).await,
                None => Err(Error::new(ErrorKind::Unavailable, "connection refused")),
            }
        })
    }
}

/// The result of what does not have to wait, also within another future.
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().unwrap()
}

/// A clock whose wall stands still at the epoch, so that sequences are 1, 2, 3.
#[derive(Debug)]
struct FromZero(Arc<dyn Clock>);

impl Clock for FromZero {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) subscribers: Arc<Subscribers>,
    pub(crate) net: Arc<Net>,
    pub(crate) settings: DeliverySettings,
    pub(crate) metrics: Metrics,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

pub(crate) fn world() -> World {
    let clock = ManualClock::auto();
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    World::on(clock, store)
}

impl World {
    pub(crate) fn on(clock: Arc<ManualClock>, store: Arc<dyn Store>) -> Self {
        let mut settings = DeliverySettings::default();
        settings.waits.jitter = 0;
        Self {
            clock,
            store,
            subscribers: Arc::default(),
            net: Arc::default(),
            settings,
            metrics: Metrics::new(),
        }
    }

    /// The same world after another store has taken the place of this one.
    pub(crate) fn with_store(&self, store: Arc<dyn Store>) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            store,
            subscribers: Arc::clone(&self.subscribers),
            net: Arc::clone(&self.net),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
        }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    /// Somebody subscribes, with a host of the same name and the profile `seed`.
    pub(crate) fn subscribe(&self, id: &str) -> Arc<WebhookSink> {
        let mut receiver = Receiver::new(format!("https://{id}.test/notify").parse().unwrap());
        receiver.profile = Profile::Seed;
        self.subscribers.set(id, receiver);
        self.listen(id)
    }

    /// Somebody listens at this host.
    pub(crate) fn listen(&self, host: &str) -> Arc<WebhookSink> {
        let sink = WebhookSink::new(&format!("https://{host}.test/notify"), self.clock());
        self.net
            .0
            .lock()
            .unwrap()
            .insert(format!("{host}.test"), Arc::clone(&sink));
        sink
    }

    pub(crate) fn event(&self, id: &str) -> ChangeEvent {
        let created = Change::created(rack(id), self.clock.now(), "mark".to_owned());
        ChangeEvent::of("lab".into(), EventKind::Created, created)
    }

    pub(crate) fn publisher(&self, limits: OutboxLimits) -> Publisher {
        let matching = Arc::clone(&self.subscribers) as Arc<dyn Matching>;
        Publisher::new(
            Arc::clone(&self.store),
            Arc::new(FromZero(self.clock())),
            matching,
            limits,
            self.metrics.delivery(),
        )
    }

    /// Publishes so many events.
    pub(crate) fn publish(&self, count: usize) -> Published {
        let events = (1..=count).map(|number| self.event(&format!("r{number}"))).collect();
        let publisher = self.publisher(OutboxLimits::default());
        at_once(publisher.publish(events, Batch::new())).unwrap()
    }

    pub(crate) fn deliveries(&self) -> Deliveries {
        Deliveries::new(
            Arc::clone(&self.store),
            self.clock(),
            Arc::clone(&self.net) as Arc<dyn HttpClient>,
            Arc::clone(&self.subscribers) as Arc<dyn Receivers>,
            self.settings.clone(),
            self.metrics.delivery(),
        )
    }

    /// Delivers while `work` runs, and then drops the deliveries.
    pub(crate) fn while_delivering<T>(&self, work: impl Future<Output = T>) -> T {
        let deliveries = self.deliveries();
        let run = std::pin::pin!(deliveries.run(std::future::pending()));
        match block_on(select(run, std::pin::pin!(work))) {
            Either::Left(_) => panic!("deliveries end before they are told to"),
            Either::Right((value, _)) => value,
        }
    }

    /// Delivers for so long.
    pub(crate) fn deliver_for(&self, time: Duration) {
        self.while_delivering(self.clock.sleep(time));
    }

    pub(crate) fn letters(&self) -> DeadLetters {
        DeadLetters::new(Arc::clone(&self.store), self.clock(), PageLimits::default())
    }

    /// The keys under a prefix.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        let entries = at_once(self.store.scan(prefix, None, 10_000)).unwrap();
        entries.into_iter().map(|entry| entry.key).collect()
    }

    /// Seconds since the clock began at which requests came to a sink.
    pub(crate) fn times(&self, sink: &WebhookSink) -> Vec<u64> {
        let start = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        sink.attempts()
            .iter()
            .map(|attempt| attempt.time.since(start).as_secs())
            .collect()
    }

    pub(crate) fn counted(&self, outcome: &str) -> u64 {
        let text = self.metrics.render().unwrap();
        let name = format!("o2_notifications_total{{outcome=\"{outcome}\"}} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&name))
            .unwrap()
            .parse()
            .unwrap()
    }
}

pub(crate) fn sequence(delivery: &Delivery) -> u64 {
    delivery.json()["sequence"].as_u64().unwrap()
}

pub(crate) fn subscription(delivery: &Delivery) -> String {
    delivery.json()["subscriptionId"].as_str().unwrap().to_owned()
}

pub(crate) fn sequences(sink: &WebhookSink) -> Vec<u64> {
    sink.deliveries().iter().map(sequence).collect()
}
