//! How busy pools are, and what happened in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Result};
use o2_ims::{PoolEvent, ResourcePoolId, ResourcePoolUpdate, op};

use super::lists::POOLS;
use super::{ImsCase, Scene, case};
use crate::conformance::{Verdict, fails, holds, same, skip};

const METRICS: &str =
    "How busy a resource pool is now. Percentages are from 0 to 100; nodes are resources of the pool.";
const EVENTS: &str = "What happened in a resource pool, oldest first, as far back as the backend remembers.";
const UNKNOWN: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";
/// More pages than any pool has events.
const MOST_PAGES: usize = 100_000;

pub(super) fn cases() -> Vec<ImsCase> {
    let (metrics, events) = (&op::GET_RESOURCE_POOL_METRICS, &op::LIST_RESOURCE_POOL_EVENTS);
    let (pools, resources) = (&op::LIST_RESOURCE_POOLS, &op::LIST_RESOURCES);
    vec![
        case(
            "get_resource_pool_metrics/numbers_are_sound",
            METRICS,
            &[metrics, pools, resources],
            |s| Box::pin(numbers_are_sound(s)),
        ),
        case(
            "get_resource_pool_metrics/absent_pools_are_not_found",
            UNKNOWN,
            &[metrics],
            |s| Box::pin(metrics_of_absent_pools(s)),
        ),
        case(
            "list_resource_pool_events/oldest_first_and_once",
            EVENTS,
            &[events, pools],
            |s| Box::pin(oldest_first_and_once(s)),
        ),
        case(
            "list_resource_pool_events/absent_pools_are_not_found",
            UNKNOWN,
            &[events],
            |s| Box::pin(events_of_absent_pools(s)),
        ),
    ]
}

async fn numbers_are_sound(scene: Scene<'_>) -> Verdict {
    for pool in scene.all(&POOLS).await? {
        let id = &pool.resource_pool_id;
        let metrics = scene.plugin.get_resource_pool_metrics(&scene.context, id).await?;
        for percent in [metrics.cpu_usage_percent, metrics.memory_usage_percent]
            .into_iter()
            .flatten()
        {
            let sound = (0.0..=100.0).contains(&percent);
            holds(&format!("a percentage of '{id}'"), sound, "0 to 100", percent)?;
        }
        let (nodes, healthy) = (metrics.node_count, metrics.healthy_node_count);
        holds(
            "how many nodes are healthy",
            healthy <= nodes,
            &format!("at most {nodes}"),
            healthy,
        )?;
        let members = scene.resources_of(id).await?.len() as u64;
        holds(
            &format!("how many nodes '{id}' has"),
            nodes <= members,
            &format!("at most {members}"),
            nodes,
        )?;
    }
    Ok(())
}

impl Scene<'_> {
    /// Ids of pools that do not exist for the caller of the context beside them.
    async fn absent_pools(&self) -> Verdict<Vec<(Context, ResourcePoolId)>> {
        let mut absent = vec![(self.context.clone(), ResourcePoolId::new("no-such-pool"))];
        if let Some([tenant, _]) = self.world.tenants()
            && self.plugin.capabilities().supports(&op::LIST_RESOURCE_POOLS)
        {
            let own = self.acting_for(&tenant).context;
            let pools = self.all(&POOLS).await?;
            let foreign = pools.iter().filter(|pool| !own.sees(pool.tenant_id.as_ref()));
            absent.extend(foreign.map(|pool| (own.clone(), pool.resource_pool_id.clone())));
        }
        Ok(absent)
    }

    /// Every event of a pool, from the first page to the last.
    async fn events(&self, pool: &ResourcePoolId, limit: Option<u32>) -> Verdict<Vec<Arc<PoolEvent>>> {
        let mut query = ListQuery::new();
        query.limit = limit;
        let mut events = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = self
                .plugin
                .list_resource_pool_events(&self.context, pool, &query)
                .await?;
            events.extend(page.items);
            query.marker = page.next;
            if query.marker.is_none() {
                break;
            }
        }
        Ok(events)
    }

    /// Makes something happen in a pool of its own, where that is possible.
    async fn eventful_pool(&self) -> Verdict<ResourcePoolId> {
        let pool = self.some_pool().await?;
        if self.plugin.capabilities().supports(&op::UPDATE_RESOURCE_POOL) {
            let mut update = ResourcePoolUpdate::of(&pool);
            update.description = "something happened".to_owned();
            update.replicas = update.replicas.map(|replicas| replicas + 1);
            self.update(&pool.resource_pool_id, &update).await?;
            self.world.settle().await;
        }
        Ok(pool.resource_pool_id.clone())
    }
}

async fn metrics_of_absent_pools(scene: Scene<'_>) -> Verdict {
    for (context, id) in scene.absent_pools().await? {
        let metrics = scene.plugin.get_resource_pool_metrics(&context, &id).await;
        fails(&format!("the metrics of '{id}'"), metrics, &[ErrorKind::NotFound])?;
    }
    Ok(())
}

async fn events_of_absent_pools(scene: Scene<'_>) -> Verdict {
    for (context, id) in scene.absent_pools().await? {
        let query = ListQuery::new();
        let events: Result<_> = scene.plugin.list_resource_pool_events(&context, &id, &query).await;
        fails(&format!("the events of '{id}'"), events, &[ErrorKind::NotFound])?;
    }
    Ok(())
}

async fn oldest_first_and_once(scene: Scene<'_>) -> Verdict {
    let pool = scene.eventful_pool().await?;
    let events = scene.events(&pool, None).await?;
    if events.len() < 2 {
        return skip("the backend does not remember two events of a pool");
    }
    let sorted = events.is_sorted_by_key(|event| event.timestamp);
    let times: Vec<_> = events.iter().map(|event| event.timestamp).collect();
    holds("the times of the events", sorted, "oldest first", times)?;
    let ids: Vec<_> = events.iter().map(|event| event.event_id.as_str()).collect();
    let unique: BTreeSet<_> = ids.iter().collect();
    same("how many different ids the events have", unique.len(), ids.len())?;
    let paged = scene.events(&pool, Some(1)).await?;
    let paged: Vec<_> = paged.iter().map(|event| event.event_id.as_str()).collect();
    same("the ids of all pages of 1", paged, ids)
}
