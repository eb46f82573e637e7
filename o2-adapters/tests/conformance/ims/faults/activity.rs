//! Numbers, events and alarms that are not so.

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Page, Result, async_trait};
use o2_ims::model::PerceivedSeverity;
use o2_ims::{Alarm, PoolEvent, PoolMetrics, ResourcePoolId};

use super::{each, nobody};
use crate::ims::fault::{Below, Fault};

/// A pool that is not there is not busy.
#[derive(Debug)]
pub(in crate::ims) struct MetricsOfNothing;

#[async_trait]
impl Fault for MetricsOfNothing {
    async fn get_resource_pool_metrics(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        match p.get_resource_pool_metrics(c, id).await {
            Err(error) if error.is(ErrorKind::NotFound) => Ok(PoolMetrics::default()),
            other => other,
        }
    }
}

/// Everybody's pools can be measured.
#[derive(Debug)]
pub(in crate::ims) struct MetricsOfForeigners;

#[async_trait]
impl Fault for MetricsOfForeigners {
    async fn get_resource_pool_metrics(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        p.get_resource_pool_metrics(&nobody(c), id).await
    }
}

/// Percentages are a hundred times too large.
#[derive(Debug)]
pub(in crate::ims) struct PercentOfPercent;

#[async_trait]
impl Fault for PercentOfPercent {
    async fn get_resource_pool_metrics(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let mut metrics = p.get_resource_pool_metrics(c, id).await?;
        metrics.cpu_usage_percent = metrics.cpu_usage_percent.map(|percent| percent * 100.0);
        Ok(metrics)
    }
}

/// Nodes of other pools are counted.
#[derive(Debug)]
pub(in crate::ims) struct NodesOfOthers;

#[async_trait]
impl Fault for NodesOfOthers {
    async fn get_resource_pool_metrics(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let mut metrics = p.get_resource_pool_metrics(c, id).await?;
        metrics.node_count += 100;
        Ok(metrics)
    }
}

/// Events come newest first.
#[derive(Debug)]
pub(in crate::ims) struct NewestFirst;

#[async_trait]
impl Fault for NewestFirst {
    async fn list_resource_pool_events(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        q: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        let mut page = p.list_resource_pool_events(c, id, q).await?;
        page.items.reverse();
        Ok(page)
    }
}

/// In a pool that is not there nothing happened.
#[derive(Debug)]
pub(in crate::ims) struct EventsOfNothing;

#[async_trait]
impl Fault for EventsOfNothing {
    async fn list_resource_pool_events(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        q: &ListQuery,
    ) -> Result<Page<PoolEvent>> {
        match p.list_resource_pool_events(c, id, q).await {
            Err(error) if error.is(ErrorKind::NotFound) => Ok(Page::default()),
            other => other,
        }
    }
}

/// Alarms that were cleared are shown.
#[derive(Debug)]
pub(in crate::ims) struct ClearedAlarms;

#[async_trait]
impl Fault for ClearedAlarms {
    async fn list_alarms(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        let page = p.list_alarms(c, q).await?;
        Ok(each(page, |alarm| {
            alarm.perceived_severity = PerceivedSeverity::Cleared;
        }))
    }
}

/// Alarms are about things that are not in the inventory.
#[derive(Debug)]
pub(in crate::ims) struct AlarmsOfNothing;

#[async_trait]
impl Fault for AlarmsOfNothing {
    async fn list_alarms(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        let page = p.list_alarms(c, q).await?;
        Ok(each(page, |alarm| alarm.object_id = "host-7".into()))
    }
}
