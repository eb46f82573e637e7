//! Watches that lose, invent, mix up and never end.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{self, StreamExt};
use o2_core::model::{Change, ChangeKind};
use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Result, Timestamp, async_trait};
use o2_ims::{InventoryChange, InventoryObject, ResourcePool};

use super::altered;
use crate::ims::fault::{Below, Changes, Fault};

/// The stream without the changes that `lost` picks.
fn without(changes: Changes, lost: fn(&InventoryChange) -> bool) -> Changes {
    let kept = move |change: &Result<InventoryChange>| ready(!change.as_ref().is_ok_and(lost));
    changes.filter(kept).boxed()
}

/// The stream with several changes in place of each.
fn instead(changes: Changes, make: fn(InventoryChange) -> Vec<InventoryChange>) -> Changes {
    let several = move |change: Result<InventoryChange>| match change {
        Ok(change) => stream::iter(make(change).into_iter().map(Ok)).boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    };
    changes.flat_map(several).boxed()
}

/// A watch begins with everything that is there, as new.
#[derive(Debug)]
pub(in crate::ims) struct BeginsWithEverything;

#[async_trait]
impl Fault for BeginsWithEverything {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let pools = p.list_resource_pools(c, &ListQuery::new()).await?.items;
        let now = |pool| {
            Ok(Change::created(
                InventoryObject::ResourcePool(pool),
                Timestamp::UNIX_EPOCH,
                "start",
            ))
        };
        let changes = p.watch_inventory(c, resume).await?;
        Ok(stream::iter(pools).map(now).chain(changes).boxed())
    }
}

/// A heartbeat is an update.
#[derive(Debug)]
pub(in crate::ims) struct Heartbeats;

#[async_trait]
impl Fault for Heartbeats {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(instead(changes, |change| {
            let beat = change
                .after
                .clone()
                .map(|object| Change::updated(object.clone(), object, change.time, change.resume.clone()));
            [Some(change), beat].into_iter().flatten().collect()
        }))
    }
}

/// Deletions are not told.
#[derive(Debug)]
pub(in crate::ims) struct DeletionsLost;

#[async_trait]
impl Fault for DeletionsLost {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(without(changes, |change| change.kind == ChangeKind::Deleted))
    }
}

/// Every change is told twice.
#[derive(Debug)]
pub(in crate::ims) struct ToldTwice;

#[async_trait]
impl Fault for ToldTwice {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(instead(changes, |change| vec![change.clone(), change]))
    }
}

/// Changes overtake each other.
#[derive(Debug)]
pub(in crate::ims) struct OutOfOrder;

#[async_trait]
impl Fault for OutOfOrder {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?.ready_chunks(2);
        Ok(changes.flat_map(|pair| stream::iter(pair.into_iter().rev())).boxed())
    }
}

/// What was before an update is not told.
#[derive(Debug)]
pub(in crate::ims) struct NoBefore;

#[async_trait]
impl Fault for NoBefore {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(instead(changes, |mut change| {
            if change.kind == ChangeKind::Updated {
                change.before = None;
            }
            vec![change]
        }))
    }
}

/// Only pools are watched.
#[derive(Debug)]
pub(in crate::ims) struct ResourcesLost;

#[async_trait]
impl Fault for ResourcesLost {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(without(changes, |change| {
            matches!(change.object(), Some(InventoryObject::Resource(_)))
        }))
    }
}

/// Resources that come are not told.
#[derive(Debug)]
pub(in crate::ims) struct NewResourcesLost;

#[async_trait]
impl Fault for NewResourcesLost {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(without(changes, |change| {
            let resource = matches!(change.object(), Some(InventoryObject::Resource(_)));
            resource && change.kind == ChangeKind::Created
        }))
    }
}

/// Watchers are told of pools under other ids than lists show.
#[derive(Debug)]
pub(in crate::ims) struct OtherIds;

#[async_trait]
impl Fault for OtherIds {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        Ok(instead(changes, |mut change| {
            change.before = change.before.map(renamed);
            change.after = change.after.map(renamed);
            vec![change]
        }))
    }
}

fn renamed(object: InventoryObject) -> InventoryObject {
    match object {
        InventoryObject::ResourcePool(pool) => {
            let id = format!("k8s-{}", pool.resource_pool_id);
            InventoryObject::ResourcePool(altered(&pool, |pool| pool.resource_pool_id = id.as_str().into()))
        }
        other => other,
    }
}

/// A watch goes on from now, wherever it ended.
#[derive(Debug)]
pub(in crate::ims) struct AlwaysFromNow;

#[async_trait]
impl Fault for AlwaysFromNow {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let _ = resume;
        p.watch_inventory(c, None).await
    }
}

/// Changes that were forgotten are passed over.
#[derive(Debug)]
pub(in crate::ims) struct ForgetsSilently;

#[async_trait]
impl Fault for ForgetsSilently {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        match p.watch_inventory(c, resume).await {
            Err(error) if error.is(ErrorKind::Conflict) => p.watch_inventory(c, None).await,
            other => other,
        }
    }
}

/// When the backend is gone, everything is gone.
#[derive(Debug)]
pub(in crate::ims) struct OutageDeletes;

#[async_trait]
impl Fault for OutageDeletes {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let pools = p.list_resource_pools(c, &ListQuery::new()).await?.items;
        let changes = p.watch_inventory(c, resume).await?;
        let gone = move |change: Result<InventoryChange>| match change {
            Err(_) => stream::iter(pools.clone()).map(deleted).boxed(),
            other => stream::iter([other]).boxed(),
        };
        Ok(changes.flat_map(gone).boxed())
    }
}

fn deleted(pool: Arc<ResourcePool>) -> Result<InventoryChange> {
    let pool = InventoryObject::ResourcePool(pool);
    Ok(Change::deleted(pool, Timestamp::UNIX_EPOCH, "outage"))
}

/// There can be one watch, also when it was dropped.
#[derive(Debug, Default)]
pub(in crate::ims) struct OneWatcher(AtomicBool);

#[async_trait]
impl Fault for OneWatcher {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::RateLimited, "somebody else is watching"));
        }
        p.watch_inventory(c, resume).await
    }
}

/// A watch does not notice that the plugin was closed.
#[derive(Debug)]
pub(in crate::ims) struct WatchOutlivesPlugin;

#[async_trait]
impl Fault for WatchOutlivesPlugin {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        let changes = p.watch_inventory(c, resume).await?;
        let told = changes.take_while(|change| ready(change.is_ok()));
        Ok(told.chain(stream::pending()).boxed())
    }
}
