//! Objects that show what is not so.

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_core::{Context, Error, Page, Result, async_trait};
use o2_ims::model::ObjectHealth;
use o2_ims::{DeploymentManager, Resource, ResourceId, ResourcePool, ResourceType};
use serde_json::json;

use super::{altered, each};
use crate::ims::fault::{Below, Fault};

/// Resources do not say which pool they belong to.
#[derive(Debug)]
pub(in crate::ims) struct NoPool;

#[async_trait]
impl Fault for NoPool {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let page = p.list_resources(c, q).await?;
        Ok(each(page, |resource| resource.resource_pool_id = "".into()))
    }

    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await?;
        Ok(altered(&found, |resource| resource.resource_pool_id = "".into()))
    }
}

/// Resources belong to the zone, so that the pools in it look empty.
#[derive(Debug)]
pub(in crate::ims) struct PoolIsTheZone;

#[async_trait]
impl Fault for PoolIsTheZone {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let page = p.list_resources(c, q).await?;
        Ok(each(page, |resource| {
            resource.resource_pool_id = "pool-compute-1".into();
        }))
    }

    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await?;
        Ok(altered(&found, |resource| {
            resource.resource_pool_id = "pool-compute-1".into();
        }))
    }
}

/// Resources name types under other ids than the list of types.
#[derive(Debug)]
pub(in crate::ims) struct PrefixedTypes;

#[async_trait]
impl Fault for PrefixedTypes {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let page = p.list_resources(c, q).await?;
        Ok(each(page, |resource| {
            resource.resource_type_id = format!("flavor-{}", resource.resource_type_id).into();
        }))
    }

    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await?;
        Ok(altered(&found, |resource| {
            resource.resource_type_id = format!("flavor-{}", resource.resource_type_id).into();
        }))
    }
}

/// Parts do not know their parent.
#[derive(Debug)]
pub(in crate::ims) struct OrphanParts;

#[async_trait]
impl Fault for OrphanParts {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let page = p.list_resources(c, q).await?;
        Ok(each(page, |resource| {
            resource.elements.iter_mut().for_each(|part| part.parent_id = None);
        }))
    }

    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await?;
        Ok(altered(&found, |resource| {
            resource.elements.iter_mut().for_each(|part| part.parent_id = None);
        }))
    }
}

/// Parts are shown, but cannot be read.
#[derive(Debug)]
pub(in crate::ims) struct PartsNotFound;

#[async_trait]
impl Fault for PartsNotFound {
    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await?;
        if found.parent_id.is_some() {
            return Err(Error::not_found("resource", id.as_str()));
        }
        Ok(found)
    }
}

/// Extensions have the keys that the backend happens to use.
#[derive(Debug)]
pub(in crate::ims) struct OddExtensions;

#[async_trait]
impl Fault for OddExtensions {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let page = p.list_resources(c, q).await?;
        Ok(each(page, |resource| {
            resource.extensions.insert("Power State".into(), json!(4));
        }))
    }

    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await?;
        Ok(altered(&found, |resource| {
            resource.extensions.insert("Power State".into(), json!(4));
        }))
    }
}

/// A share of nothing is not a number.
#[derive(Debug)]
pub(in crate::ims) struct NotANumber;

#[async_trait]
impl Fault for NotANumber {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let page = p.list_resource_pools(c, q).await?;
        Ok(each(page, |pool| {
            let mut health = ObjectHealth::new(HealthStatus::Healthy);
            health.utilization = Some(f64::NAN);
            pool.health = Some(health);
        }))
    }
}

/// Pools do not say which O-Cloud they belong to.
#[derive(Debug)]
pub(in crate::ims) struct NoOCloud;

#[async_trait]
impl Fault for NoOCloud {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        let page = p.list_resource_pools(c, q).await?;
        Ok(each(page, |pool| pool.o_cloud_id.clear()))
    }
}

/// Deployment managers do not say where they are.
#[derive(Debug)]
pub(in crate::ims) struct NoServiceUri;

#[async_trait]
impl Fault for NoServiceUri {
    async fn list_deployment_managers(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<DeploymentManager>> {
        let page = p.list_deployment_managers(c, q).await?;
        Ok(each(page, |manager| manager.service_uri.clear()))
    }
}

/// Types have no vendor.
#[derive(Debug)]
pub(in crate::ims) struct NoVendor;

#[async_trait]
impl Fault for NoVendor {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        let page = p.list_resource_types(c, q).await?;
        Ok(each(page, |found| found.vendor.clear()))
    }
}
