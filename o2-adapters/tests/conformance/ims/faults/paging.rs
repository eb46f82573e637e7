//! Lists that do not keep what lists promise.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use o2_core::query::{Filter, ListQuery, Predicate};
use o2_core::{Capabilities, Context, Error, Page, Result, async_trait};
use o2_ims::{Alarm, DeploymentManager, Resource, ResourcePool, ResourceType};

use super::everything;
use crate::ims::fault::{Below, Fault};

/// Lists come in another order each time.
#[derive(Debug, Default)]
pub(in crate::ims) struct RandomOrder(AtomicUsize);

#[async_trait]
impl Fault for RandomOrder {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let mut page = p.list_resources(c, q).await?;
        let turn = self.0.fetch_add(1, Ordering::Relaxed) % page.items.len().max(1);
        page.items.rotate_left(turn);
        Ok(page)
    }
}

/// Pages are as long as the list.
#[derive(Debug)]
pub(in crate::ims) struct LimitIgnored;

#[async_trait]
impl Fault for LimitIgnored {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let mut query = q.clone();
        query.limit = None;
        p.list_resource_pools(c, &query).await
    }
}

/// Says that pages have at most three objects, and makes longer ones.
#[derive(Debug)]
pub(in crate::ims) struct LargestPageExceeded(Capabilities);

impl LargestPageExceeded {
    pub(in crate::ims) fn new() -> Self {
        Self(everything().with_max_page_size(3))
    }
}

#[async_trait]
impl Fault for LargestPageExceeded {
    fn capabilities<'a>(&'a self, _: &'a Below) -> &'a Capabilities {
        &self.0
    }
}

/// Pages but the last one lack their last object.
#[derive(Debug)]
pub(in crate::ims) struct LastOfPageLost;

#[async_trait]
impl Fault for LastOfPageLost {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let mut page = p.list_resources(c, q).await?;
        if page.next.is_some() {
            page.items.pop();
        }
        Ok(page)
    }
}

/// A page begins with the last object of the page before.
#[derive(Debug)]
pub(in crate::ims) struct PagesOverlap;

#[async_trait]
impl Fault for PagesOverlap {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        let mut query = q.clone();
        query.limit = q.limit.map(|limit| limit.max(2));
        let page = p.list_resource_types(c, &query).await?;
        let whole = p
            .list_resource_types(c, &ListQuery::new().with_filter(q.filter.clone()))
            .await?;
        let first = page.items.first().map(|object| &object.resource_type_id);
        let at = whole
            .items
            .iter()
            .position(|object| Some(&object.resource_type_id) == first);
        let repeated = at.and_then(|at| at.checked_sub(1)).and_then(|at| whole.items.get(at));
        let mut items: Vec<_> = repeated.cloned().into_iter().collect();
        items.extend(page.items);
        Ok(Page::new(items, page.next))
    }
}

/// Pages are counted from the start, after everything was loaded.
#[derive(Debug)]
pub(in crate::ims) struct Offsets;

#[async_trait]
impl Fault for Offsets {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let all = p.list_resource_pools(c, &whole(q)).await?;
        counted(all.items, q)
    }

    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let all = p.list_resources(c, &whole(q)).await?;
        counted(all.items, q)
    }
}

fn whole(q: &ListQuery) -> ListQuery {
    ListQuery::new().with_filter(q.filter.clone())
}

fn counted<T>(all: Vec<Arc<T>>, q: &ListQuery) -> Result<Page<T>> {
    let start = q.marker.as_deref().map_or(Ok(0), str::parse::<usize>);
    let start = start.map_err(|_| Error::violation("marker", "is not one of this list's"))?;
    let limit = q.limit.map_or(usize::MAX, |limit| limit as usize);
    let end = start.saturating_add(limit);
    let next = (end < all.len()).then(|| end.to_string());
    Ok(Page::new(all.into_iter().skip(start).take(limit).collect(), next))
}

/// A marker that nobody knows means the first page.
#[derive(Debug)]
pub(in crate::ims) struct AnyMarker;

#[async_trait]
impl Fault for AnyMarker {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        match p.list_resource_types(c, q).await {
            Err(_) if q.marker.is_some() => {
                let mut query = q.clone();
                query.marker = None;
                p.list_resource_types(c, &query).await
            }
            other => other,
        }
    }
}

/// A marker is good for every filter.
#[derive(Debug)]
pub(in crate::ims) struct MarkersOfAnyFilter;

#[async_trait]
impl Fault for MarkersOfAnyFilter {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        match p.list_resource_pools(c, q).await {
            Err(_) if q.marker.is_some() && !q.filter.is_empty() => Ok(Page::default()),
            other => other,
        }
    }
}

/// The total is that of the page.
#[derive(Debug)]
pub(in crate::ims) struct TotalOfThePage;

#[async_trait]
impl Fault for TotalOfThePage {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let page = p.list_resource_pools(c, q).await?;
        let total = page.items.len() as u64;
        Ok(page.with_total(total))
    }
}

/// Markers are numbers of a table in the plugin, and gone after a restart.
#[derive(Debug, Default)]
pub(in crate::ims) struct MarkersOfThisLife(Mutex<BTreeMap<String, String>>);

#[async_trait]
impl Fault for MarkersOfThisLife {
    async fn list_deployment_managers(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<DeploymentManager>> {
        let mut query = q.clone();
        if let Some(marker) = &q.marker {
            let known = self
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(marker)
                .cloned();
            query.marker = Some(known.ok_or_else(|| Error::violation("marker", "is not known"))?);
        }
        let mut page = p.list_deployment_managers(c, &query).await?;
        if let Some(next) = page.next.take() {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let name = format!("marker-{}", known.len());
            known.insert(name.clone(), next);
            page.next = Some(name);
        }
        Ok(page)
    }
}

/// Filters are pushed down and not looked at.
#[derive(Debug)]
pub(in crate::ims) struct FilterIgnored;

#[async_trait]
impl Fault for FilterIgnored {
    async fn list_alarms(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        let mut query = q.clone();
        query.filter = Filter::none();
        p.list_alarms(c, &query).await
    }
}

/// The location is compared once more, with something else.
#[derive(Debug)]
pub(in crate::ims) struct LocationFilteredTwice;

#[async_trait]
impl Fault for LocationFilteredTwice {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let mut page = p.list_resource_pools(c, q).await?;
        let about_location = |clause: &Predicate| clause.path.first() == Some("location");
        if q.filter.predicates().iter().any(about_location) {
            page.items.retain(|pool| pool.location == pool.global_location_id);
        }
        Ok(page)
    }
}

/// Filters compare without regard to case.
#[derive(Debug)]
pub(in crate::ims) struct FilterIgnoresCase;

#[async_trait]
impl Fault for FilterIgnoresCase {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let clauses = q.filter.predicates().iter().map(|clause| {
            let values = clause.values.iter().map(|value| value.to_lowercase());
            Predicate::new(clause.path.clone(), clause.operator, values)
        });
        let mut query = q.clone();
        query.filter = clauses.collect();
        p.list_resource_pools(c, &query).await
    }
}

/// The first list is kept for ever.
#[derive(Debug, Default)]
pub(in crate::ims) struct StaleIndex(Mutex<Option<Page<ResourcePool>>>);

#[async_trait]
impl Fault for StaleIndex {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        if !q.filter.is_empty() || q.limit.is_some() || c.tenant().is_some() {
            return p.list_resource_pools(c, q).await;
        }
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let page = p.list_resource_pools(c, q).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(page.clone());
        Ok(page)
    }
}

/// A list of one pool's resources is no list.
#[derive(Debug)]
pub(in crate::ims) struct FirstMemberOnly;

#[async_trait]
impl Fault for FirstMemberOnly {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let mut page = p.list_resources(c, q).await?;
        let about_pool = |clause: &Predicate| clause.path.first() == Some("resourcePoolId");
        if q.filter.predicates().iter().any(about_pool) {
            page.items.truncate(1);
            page.next = None;
        }
        Ok(page)
    }
}
