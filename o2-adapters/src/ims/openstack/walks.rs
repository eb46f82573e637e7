//! [`Walks`]: the later pages of a list come from what the first one came from, so that a region is read once for all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, Page, Result, TenantId};

use super::drawn::Drawn;

/// How long a walk may take before everything is read anew.
const LONGEST: Duration = Duration::from_secs(30);

/// Who lists what.
type Walk = (Option<TenantId>, &'static str);

#[derive(Debug)]
pub(super) struct Walks {
    clock: Arc<dyn Clock>,
    begun: Mutex<BTreeMap<Walk, (Duration, Arc<Drawn>)>>,
}

impl Walks {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            begun: Mutex::default(),
        }
    }

    /// What a page is taken from.
    pub(super) async fn source(
        &self,
        context: &Context,
        what: &'static str,
        query: &ListQuery,
        read: impl Future<Output = Result<Drawn>>,
    ) -> Result<Arc<Drawn>> {
        let walk = (context.tenant().cloned(), what);
        if query.marker.is_some() {
            let now = self.clock.monotonic();
            let mut begun = self.begun();
            begun.retain(|_, (since, _)| now.saturating_sub(*since) < LONGEST);
            if let Some((_, known)) = begun.get(&walk) {
                return Ok(Arc::clone(known));
            }
        }
        let now = self.clock.monotonic();
        let drawn = Arc::new(read.await?);
        self.begun().insert(walk, (now, Arc::clone(&drawn)));
        Ok(drawn)
    }

    /// A page as it is answered; after the last one nothing is remembered.
    pub(super) fn walked<T>(&self, context: &Context, what: &'static str, page: Page<T>) -> Page<T> {
        if page.next.is_none() {
            self.begun().remove(&(context.tenant().cloned(), what));
        }
        page
    }

    pub(super) fn clear(&self) {
        self.begun().clear();
    }

    fn begun(&self) -> MutexGuard<'_, BTreeMap<Walk, (Duration, Arc<Drawn>)>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
