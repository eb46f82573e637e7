//! [`LogPlugin`]: the backend of the change log as an infrastructure plugin that can be watched and resumed.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use o2::core::model::Change;
use o2::core::plugin::{Health, PluginInfo};
use o2::core::ports::{Clock, HttpClient, HttpRequest};
use o2::core::query::ListQuery;
use o2::core::{
    Capabilities, Category, Context, Error, ErrorKind, Labels, Page, Plugin, Result, Retry, Timestamp, async_trait,
};
use o2::ims::{IMSPlugin, InventoryChange, InventoryObject, ResourcePool, ResourcePoolId, op};
use serde::de::DeserializeOwned;

use super::log::{Backend, Entry, State, What};

/// Shows the pools of a backend.
#[derive(Debug)]
pub(crate) struct LogPlugin {
    info: PluginInfo,
    capabilities: Capabilities,
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
}

impl LogPlugin {
    pub(crate) fn new(backend: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Result<Self> {
        let capabilities = [&op::LIST_RESOURCE_POOLS, &op::GET_RESOURCE_POOL, &op::WATCH_INVENTORY];
        Ok(Self {
            info: PluginInfo::new(Category::Ims, "log", "log", "1")?,
            capabilities: Capabilities::new(capabilities),
            backend,
            clock,
        })
    }
}

/// The pool as the entry with this number left it.
fn pool(pool: u64, number: u64) -> Arc<ResourcePool> {
    let id = format!("pool-{pool}");
    let mut shown = ResourcePool::new(id.as_str(), id.as_str());
    shown.description = number.to_string();
    shown.labels = Labels::from([(
        "parity".to_owned(),
        ["even", "odd"][usize::from(pool % 2 == 1)].to_owned(),
    )]);
    Arc::new(shown)
}

fn change(entry: Entry, time: Timestamp) -> InventoryChange {
    let shown = |number| InventoryObject::ResourcePool(pool(entry.pool, number));
    let mark = entry.number.to_string();
    let before = shown(entry.before.unwrap_or_default());
    match entry.what {
        What::Created => Change::created(shown(entry.number), time, mark),
        What::Updated => Change::updated(before, shown(entry.number), time, mark),
        What::Deleted => Change::deleted(before, time, mark),
    }
}

#[async_trait]
impl Plugin for LogPlugin {
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
impl IMSPlugin for LogPlugin {
    async fn list_resource_pools(&self, _: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let filter = query.filter.bind::<ResourcePool>()?;
        let state = self.backend.state().await?;
        let pools = state.pools.into_iter().map(|(id, number)| pool(id, number));
        let shown = pools.filter(|pool| filter.matches(pool)).collect();
        Ok(Page::new(shown, None))
    }

    async fn get_resource_pool(&self, _: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let state = self.backend.state().await?;
        let mut pools = state.pools.into_iter().map(|(id, number)| pool(id, number));
        let found = pools.find(|pool| pool.resource_pool_id == *id);
        found.ok_or_else(|| Error::not_found("resourcePool", id.as_str()))
    }

    async fn watch_inventory(
        &self,
        _: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        let from = match resume {
            Some(mark) => mark
                .parse()
                .map_err(|_| Error::conflict(format!("'{mark}' is no mark of this log")))?,
            None => self.backend.state().await?.position,
        };
        let (backend, clock) = (Arc::clone(&self.backend), Arc::clone(&self.clock));
        let pages = stream::try_unfold(from, move |from| {
            let (backend, clock) = (Arc::clone(&backend), Arc::clone(&clock));
            async move {
                let page = backend.after(from).await?;
                let next = page.last().map_or(from, |entry| entry.number);
                let now = clock.now();
                let changes = page.into_iter().map(move |entry| Ok(change(entry, now)));
                Ok::<_, Error>(Some((stream::iter(changes), next)))
            }
        });
        Ok(pages.try_flatten().boxed())
    }
}

/// A change log in another process.
pub(crate) struct RemoteLog {
    pub(crate) base: String,
    pub(crate) http: Arc<dyn HttpClient>,
}

impl std::fmt::Debug for RemoteLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteLog")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl RemoteLog {
    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T> {
        let request = http::Request::get(format!("{}{path}", self.base)).body(Bytes::new());
        let request = request.map_err(|error| Error::internal(error.to_string()))?;
        let response = self.http.send(HttpRequest::new(request)).await?;
        serde_json::from_slice(response.body())
            .map_err(|error| Error::new(ErrorKind::Unavailable, error.to_string()).with_retry(Retry::Safe))
    }
}

impl Backend for RemoteLog {
    fn state(&self) -> BoxFuture<'_, Result<State>> {
        Box::pin(self.get("/state".to_owned()))
    }

    fn after(&self, number: u64) -> BoxFuture<'_, Result<Vec<Entry>>> {
        Box::pin(self.get(format!("/after/{number}")))
    }
}
