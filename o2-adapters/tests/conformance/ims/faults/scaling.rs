//! Pools that do not have the resources they are meant to have.

use std::sync::Arc;

use o2_core::{Context, Result, async_trait};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::{altered, nobody};
use crate::ims::fault::{Below, Fault};

/// New pools say that they have resources, and have none.
#[derive(Debug)]
pub(in crate::ims) struct ReplicasIgnored;

#[async_trait]
impl Fault for ReplicasIgnored {
    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let mut empty = new.clone();
        empty.replicas = Some(0);
        let created = p.create_resource_pool(c, &empty).await?;
        Ok(altered(&created, |pool| pool.replicas = new.replicas))
    }

    async fn get_resource_pool(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let found = p.get_resource_pool(c, id).await?;
        Ok(altered(&found, |pool| {
            pool.replicas = pool.replicas.filter(|known| *known > 0).or(Some(2));
        }))
    }
}

/// Pools only grow.
#[derive(Debug)]
pub(in crate::ims) struct NeverShrinks;

#[async_trait]
impl Fault for NeverShrinks {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        let mut update = update.clone();
        update.replicas = update.replicas.max(before.replicas);
        p.update_resource_pool(c, id, &update).await
    }
}

/// A pool that grows gets all of its resources anew.
#[derive(Debug)]
pub(in crate::ims) struct GrowsAnew;

#[async_trait]
impl Fault for GrowsAnew {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        if update.replicas > before.replicas {
            let mut none = ResourcePoolUpdate::of(&before);
            none.replicas = Some(0);
            p.update_resource_pool(c, id, &none).await?;
        }
        p.update_resource_pool(c, id, update).await
    }
}

/// Too many replicas become as many as there can be.
#[derive(Debug)]
pub(in crate::ims) struct ReplicasClipped;

#[async_trait]
impl Fault for ReplicasClipped {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let mut update = update.clone();
        update.replicas = update.replicas.map(|replicas| replicas.min(1_000));
        p.update_resource_pool(c, id, &update).await
    }
}

/// An update that is refused has changed something.
#[derive(Debug)]
pub(in crate::ims) struct HalfAnUpdate;

#[async_trait]
impl Fault for HalfAnUpdate {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        let mut first = update.clone();
        first.replicas = before.replicas;
        p.update_resource_pool(c, id, &first).await?;
        let mut second = update.clone();
        second.expected = None;
        p.update_resource_pool(c, id, &second).await
    }
}

/// What is too much goes, whosever it is.
#[derive(Debug)]
pub(in crate::ims) struct ShrinksByForce;

#[async_trait]
impl Fault for ShrinksByForce {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let resources = p
            .list_resources(&nobody(c), &o2_core::query::ListQuery::new())
            .await?
            .items;
        let members = resources.iter().filter(|resource| resource.resource_pool_id == *id);
        for member in members.skip(update.replicas.unwrap_or(u32::MAX) as usize) {
            p.delete_resource(&nobody(c), &member.resource_id, &DeleteOptions::force())
                .await?;
        }
        p.update_resource_pool(c, id, update).await
    }
}
