//! An infrastructure backend of pools and resources that can be watched, or not, and that breaks when it is told to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc;
use futures::stream::{self, BoxStream};
use o2_core::context::Consistency;
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{
    Capabilities, Category, Context, Error, ErrorKind, Health, Model, Page, Plugin, PluginInfo, Pushdown, Result,
    Timestamp, async_trait,
};
use o2_ims::{
    IMSPlugin, InventoryChange, InventoryObject, NewResourcePool, Resource, ResourcePool, ResourcePoolId, op,
};
use o2_testkit::ManualClock;

pub(crate) struct Backend {
    info: PluginInfo,
    capabilities: Capabilities,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    pools: BTreeMap<String, Arc<ResourcePool>>,
    resources: BTreeMap<String, Arc<Resource>>,
    journal: Vec<InventoryChange>,
    /// Changes up to this one are no longer known.
    forgotten: usize,
    watchers: Vec<mpsc::UnboundedSender<Result<InventoryChange>>>,
    pools_fail: Option<ErrorKind>,
    resources_fail: Option<ErrorKind>,
    watch_fails: Option<ErrorKind>,
    /// What changes while the next list of pools is taken, before the list sees it.
    during_list: Option<fn(&Backend)>,
    lists: usize,
    /// How old each list of pools might have been.
    ages: Vec<Consistency>,
    gets: usize,
    /// How long it takes to open a watch.
    opening: Option<(Arc<dyn Clock>, Duration)>,
    resumed: Vec<Option<String>>,
}

impl Backend {
    pub(crate) fn watched(name: &str) -> Arc<Self> {
        Self::with(name, [&op::WATCH_INVENTORY].into_iter().collect())
    }

    pub(crate) fn polled(name: &str) -> Arc<Self> {
        Self::with(name, Vec::new())
    }

    fn with(name: &str, more: Vec<&'static o2_core::Operation>) -> Arc<Self> {
        let operations = [
            &op::LIST_RESOURCE_POOLS,
            &op::GET_RESOURCE_POOL,
            &op::CREATE_RESOURCE_POOL,
            &op::LIST_RESOURCES,
            &op::GET_RESOURCE,
        ];
        let operations = operations.into_iter().chain(more);
        Arc::new(Self {
            info: PluginInfo::new(Category::Ims, "fake", name, "1").unwrap(),
            capabilities: Capabilities::new(operations).with_pushdown(Pushdown::Filter),
            state: Arc::default(),
        })
    }

    /// Another plugin in front of the same backend.
    pub(crate) fn again(&self) -> Arc<Self> {
        Arc::new(Self {
            info: self.info.clone(),
            capabilities: self.capabilities.clone(),
            state: Arc::clone(&self.state),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn put_pool(&self, id: &str, text: &str) {
        let mut pool = ResourcePool::new(id, "pool");
        pool.description = text.into();
        let pool = Arc::new(pool);
        let mut state = self.lock();
        let before = state.pools.insert(id.to_owned(), Arc::clone(&pool));
        state.note(
            before.map(InventoryObject::ResourcePool),
            Some(InventoryObject::ResourcePool(pool)),
        );
    }

    pub(crate) fn delete_pool(&self, id: &str) {
        let mut state = self.lock();
        if let Some(before) = state.pools.remove(id) {
            state.note(Some(InventoryObject::ResourcePool(before)), None);
        }
    }

    pub(crate) fn put_resource(&self, resource: Resource) {
        let resource = Arc::new(resource);
        let mut state = self.lock();
        let before = state.resources.insert(resource.id().to_owned(), Arc::clone(&resource));
        state.note(
            before.map(InventoryObject::Resource),
            Some(InventoryObject::Resource(resource)),
        );
    }

    pub(crate) fn pools(&self) -> BTreeMap<String, String> {
        let state = self.lock();
        let text = |(id, pool): (&String, &Arc<ResourcePool>)| (id.clone(), pool.description.clone());
        state.pools.iter().map(text).collect()
    }

    pub(crate) fn pools_fail(&self, kind: Option<ErrorKind>) {
        self.lock().pools_fail = kind;
    }

    pub(crate) fn resources_fail(&self, kind: Option<ErrorKind>) {
        self.lock().resources_fail = kind;
    }

    pub(crate) fn watch_fails(&self, kind: Option<ErrorKind>) {
        self.lock().watch_fails = kind;
    }

    pub(crate) fn fails(&self, kind: Option<ErrorKind>) {
        self.pools_fail(kind);
        self.resources_fail(kind);
        self.watch_fails(kind);
    }

    pub(crate) fn opens_within(&self, clock: &Arc<ManualClock>, opening: Duration) {
        self.lock().opening = Some((Arc::clone(clock) as Arc<dyn Clock>, opening));
    }

    pub(crate) fn ages(&self) -> Vec<Consistency> {
        self.lock().ages.clone()
    }

    pub(crate) fn during_list(&self, change: fn(&Self)) {
        self.lock().during_list = Some(change);
    }

    /// Every watch breaks.
    pub(crate) fn break_watches(&self) {
        for watcher in self.lock().watchers.drain(..) {
            let _ = watcher.unbounded_send(Err(Error::new(ErrorKind::Unavailable, "the watch broke")));
        }
    }

    /// The backend no longer knows what happened so far.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.forgotten = state.journal.len();
    }

    /// A change that no watch tells.
    pub(crate) fn put_silently(&self, id: &str, text: &str) {
        let mut pool = ResourcePool::new(id, "pool");
        pool.description = text.into();
        self.lock().pools.insert(id.to_owned(), Arc::new(pool));
    }

    pub(crate) fn lists(&self) -> usize {
        self.lock().lists
    }

    pub(crate) fn gets(&self) -> usize {
        self.lock().gets
    }

    /// The marks that watches began with.
    pub(crate) fn resumed(&self) -> Vec<Option<String>> {
        self.lock().resumed.clone()
    }
}

impl State {
    fn note(&mut self, before: Option<InventoryObject>, after: Option<InventoryObject>) {
        let time = Timestamp::UNIX_EPOCH;
        let mark = (self.journal.len() + 1).to_string();
        let change = match (before, after) {
            (None, Some(after)) => InventoryChange::created(after, time, mark),
            (Some(before), Some(after)) => InventoryChange::updated(before, after, time, mark),
            (Some(before), None) => InventoryChange::deleted(before, time, mark),
            (None, None) => return,
        };
        self.journal.push(change.clone());
        self.watchers
            .retain(|watcher| watcher.unbounded_send(Ok(change.clone())).is_ok());
    }
}

fn page<T: Model>(objects: &BTreeMap<String, Arc<T>>, context: &Context, query: &ListQuery) -> Result<Page<T>> {
    let matcher = query.filter.bind::<T>()?;
    let seen = |object: &&Arc<T>| context.sees(object.tenant()) && matcher.matches(object);
    let matching: Vec<_> = objects.values().filter(seen).cloned().collect();
    let total = matching.len() as u64;
    let start: usize = match &query.marker {
        None => 0,
        Some(marker) => marker
            .strip_prefix("live-")
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Error::invalid("not a marker of this list"))?,
    };
    let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
    let end = start.saturating_add(limit).min(matching.len());
    let next = (end < matching.len()).then(|| format!("live-{end}"));
    let items = matching.into_iter().skip(start).take(limit).collect();
    Ok(Page::new(items, next).with_total(total))
}

fn check(fails: Option<ErrorKind>) -> Result<()> {
    fails.map_or(Ok(()), |kind| Err(Error::new(kind, "the backend has trouble")))
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Backend({})", self.info.name)
    }
}

#[async_trait]
impl Plugin for Backend {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl IMSPlugin for Backend {
    async fn list_resource_pools(&self, context: &Context, query: &ListQuery) -> Result<Page<ResourcePool>> {
        let change = self.lock().during_list.take();
        if let Some(change) = change {
            change(self);
        }
        let mut state = self.lock();
        state.lists += 1;
        state.ages.push(context.consistency());
        check(state.pools_fail)?;
        page(&state.pools, context, query)
    }

    async fn get_resource_pool(&self, _: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let mut state = self.lock();
        state.gets += 1;
        check(state.pools_fail)?;
        let found = state.pools.get(id.as_str()).cloned();
        found.ok_or_else(|| Error::not_found("resourcePool", id.as_str()))
    }

    async fn create_resource_pool(&self, _: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let id = new.resource_pool_id.clone().unwrap();
        self.put_pool(id.as_str(), &new.description);
        Ok(Arc::clone(&self.lock().pools[id.as_str()]))
    }

    async fn list_resources(&self, context: &Context, query: &ListQuery) -> Result<Page<Resource>> {
        let state = self.lock();
        check(state.resources_fail)?;
        page(&state.resources, context, query)
    }

    async fn watch_inventory(
        &self,
        _: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        let opening = self.lock().opening.clone();
        if let Some((clock, opening)) = opening {
            clock.sleep(opening).await;
        }
        let mut state = self.lock();
        check(state.watch_fails)?;
        state.resumed.push(resume.map(ToOwned::to_owned));
        let from = resume.map_or(state.journal.len(), |mark| mark.parse().unwrap());
        if from < state.forgotten {
            return Err(Error::conflict("forgotten"));
        }
        let missed: Vec<_> = state.journal[from..].iter().cloned().map(Ok).collect();
        let (sender, receiver) = mpsc::unbounded();
        state.watchers.push(sender);
        Ok(stream::iter(missed).chain(receiver).boxed())
    }
}
