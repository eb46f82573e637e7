//! Resources that are added and taken away in another way than was asked for.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Result, async_trait};
use o2_ims::{DeleteOptions, NewResource, Resource, ResourceId};

use super::altered;
use crate::ims::fault::{Below, Fault};

/// An unclear answer is followed by another attempt, also when something is added.
#[derive(Debug)]
pub(in crate::ims) struct AddsTwice;

#[async_trait]
impl Fault for AddsTwice {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let created = p.create_resource(c, new).await?;
        if new.resource_id.is_none() {
            p.create_resource(c, new).await?;
        }
        Ok(created)
    }
}

/// Whatever is added goes into the first pool, and says otherwise.
#[derive(Debug)]
pub(in crate::ims) struct AddsElsewhere;

#[async_trait]
impl Fault for AddsElsewhere {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        p.create_resource(c, new).await?;
        let mut elsewhere = new.clone();
        elsewhere.resource_pool_id = "pool-compute-1".into();
        let created = p.create_resource(c, &elsewhere).await?;
        Ok(altered(&created, |resource| {
            resource.resource_pool_id = new.resource_pool_id.clone();
        }))
    }
}

/// New resources lose their tags.
#[derive(Debug)]
pub(in crate::ims) struct TagsLost;

#[async_trait]
impl Fault for TagsLost {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let mut new = new.clone();
        new.tags.clear();
        p.create_resource(c, &new).await
    }
}

/// A pool that is not there is `NotFound`, as if the resource were meant.
#[derive(Debug)]
pub(in crate::ims) struct UnknownPoolIsNotFound;

#[async_trait]
impl Fault for UnknownPoolIsNotFound {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let created = p.create_resource(c, new).await;
        created.map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Error::not_found("resourcePool", new.resource_pool_id.as_str()),
            _ => error,
        })
    }
}

/// A type that is not there becomes the usual one.
#[derive(Debug)]
pub(in crate::ims) struct UnknownTypeIsTheUsual;

#[async_trait]
impl Fault for UnknownTypeIsTheUsual {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let mut usual = new.clone();
        if p.get_resource_type(c, &new.resource_type_id).await.is_err() {
            usual.resource_type_id = "type-compute-large".into();
        }
        p.create_resource(c, &usual).await
    }
}

/// Refusals do not say what is wrong.
#[derive(Debug)]
pub(in crate::ims) struct RefusesWithoutNames;

#[async_trait]
impl Fault for RefusesWithoutNames {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        let created = p.create_resource(c, new).await;
        created.map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Error::invalid("bad request"),
            _ => error,
        })
    }
}

/// What is there already is taken for new.
#[derive(Debug)]
pub(in crate::ims) struct AddsOrFinds;

#[async_trait]
impl Fault for AddsOrFinds {
    async fn create_resource(&self, p: &Below, c: &Context, new: &NewResource) -> Result<Arc<Resource>> {
        match (p.create_resource(c, new).await, &new.resource_id) {
            (Err(error), Some(id)) if error.is(ErrorKind::AlreadyExists) => p.get_resource(c, id).await,
            (other, _) => other,
        }
    }
}

/// A release ignores what the backend answers.
#[derive(Debug)]
pub(in crate::ims) struct ReleaseHidesFailures;

#[async_trait]
impl Fault for ReleaseHidesFailures {
    async fn delete_resource(&self, p: &Below, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        p.delete_resource(c, id, options).await.or(Ok(()))
    }
}

/// Every release is forced.
#[derive(Debug)]
pub(in crate::ims) struct ReleaseForces;

#[async_trait]
impl Fault for ReleaseForces {
    async fn delete_resource(&self, p: &Below, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        let mut options = options.clone();
        options.force = true;
        p.delete_resource(c, id, &options).await
    }
}

/// A release tells of success and does nothing.
#[derive(Debug)]
pub(in crate::ims) struct ReleaseOnlySaysSo;

#[async_trait]
impl Fault for ReleaseOnlySaysSo {
    async fn delete_resource(&self, p: &Below, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        p.get_resource(c, id).await?;
        let _ = options;
        Ok(())
    }
}

/// A release does not look at the state that was expected.
#[derive(Debug)]
pub(in crate::ims) struct ReleaseIgnoresVersion;

#[async_trait]
impl Fault for ReleaseIgnoresVersion {
    async fn delete_resource(&self, p: &Below, c: &Context, id: &ResourceId, options: &DeleteOptions) -> Result<()> {
        let mut options = options.clone();
        options.expected = None;
        p.delete_resource(c, id, &options).await
    }
}
