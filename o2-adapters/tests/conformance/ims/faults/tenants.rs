//! Tenants who see, change and hear of what is not theirs.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Page, Result, async_trait};
use o2_ims::{
    DeleteOptions, NewResource, NewResourcePool, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate,
};

use super::nobody;
use crate::ims::fault::{Below, Changes, Fault};

/// Lists show everybody's objects.
#[derive(Debug)]
pub(in crate::ims) struct ForeignListed;

#[async_trait]
impl Fault for ForeignListed {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        p.list_resources(&nobody(c), q).await
    }
}

/// Everybody's objects can be read.
#[derive(Debug)]
pub(in crate::ims) struct ForeignRead;

#[async_trait]
impl Fault for ForeignRead {
    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        p.get_resource(&nobody(c), id).await
    }
}

/// What belongs to somebody else is told so.
#[derive(Debug)]
pub(in crate::ims) struct ForeignInOtherWords;

#[async_trait]
impl Fault for ForeignInOtherWords {
    async fn get_resource_pool(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let found = p.get_resource_pool(c, id).await;
        if found.is_err() && p.get_resource_pool(&nobody(c), id).await.is_ok() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("resourcePool '{id}' is not yours"),
            ));
        }
        found
    }
}

/// Who brings a marker is not asked who he is.
#[derive(Debug)]
pub(in crate::ims) struct ForeignMarkers;

#[async_trait]
impl Fault for ForeignMarkers {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        match &q.marker {
            Some(_) => p.list_resource_pools(&nobody(c), q).await,
            None => p.list_resource_pools(c, q).await,
        }
    }
}

/// New pools belong to nobody.
#[derive(Debug)]
pub(in crate::ims) struct PoolOfNobody;

#[async_trait]
impl Fault for PoolOfNobody {
    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        p.create_resource_pool(&nobody(c), new).await
    }
}

/// Everybody's pools can be changed.
#[derive(Debug)]
pub(in crate::ims) struct ForeignUpdated;

#[async_trait]
impl Fault for ForeignUpdated {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        p.update_resource_pool(&nobody(c), id, update).await
    }
}

/// Everybody's pools can be deleted, with everybody's resources.
#[derive(Debug)]
pub(in crate::ims) struct ForeignDeleted;

#[async_trait]
impl Fault for ForeignDeleted {
    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        p.delete_resource_pool(&nobody(c), id, options).await
    }
}

/// New resources belong to nobody, and fit into everybody's pools.
#[derive(Debug)]
pub(in crate::ims) struct ResourceOfNobody;

#[async_trait]
impl Fault for ResourceOfNobody {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        p.create_resource(&nobody(c), new).await
    }
}

/// Everybody's resources can be taken away.
#[derive(Debug)]
pub(in crate::ims) struct ForeignReleased;

#[async_trait]
impl Fault for ForeignReleased {
    async fn delete_resource(&self, p: &Below, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        p.delete_resource(&nobody(c), id, options).await
    }
}

/// Watchers hear of everybody's objects.
#[derive(Debug)]
pub(in crate::ims) struct ForeignHeard;

#[async_trait]
impl Fault for ForeignHeard {
    async fn watch_inventory(&self, p: &Below, c: &Context, resume: Option<&str>) -> Result<Changes> {
        p.watch_inventory(&nobody(c), resume).await
    }
}
