//! A plugin trait of three operations, its forward through layers, and a plugin that follows a script.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use o2_core::id::Id;
use o2_core::layer::{Call, Layer, Layered, Next};
use o2_core::metrics::{Metrics, PluginMetrics};
use o2_core::plugin::PluginInfo;
use o2_core::ports::Clock;
use o2_core::{
    Action, Capabilities, Category, Context, Error, ErrorKind, Fault, Health, Operation, Plugin, Result, async_trait,
};
use o2_testkit::ManualClock;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

const fn operation(name: &'static str, action: Action) -> Operation {
    Operation::new(Category::Ims, name, "item", "items", action)
}

pub(crate) static GET_ITEM: Operation = operation("get_item", Action::Read);
pub(crate) static CREATE_ITEM: Operation = operation("create_item", Action::Create);
pub(crate) static DELETE_ITEM: Operation = operation("delete_item", Action::Delete).idempotent();

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub id: ItemId,
}

pub(crate) type ItemId = Id<Item>;

#[async_trait]
pub(crate) trait ItemPlugin: Plugin {
    async fn get_item(&self, context: &Context, id: &ItemId) -> Result<Item>;
    async fn create_item(&self, context: &Context, item: Item, tags: &[&str]) -> Result<ItemId>;
    async fn delete_item(&self, context: &Context, id: &ItemId, force: bool) -> Result<()>;
}

#[async_trait]
impl ItemPlugin for Layered<dyn ItemPlugin> {
    async fn get_item(&self, context: &Context, id: &ItemId) -> Result<Item> {
        self.call(context, &GET_ITEM, Some(id.as_str()), |p, c| p.get_item(c, id))
            .await
    }

    async fn create_item(&self, context: &Context, item: Item, tags: &[&str]) -> Result<ItemId> {
        self.call(context, &CREATE_ITEM, None, |p, c| p.create_item(c, item.clone(), tags))
            .await
    }

    async fn delete_item(&self, context: &Context, id: &ItemId, force: bool) -> Result<()> {
        self.call(context, &DELETE_ITEM, Some(id.as_str()), |p, c| {
            p.delete_item(c, id, force)
        })
        .await
    }
}

/// What the fake plugin does in one call.
#[derive(Debug)]
pub(crate) enum Step {
    Answer,
    Fail(Error),
    Panic,
    Hang,
    Take(Duration),
}

/// Answers each call with the next step of its script, and at once when the script has ended.
#[derive(Debug)]
pub(crate) struct Fake {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<ManualClock>,
    script: Mutex<VecDeque<Step>>,
    calls: Mutex<Vec<Duration>>,
    running: AtomicUsize,
    peak: AtomicUsize,
}

impl Fake {
    pub(crate) fn new(clock: &Arc<ManualClock>, script: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            info: info(),
            capabilities: Capabilities::new([&GET_ITEM, &CREATE_ITEM]),
            clock: Arc::clone(clock),
            script: Mutex::new(script.into_iter().collect()),
            calls: Mutex::default(),
            running: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        })
    }

    /// When it was called.
    pub(crate) fn calls(&self) -> Vec<Duration> {
        self.calls.lock().unwrap().clone()
    }

    /// The most calls that ran at once.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    pub(crate) fn layered(self: &Arc<Self>, layers: Vec<Arc<dyn Layer>>) -> Layered<dyn ItemPlugin> {
        Layered::new(Arc::clone(self) as Arc<dyn ItemPlugin>, layers)
    }

    async fn act(&self) -> Result<()> {
        self.calls.lock().unwrap().push(self.clock.monotonic());
        let step = self.script.lock().unwrap().pop_front();
        let _running = Running::begin(self);
        match step.unwrap_or(Step::Answer) {
            Step::Answer => Ok(()),
            Step::Fail(error) => Err(error),
            Step::Panic => panic!("the fake was told to"),
            Step::Hang => std::future::pending().await,
            Step::Take(duration) => {
                self.clock.sleep(duration).await;
                Ok(())
            }
        }
    }
}

struct Running<'a>(&'a Fake);

impl<'a> Running<'a> {
    fn begin(fake: &'a Fake) -> Self {
        let running = fake.running.fetch_add(1, Ordering::Relaxed) + 1;
        fake.peak.fetch_max(running, Ordering::Relaxed);
        Self(fake)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Plugin for Fake {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(self.clock.now())
    }
}

#[async_trait]
impl ItemPlugin for Fake {
    async fn get_item(&self, _: &Context, id: &ItemId) -> Result<Item> {
        self.act().await.map(|()| Item { id: id.clone() })
    }

    async fn create_item(&self, _: &Context, item: Item, _: &[&str]) -> Result<ItemId> {
        self.act().await.map(|()| item.id)
    }

    async fn delete_item(&self, _: &Context, _: &ItemId, _: bool) -> Result<()> {
        self.act().await
    }
}

pub(crate) fn info() -> PluginInfo {
    PluginInfo::new(Category::Ims, "fake", "lab", "1").unwrap()
}

pub(crate) fn metrics() -> PluginMetrics {
    Metrics::new().plugin(&info())
}

pub(crate) fn context() -> Context {
    Context::new("req-1")
}

pub(crate) fn item() -> Item {
    Item { id: "i-1".into() }
}

pub(crate) async fn get(plugin: &dyn ItemPlugin) -> Result<Item> {
    plugin.get_item(&context(), &"i-1".into()).await
}

pub(crate) async fn create(plugin: &dyn ItemPlugin, context: &Context) -> Result<ItemId> {
    plugin.create_item(context, item(), &[]).await
}

pub(crate) fn fail(kind: ErrorKind) -> Step {
    Step::Fail(Error::new(kind, kind.as_str()))
}

pub(crate) fn fail_by(kind: ErrorKind, fault: Fault) -> Step {
    Step::Fail(Error::new(kind, kind.as_str()).with_fault(fault))
}

/// Notes its name when a call passes it.
#[derive(Debug)]
pub(crate) struct Noting(pub(crate) String, pub(crate) Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Layer for Noting {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        self.1.lock().unwrap().push(self.0.clone());
        next.run(call).await
    }
}
