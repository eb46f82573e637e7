//! Ids that are none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Page, Result, async_trait};
use o2_ims::{
    Alarm, DeploymentManager, DeploymentManagerId, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourceType,
    ResourceTypeId,
};

use super::{altered, each};
use crate::ims::fault::{Below, Fault};

static LIVES: AtomicUsize = AtomicUsize::new(0);

/// Ids are numbered anew by each plugin.
#[derive(Debug)]
pub(in crate::ims) struct IdsOfThisLife(usize);

impl IdsOfThisLife {
    pub(in crate::ims) fn new() -> Self {
        Self(LIVES.fetch_add(1, Ordering::Relaxed))
    }
}

#[async_trait]
impl Fault for IdsOfThisLife {
    async fn list_deployment_managers(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<DeploymentManager>> {
        let page = p.list_deployment_managers(c, q).await?;
        let id = |manager: &DeploymentManager| format!("{}@{}", manager.deployment_manager_id, self.0);
        Ok(each(page, |manager| manager.deployment_manager_id = id(manager).into()))
    }

    async fn get_deployment_manager(
        &self,
        p: &Below,
        c: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        let suffix = format!("@{}", self.0);
        let own = id.as_str().strip_suffix(&suffix);
        let own = own.ok_or_else(|| Error::not_found("deploymentManager", id.as_str()))?;
        let found = p.get_deployment_manager(c, &own.into()).await?;
        Ok(altered(&found, |manager| manager.deployment_manager_id = id.clone()))
    }
}

/// An id is what stands between its first two hyphens.
#[derive(Debug)]
pub(in crate::ims) struct IdsSplitAtHyphens;

#[async_trait]
impl Fault for IdsSplitAtHyphens {
    async fn get_resource_pool(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let end = id
            .as_str()
            .match_indices('-')
            .nth(1)
            .map_or(id.as_str().len(), |(at, _)| at);
        let cut = id.as_str().get(..end).unwrap_or_default();
        p.get_resource_pool(c, &cut.into()).await
    }
}

/// Ids are names, and several objects have the same.
#[derive(Debug)]
pub(in crate::ims) struct NamesAsIds;

#[async_trait]
impl Fault for NamesAsIds {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        let page = p.list_resource_types(c, q).await?;
        Ok(each(page, |found| {
            found.resource_type_id = found.vendor.as_str().into();
        }))
    }
}

/// Objects have no id.
#[derive(Debug)]
pub(in crate::ims) struct NoIds;

#[async_trait]
impl Fault for NoIds {
    async fn list_alarms(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        let page = p.list_alarms(c, q).await?;
        Ok(each(page, |alarm| alarm.alarm_event_record_id = "".into()))
    }
}

/// What is not there is an internal error.
#[derive(Debug)]
pub(in crate::ims) struct NotFoundIsInternal;

#[async_trait]
impl Fault for NotFoundIsInternal {
    async fn get_resource(&self, p: &Below, c: &Context, id: &ResourceId) -> Result<Arc<Resource>> {
        let found = p.get_resource(c, id).await;
        found.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::internal("server not found"),
            _ => error,
        })
    }
}

/// An object is found under everything that begins with its id.
#[derive(Debug)]
pub(in crate::ims) struct FoundByPrefix;

#[async_trait]
impl Fault for FoundByPrefix {
    async fn get_resource_type(&self, p: &Below, c: &Context, id: &ResourceTypeId) -> Result<Arc<ResourceType>> {
        let types = p.list_resource_types(c, &ListQuery::new()).await?.items;
        let found = types
            .into_iter()
            .find(|found| id.as_str().starts_with(found.resource_type_id.as_str()));
        found.ok_or_else(|| Error::not_found("resourceType", id.as_str()))
    }
}

/// A read object shows less than a listed one.
#[derive(Debug)]
pub(in crate::ims) struct ReadingShowsLess;

#[async_trait]
impl Fault for ReadingShowsLess {
    async fn get_deployment_manager(
        &self,
        p: &Below,
        c: &Context,
        id: &DeploymentManagerId,
    ) -> Result<Arc<DeploymentManager>> {
        let found = p.get_deployment_manager(c, id).await?;
        Ok(altered(&found, |manager| manager.supported_locations.clear()))
    }
}

/// Types are listed under ids with a prefix, and read under ids without.
#[derive(Debug)]
pub(in crate::ims) struct PrefixNotStripped;

#[async_trait]
impl Fault for PrefixNotStripped {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        let page = p.list_resource_types(c, q).await?;
        Ok(each(page, |found| {
            found.resource_type_id = format!("dtias-{}", found.resource_type_id).into();
        }))
    }
}
