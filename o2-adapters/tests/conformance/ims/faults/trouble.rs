//! Trouble with the backend that is told as something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Page, Result, async_trait};
use o2_ims::{Alarm, NewResourcePool, Resource, ResourcePool, ResourcePoolId, ResourceType};
use o2_testkit::conformance::Trouble;

use crate::ims::fault::{Below, Fault};
use crate::ims::remote::Network;
use crate::ims::world::TOKEN;

/// A list that fails is an empty one.
#[derive(Debug)]
pub(in crate::ims) struct OutageIsEmpty;

#[async_trait]
impl Fault for OutageIsEmpty {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        match p.list_resource_pools(c, q).await {
            Err(error) if error.is(ErrorKind::Unavailable) => Ok(Page::default()),
            other => other,
        }
    }
}

/// What cannot be read is not there.
#[derive(Debug)]
pub(in crate::ims) struct OutageIsAbsence;

#[async_trait]
impl Fault for OutageIsAbsence {
    async fn get_resource_pool(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<Arc<ResourcePool>> {
        let found = p.get_resource_pool(c, id).await;
        found.map_err(|_| Error::not_found("resourcePool", id.as_str()))
    }
}

/// An outage is the caller's fault.
#[derive(Debug)]
pub(in crate::ims) struct OutageBlamesCaller;

#[async_trait]
impl Fault for OutageBlamesCaller {
    async fn list_alarms(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Alarm>> {
        let page = p.list_alarms(c, q).await;
        page.map_err(|error| error.with_fault(o2_core::Fault::Caller))
    }
}

/// An outage is not worth another attempt.
#[derive(Debug)]
pub(in crate::ims) struct OutageIsFinal;

#[async_trait]
impl Fault for OutageIsFinal {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        let page = p.list_resource_types(c, q).await;
        page.map_err(|error| error.with_retry(o2_core::Retry::Never))
    }
}

/// Refused credentials are the caller's fault.
#[derive(Debug)]
pub(in crate::ims) struct DeniedBlamesCaller;

#[async_trait]
impl Fault for DeniedBlamesCaller {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        let page = p.list_resources(c, q).await;
        page.map_err(|error| error.with_fault(o2_core::Fault::Caller))
    }
}

/// An object that cannot be understood fails the list.
#[derive(Debug)]
pub(in crate::ims) struct OddObjectHidesAll(pub(in crate::ims) Arc<Network>);

#[async_trait]
impl Fault for OddObjectHidesAll {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        if self.0.is(Trouble::OddObject) {
            return Err(Error::internal("unknown variant `liquid`").with_fault(o2_core::Fault::Backend));
        }
        p.list_resources(c, q).await
    }
}

/// A backend that hangs has nothing.
#[derive(Debug)]
pub(in crate::ims) struct HangingIsEmpty(pub(in crate::ims) Arc<Network>);

#[async_trait]
impl Fault for HangingIsEmpty {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        if self.0.is(Trouble::Hanging) {
            return Ok(Page::default());
        }
        p.list_resource_pools(c, q).await
    }
}

/// Who is late gets nothing.
#[derive(Debug)]
pub(in crate::ims) struct LateIsEmpty;

#[async_trait]
impl Fault for LateIsEmpty {
    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        match p.list_resources(c, q).await {
            Err(error) if error.is(ErrorKind::Timeout) => Ok(Page::default()),
            other => other,
        }
    }
}

/// Errors tell the token.
#[derive(Debug)]
pub(in crate::ims) struct TokenInErrors;

#[async_trait]
impl Fault for TokenInErrors {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        let page = p.list_resource_types(c, q).await;
        page.map_err(|error| error.with_detail(format!("GET /types with bearer {TOKEN}")))
    }
}

/// The token is a text like any other.
#[derive(Debug)]
pub(in crate::ims) struct TokenInDebug {
    #[expect(dead_code, reason = "it is read by Debug")]
    token: &'static str,
}

impl TokenInDebug {
    pub(in crate::ims) fn new() -> Self {
        Self { token: TOKEN }
    }
}

#[async_trait]
impl Fault for TokenInDebug {}

/// A call that was dropped keeps the plugin busy.
#[derive(Debug, Default)]
pub(in crate::ims) struct BusyForEver(AtomicBool);

#[async_trait]
impl Fault for BusyForEver {
    async fn list_resource_types(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourceType>> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::RateLimited, "busy"));
        }
        let page = p.list_resource_types(c, q).await;
        self.0.store(false, Ordering::Relaxed);
        page
    }
}

/// A creation that was dropped keeps the plugin busy.
#[derive(Debug, Default)]
pub(in crate::ims) struct CreatesForEver(AtomicBool);

#[async_trait]
impl Fault for CreatesForEver {
    async fn create_resource_pool(&self, p: &Below, c: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::RateLimited, "busy"));
        }
        let pool = p.create_resource_pool(c, new).await;
        self.0.store(false, Ordering::Relaxed);
        pool
    }
}

/// Only one call can run.
#[derive(Debug, Default)]
pub(in crate::ims) struct OneAtATime(AtomicBool);

#[async_trait]
impl Fault for OneAtATime {
    async fn list_resource_pools(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<ResourcePool>> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::RateLimited, "busy"));
        }
        let free = Free(&self.0);
        let page = p.list_resource_pools(c, q).await;
        drop(free);
        page
    }
}

struct Free<'a>(&'a AtomicBool);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
