//! [`Front`]: what every plugin of a cluster's inventory does alike, whatever its pools are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use o2_core::context::Consistency;
use o2_core::plugin::Health;
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Model, Page, Pushdown, Result, TenantId};
use o2_ims::{InventoryObject, op};

use super::{About, Drawn};
use crate::kube::{Changes, Drawing, seen};

/// How long the later pages of a list are taken from what the first one was taken from.
const WALK: Duration = Duration::from_secs(30);

/// Whether a plugin is open, and the changes that are watched.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// The name of the list that watches do not know.
pub(crate) const ALARMS: &str = "alarms";

/// Who lists what.
type Walk = (Option<TenantId>, &'static str);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// The changes that each tenant may see, while somebody watches them; of all tenants for `None`.
    changes: BTreeMap<Option<TenantId>, Arc<Changes<InventoryObject>>>,
    /// What tenants are listing page by page, and since when.
    walks: BTreeMap<Walk, (Duration, Arc<Drawn>)>,
}

impl Front {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(())
    }

    /// The changes that the tenant of `context` may see; `open` is for the first who asks.
    pub(crate) async fn changes<D: Drawing<InventoryObject>>(
        &self,
        context: &Context,
        open: impl Future<Output = Result<D>>,
    ) -> Result<Arc<Changes<InventoryObject>>> {
        let tenant = context.tenant().cloned();
        let known = self.state().changes.get(&tenant).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(Changes::new(open.await?, Arc::clone(&self.clock)));
        Ok(Arc::clone(self.state().changes.entry(tenant).or_insert(made)))
    }

    /// What a page is taken from: the first one of a list from what `draw` finds now, later ones from what the first one was.
    /// Otherwise a large cluster would be read as often as its list has pages. What was read for a watch is not read again if
    /// it is not older than the caller allows.
    pub(crate) async fn walk(
        &self,
        context: &Context,
        what: &'static str,
        query: &ListQuery,
        draw: impl Future<Output = Result<Drawn>>,
    ) -> Result<Arc<Drawn>> {
        self.check_open()?;
        let walk = (context.tenant().cloned(), what);
        let now = self.clock.monotonic();
        if query.marker.is_some() {
            let mut state = self.state();
            state.walks.retain(|_, (since, _)| now.saturating_sub(*since) < WALK);
            if let Some((_, known)) = state.walks.get(&walk) {
                return Ok(Arc::clone(known));
            }
        }
        let drawn = match self.watched(context, what) {
            Some(watched) => watched,
            None => draw.await?,
        };
        let drawn = Arc::new(drawn);
        self.state().walks.insert(walk, (now, Arc::clone(&drawn)));
        Ok(drawn)
    }

    fn watched(&self, context: &Context, what: &'static str) -> Option<Drawn> {
        let Consistency::AtMost(age) = context.consistency() else {
            return None;
        };
        if what == ALARMS {
            return None;
        }
        let since = self.clock.monotonic().checked_sub(age)?;
        let changes = self.state().changes.get(&context.tenant().cloned()).cloned()?;
        changes.known(since).map(Drawn::of)
    }

    /// A page as it is answered; after the last one nothing is remembered.
    pub(crate) fn walked<T>(&self, context: &Context, what: &'static str, page: Page<T>) -> Page<T> {
        if page.next.is_none() {
            self.state().walks.remove(&(context.tenant().cloned(), what));
        }
        page
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How well the cluster answers, and what of it may not be seen.
    pub(crate) fn health(&self, about: Result<Arc<About>>, denied: &[String]) -> Health {
        let now = self.clock.now();
        match self.check_open().and(about) {
            Err(error) => Health::unhealthy(now, error.message()),
            Ok(about) => seen(now, denied).with_detail("version", about.version.clone()),
        }
    }

    pub(crate) fn close(&self) {
        let changes = {
            let mut state = self.state();
            state.closed = true;
            state.walks.clear();
            std::mem::take(&mut state.changes)
        };
        changes.values().for_each(|changes| changes.close());
    }
}

/// What can be done with a cluster whose pools can be changed.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities::new([
        &op::LIST_DEPLOYMENT_MANAGERS,
        &op::GET_DEPLOYMENT_MANAGER,
        &op::LIST_RESOURCE_POOLS,
        &op::GET_RESOURCE_POOL,
        &op::CREATE_RESOURCE_POOL,
        &op::UPDATE_RESOURCE_POOL,
        &op::DELETE_RESOURCE_POOL,
        &op::LIST_RESOURCES,
        &op::GET_RESOURCE,
        &op::DELETE_RESOURCE,
        &op::LIST_RESOURCE_TYPES,
        &op::GET_RESOURCE_TYPE,
        &op::LIST_ALARMS,
        &op::WATCH_INVENTORY,
    ])
    .with_pushdown(Pushdown::Filter)
}

/// The object with this id, if `context` may see it.
pub(crate) fn found<T: Model>(context: &Context, objects: &BTreeMap<String, Arc<T>>, id: &str) -> Result<Arc<T>> {
    let object = objects.get(id).filter(|object| context.sees(object.tenant()));
    object.cloned().ok_or_else(|| Error::not_found(T::OBJECT, id))
}
