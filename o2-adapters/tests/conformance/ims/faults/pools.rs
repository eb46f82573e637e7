//! Pools that are created, changed and deleted in another way than was asked for.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Result, async_trait};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::altered;
use crate::ims::fault::{Below, Fault};

/// New pools lose their extensions.
#[derive(Debug)]
pub(in crate::ims) struct ExtensionsLost;

#[async_trait]
impl Fault for ExtensionsLost {
    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let mut new = new.clone();
        new.extensions.clear();
        p.create_resource_pool(c, &new).await
    }
}

/// What is there already is taken for new.
#[derive(Debug)]
pub(in crate::ims) struct CreatesOrFinds;

#[async_trait]
impl Fault for CreatesOrFinds {
    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        match (p.create_resource_pool(c, new).await, &new.resource_pool_id) {
            (Err(error), Some(id)) if error.is(ErrorKind::AlreadyExists) => p.get_resource_pool(c, id).await,
            (other, _) => other,
        }
    }
}

/// A creation is repeated.
#[derive(Debug)]
pub(in crate::ims) struct CreatesTwice;

#[async_trait]
impl Fault for CreatesTwice {
    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        let created = p.create_resource_pool(c, new).await?;
        let mut again = new.clone();
        again.name.push_str("-again");
        again.resource_pool_id = None;
        p.create_resource_pool(c, &again).await?;
        Ok(created)
    }
}

/// Labels that an update lacks stay.
#[derive(Debug)]
pub(in crate::ims) struct UpdateMerges;

#[async_trait]
impl Fault for UpdateMerges {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        let mut merged = update.clone();
        merged.labels = before.labels.clone();
        merged.labels.extend(update.labels.clone());
        p.update_resource_pool(c, id, &merged).await
    }
}

/// An update drops the labels that it does not change.
#[derive(Debug)]
pub(in crate::ims) struct UpdateReplacesLabels;

#[async_trait]
impl Fault for UpdateReplacesLabels {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        let mut replaced = update.clone();
        replaced
            .labels
            .retain(|key, value| before.labels.get(key) != Some(value));
        p.update_resource_pool(c, id, &replaced).await
    }
}

/// An update does not look at the state that was expected.
#[derive(Debug)]
pub(in crate::ims) struct UpdateIgnoresVersion;

#[async_trait]
impl Fault for UpdateIgnoresVersion {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let mut update = update.clone();
        update.expected = None;
        p.update_resource_pool(c, id, &update).await
    }
}

/// An update tells of success and does nothing.
#[derive(Debug)]
pub(in crate::ims) struct UpdateOnlySaysSo;

#[async_trait]
impl Fault for UpdateOnlySaysSo {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        Ok(altered(&before, |pool| {
            pool.description.clone_from(&update.description);
            pool.labels.clone_from(&update.labels);
        }))
    }
}

/// Each update adds something.
#[derive(Debug)]
pub(in crate::ims) struct UpdateAdds;

#[async_trait]
impl Fault for UpdateAdds {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let before = p.get_resource_pool(c, id).await?;
        let mut update = update.clone();
        update.tags.clone_from(&before.tags);
        update.tags.push("updated".to_owned());
        p.update_resource_pool(c, id, &update).await
    }
}

/// An update of a pool that is not there creates it.
#[derive(Debug)]
pub(in crate::ims) struct UpdateCreates;

#[async_trait]
impl Fault for UpdateCreates {
    async fn update_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        match p.update_resource_pool(c, id, update).await {
            Err(error) if error.is(ErrorKind::NotFound) && c.tenant().is_none() => {
                let mut new = NewResourcePool::new(update.name.clone());
                new.resource_pool_id = Some(id.clone());
                p.create_resource_pool(c, &new).await
            }
            other => other,
        }
    }
}

/// A deletion tells of success and does nothing.
#[derive(Debug)]
pub(in crate::ims) struct DeleteOnlySaysSo;

#[async_trait]
impl Fault for DeleteOnlySaysSo {
    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let _ = (c, id, options, p);
        Ok(())
    }
}

/// A deletion always succeeds.
#[derive(Debug)]
pub(in crate::ims) struct DeleteHidesFailures;

#[async_trait]
impl Fault for DeleteHidesFailures {
    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        p.delete_resource_pool(c, id, options).await.or(Ok(()))
    }
}

/// Every deletion is forced.
#[derive(Debug)]
pub(in crate::ims) struct DeleteForces;

#[async_trait]
impl Fault for DeleteForces {
    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let mut options = options.clone();
        options.force = true;
        p.delete_resource_pool(c, id, &options).await
    }
}

/// A deletion does not look at the state that was expected.
#[derive(Debug)]
pub(in crate::ims) struct DeleteIgnoresVersion;

#[async_trait]
impl Fault for DeleteIgnoresVersion {
    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let mut options = options.clone();
        options.expected = None;
        p.delete_resource_pool(c, id, &options).await
    }
}

/// With a pool goes whatever is at the same place.
#[derive(Debug)]
pub(in crate::ims) struct DeletesTheNamespace;

#[async_trait]
impl Fault for DeletesTheNamespace {
    async fn delete_resource_pool(
        &self,
        p: &Below,
        c: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let pool = p.get_resource_pool(c, id).await?;
        p.delete_resource_pool(c, id, options).await?;
        for other in p.list_resource_pools(c, &ListQuery::new()).await?.items {
            if other.location == pool.location {
                p.delete_resource_pool(c, &other.resource_pool_id, &DeleteOptions::force())
                    .await?;
            }
        }
        Ok(())
    }
}
