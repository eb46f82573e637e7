//! [`Front`]: what every plugin of a cluster's inventory does alike, whatever its pools are.

use std::sync::Arc;

use o2_core::context::Consistency;
use o2_core::plugin::Health;
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Model, Page, Pushdown, Result};
use o2_ims::{Alarm, InventoryObject, op};

use super::About;
use crate::held::{Drawn, Shown, Walks};
use crate::kube::{Changes, Drawing, Open, seen};

/// Whether a plugin is open, what it has read, and the changes that are watched.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) clock: Arc<dyn Clock>,
    walks: Walks<Drawn>,
    open: Open<Changes<InventoryObject>>,
}

impl Front {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            walks: Walks::new(Arc::clone(&clock)),
            clock,
            open: Open::default(),
        }
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        self.open.check()
    }

    /// The changes that the tenant of `context` may see; `drawing` is for the first who asks.
    pub(crate) async fn changes<D: Drawing<InventoryObject>>(
        &self,
        context: &Context,
        drawing: impl Future<Output = Result<D>>,
    ) -> Result<Arc<Changes<InventoryObject>>> {
        self.open.changes(context, &self.clock, drawing).await
    }

    /// A page of the list of all `T`, taken from what `draw` finds. What was read for a watch is not read again if it is not
    /// older than the caller allows.
    pub(crate) async fn page<T: Shown>(
        &self,
        context: &Context,
        query: &ListQuery,
        draw: impl Future<Output = Result<Drawn>> + Send,
    ) -> Result<Page<T>> {
        self.check_open()?;
        let draw = async {
            match self.watched(context).filter(|_| T::OBJECT != Alarm::OBJECT) {
                Some(objects) => Ok(Drawn::of(objects)),
                None => draw.await,
            }
        };
        self.walks.page(context, query, &[], draw).await
    }

    fn watched(&self, context: &Context) -> Option<Vec<InventoryObject>> {
        let Consistency::AtMost(age) = context.consistency() else {
            return None;
        };
        let since = self.clock.monotonic().checked_sub(age)?;
        self.open.known(context)?.known(since)
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
        self.open.close();
        self.walks.clear();
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
