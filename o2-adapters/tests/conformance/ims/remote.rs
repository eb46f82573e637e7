//! [`Remote`]: a plugin on a backend behind a [`Network`]. The backend is the one in memory; the network adds what networks
//! add: it takes time, fails, refuses, hangs, and hands out what nobody understands.

use std::future::pending;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use o2_adapters::ims::memory::MemoryIms;
use o2_core::plugin::Health;
use o2_core::ports::{Clock, Secret};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Fault, Page, Plugin, PluginInfo, Result, async_trait};
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, DeploymentManagerId, IMSPlugin, InventoryChange, NewResource,
    NewResourcePool, PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate,
    ResourceType, ResourceTypeId,
};
use o2_testkit::conformance::Trouble;

/// How long a request takes on its way.
const LATENCY: Duration = Duration::from_millis(1);
/// The most objects the backend puts into one page.
const LARGEST_PAGE: u32 = 100;

/// The way to the backend, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Network {
    clock: Arc<dyn Clock>,
    trouble: Mutex<Option<Trouble>>,
    /// How often the backend has forgotten its changes.
    forgotten: AtomicU64,
}

impl Network {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            trouble: Mutex::new(None),
            forgotten: AtomicU64::new(0),
        })
    }

    pub(super) fn bring(&self, trouble: Option<Trouble>) {
        if trouble == Some(Trouble::Forgetful) {
            self.forgotten.fetch_add(1, Ordering::Relaxed);
        }
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(super) fn is(&self, trouble: Trouble) -> bool {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) == Some(trouble)
    }

    /// Takes a request to the backend, unless something is wrong.
    async fn carry(&self) -> Result<()> {
        self.clock.sleep(LATENCY).await;
        if self.is(Trouble::Down) {
            return Err(Error::new(ErrorKind::Unavailable, "the backend is not there"));
        }
        if self.is(Trouble::Denied) {
            let error = Error::new(ErrorKind::PermissionDenied, "the backend refuses our credentials");
            return Err(error.with_fault(Fault::Backend));
        }
        if self.is(Trouble::Hanging) {
            pending::<()>().await;
        }
        Ok(())
    }

    async fn reach(&self, context: &Context) -> Result<()> {
        let late = || Err(Error::new(ErrorKind::Timeout, "the backend did not answer in time"));
        match context.deadline() {
            Some(deadline) => self.clock.until(deadline, self.carry()).await.unwrap_or_else(late),
            None => self.carry().await,
        }
    }

    /// What the backend lists, as it comes: `None` is an object of a shape that nobody knows.
    fn raw<T>(&self, items: Vec<Arc<T>>) -> Vec<Option<Arc<T>>> {
        let odd = self.is(Trouble::OddObject).then_some(None);
        odd.into_iter().chain(items.into_iter().map(Some)).collect()
    }

    fn mark(&self, mark: &str) -> String {
        format!("{}:{mark}", self.forgotten.load(Ordering::Relaxed))
    }

    /// The backend's own mark in one of ours.
    fn remembered<'m>(&self, mark: &'m str) -> Result<&'m str> {
        let (life, own) = mark.split_once(':').unwrap_or_default();
        if life == self.forgotten.load(Ordering::Relaxed).to_string() {
            Ok(own)
        } else {
            Err(Error::conflict("the backend no longer knows these changes"))
        }
    }
}

/// The way back.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The query with as many objects in a page as the backend allows.
fn limited(query: &ListQuery) -> ListQuery {
    query
        .clone()
        .with_limit(query.limit.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE))
}

/// A plugin that asks the backend for everything.
#[derive(Debug)]
pub(super) struct Remote {
    backend: Arc<MemoryIms>,
    network: Arc<Network>,
    capabilities: Capabilities,
    #[expect(dead_code, reason = "it is there to be kept secret")]
    token: Secret,
    closed: Arc<AtomicBool>,
}

impl Remote {
    pub(super) fn new(backend: Arc<MemoryIms>, network: Arc<Network>, token: Secret) -> Self {
        let capabilities = backend.capabilities().clone().with_max_page_size(LARGEST_PAGE);
        Self {
            backend,
            network,
            capabilities,
            token,
            closed: Arc::default(),
        }
    }

    async fn ask<T>(&self, context: &Context, answer: impl Future<Output = Result<T>>) -> Result<T> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        self.network.reach(context).await?;
        let answer = answer.await;
        yield_once().await;
        answer
    }

    /// What can be understood of a page.
    async fn list<T>(&self, context: &Context, page: impl Future<Output = Result<Page<T>>>) -> Result<Page<T>> {
        let mut page = self.ask(context, page).await?;
        page.items = self.network.raw(page.items).into_iter().flatten().collect();
        Ok(page)
    }
}

#[async_trait]
impl Plugin for Remote {
    fn info(&self) -> &PluginInfo {
        self.backend.info()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let answer = self
            .ask(context, async { Ok(self.backend.health(context).await) })
            .await;
        answer.unwrap_or_else(|error| Health::unhealthy(self.network.clock.now(), error.message()))
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl IMSPlugin for Remote {
    async fn list_deployment_managers(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentManager>> {
        self.list(context, self.backend.list_deployment_managers(context, query))
            .await
    }

    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        self.list(context, self.backend.list_resource_pools(context, query))
            .await
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        self.list(context, self.backend.list_resources(context, &limited(query)))
            .await
    }

    async fn list_resource_types(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourceType>> {
        self.list(context, self.backend.list_resource_types(context, query))
            .await
    }

    async fn list_alarms(&self, context: &Context, query: &ListQuery) -> Result<Page<Alarm>> {
        self.list(context, self.backend.list_alarms(context, &limited(query)))
            .await
    }

    async fn get_deployment_manager(
        &self,
        context: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        self.ask(context, self.backend.get_deployment_manager(context, id))
            .await
    }

    async fn get_resource_pool(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        self.ask(context, self.backend.get_resource_pool(context, id)).await
    }

    async fn get_resource_pool_metrics(&self, context: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        self.ask(context, self.backend.get_resource_pool_metrics(context, id))
            .await
    }

    async fn get_resource(&self, context: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        self.ask(context, self.backend.get_resource(context, id)).await
    }

    async fn get_resource_type(&self, context: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        self.ask(context, self.backend.get_resource_type(context, id)).await
    }

    async fn create_resource_pool(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        self.ask(context, self.backend.create_resource_pool(context, new)).await
    }

    async fn update_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        self.ask(context, self.backend.update_resource_pool(context, id, update))
            .await
    }

    async fn delete_resource_pool(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        self.ask(context, self.backend.delete_resource_pool(context, id, options))
            .await
    }

    async fn list_resource_pool_events(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        query: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        self.ask(context, self.backend.list_resource_pool_events(context, id, query))
            .await
    }

    async fn create_resource(&self, context: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        self.ask(context, self.backend.create_resource(context, new)).await
    }

    async fn delete_resource(&self, context: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        self.ask(context, self.backend.delete_resource(context, id, options))
            .await
    }

    async fn watch_inventory(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        let resume = resume.map(|mark| self.network.remembered(mark)).transpose()?;
        let changes = self.ask(context, self.backend.watch_inventory(context, resume)).await?;
        let network = Arc::clone(&self.network);
        let changes = changes.map(move |change| {
            change.map(|mut change| {
                change.resume = network.mark(&change.resume);
                change
            })
        });
        let whole = Whole(Arc::clone(&self.network), Arc::clone(&self.closed));
        Ok(broken_off(changes.boxed(), whole))
    }
}

/// What a watch goes on with: a network without outage, a plugin that is not closed.
struct Whole(Arc<Network>, Arc<AtomicBool>);

impl Whole {
    fn check(&self) -> Result<()> {
        let reason = if self.0.is(Trouble::Down) {
            "the backend is not there"
        } else if self.1.load(Ordering::Relaxed) {
            "the plugin is closed"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Unavailable, reason))
    }
}

/// A stream that fails when something is broken, and ends then.
fn broken_off(
    changes: BoxStream<'static, Result<InventoryChange>>,
    whole: Whole,
) -> BoxStream<'static, Result<InventoryChange>> {
    let mut changes = Some(changes);
    stream::poll_fn(move |context| {
        let Some(running) = &mut changes else {
            return Poll::Ready(None);
        };
        if let Err(error) = whole.check() {
            changes = None;
            return Poll::Ready(Some(Err(error)));
        }
        Pin::new(running).poll_next(context)
    })
    .boxed()
}
