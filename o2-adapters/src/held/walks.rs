//! [`Walks`]: what lists are taken from while somebody goes through their pages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, Page, Result, TenantId};

/// How long the later pages of a list are taken from what the first one was taken from.
const LONGEST: Duration = Duration::from_secs(30);

/// Who lists what.
type Walk = (Option<TenantId>, &'static str);

/// What lists are taken from: otherwise a large backend would be read as often as its list has pages.
#[derive(Debug)]
pub(crate) struct Walks<D> {
    clock: Arc<dyn Clock>,
    begun: Mutex<BTreeMap<Walk, (Duration, Arc<D>)>>,
}

impl<D: Send + Sync> Walks<D> {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            begun: Mutex::default(),
        }
    }

    fn begun(&self) -> MutexGuard<'_, BTreeMap<Walk, (Duration, Arc<D>)>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a page is taken from: the first one of a list from what `draw` finds now, later ones from what the first one was.
    pub(crate) async fn drawn(
        &self,
        context: &Context,
        what: &'static str,
        query: &ListQuery,
        draw: impl Future<Output = Result<D>> + Send,
    ) -> Result<Arc<D>> {
        let walk = (context.tenant().cloned(), what);
        let now = self.clock.monotonic();
        if query.marker.is_some() {
            let mut begun = self.begun();
            begun.retain(|_, (since, _)| now.saturating_sub(*since) < LONGEST);
            if let Some((_, known)) = begun.get(&walk) {
                return Ok(Arc::clone(known));
            }
        }
        let drawn = Arc::new(draw.await?);
        if query.limit.is_some() {
            self.begun().insert(walk, (now, Arc::clone(&drawn)));
        }
        Ok(drawn)
    }

    /// A page as it is answered; after the last one nothing is remembered.
    pub(crate) fn walked<T>(&self, context: &Context, what: &'static str, page: Page<T>) -> Page<T> {
        if page.next.is_none() {
            self.begun().remove(&(context.tenant().cloned(), what));
        }
        page
    }

    /// Forgets all.
    #[cfg(any(feature = "openstack", feature = "vsphere"))]
    pub(crate) fn clear(&self) {
        self.begun().clear();
    }
}
