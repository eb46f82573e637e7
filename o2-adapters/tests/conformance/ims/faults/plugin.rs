//! Plugins that are not what they say.

use std::sync::atomic::{AtomicBool, Ordering};

use o2_core::plugin::{Health, HealthStatus};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Category, Context, Error, ErrorKind, Page, PluginInfo, Result, async_trait};
use o2_ims::{PoolMetrics, Resource, ResourcePoolId, op};

use super::everything;
use crate::ims::fault::{Below, Fault};

/// A declared operation is not there.
#[derive(Debug)]
pub(in crate::ims) struct DeclaredOnly;

#[async_trait]
impl Fault for DeclaredOnly {
    async fn get_resource_pool_metrics(&self, p: &Below, c: &Context, id: &ResourcePoolId) -> Result<PoolMetrics> {
        let _ = (p, c, id);
        Err(Error::unsupported(&op::GET_RESOURCE_POOL_METRICS))
    }
}

/// An operation that is not declared is there.
#[derive(Debug)]
pub(in crate::ims) struct Undeclared(Capabilities);

impl Undeclared {
    pub(in crate::ims) fn new() -> Self {
        Self(everything().without(&op::CREATE_RESOURCE))
    }
}

#[async_trait]
impl Fault for Undeclared {
    fn capabilities<'a>(&'a self, _: &'a Below) -> &'a Capabilities {
        &self.0
    }
}

/// Health does not ask the backend.
#[derive(Debug)]
pub(in crate::ims) struct AlwaysHealthy;

#[async_trait]
impl Fault for AlwaysHealthy {
    async fn health(&self, p: &Below, c: &Context) -> Health {
        let mut health = p
            .health(&Context::new(c.request_id()).with_deadline(std::time::Duration::ZERO))
            .await;
        health.status = HealthStatus::Healthy;
        health
    }
}

/// There is always something wrong.
#[derive(Debug)]
pub(in crate::ims) struct NeverHealthy;

#[async_trait]
impl Fault for NeverHealthy {
    async fn health(&self, p: &Below, c: &Context) -> Health {
        Health::degraded(p.health(c).await.timestamp, "no metrics")
    }
}

/// Closing again is an error.
#[derive(Debug, Default)]
pub(in crate::ims) struct ClosesOnce(AtomicBool);

#[async_trait]
impl Fault for ClosesOnce {
    async fn close(&self, p: &Below) -> Result<()> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Unavailable, "already closed"));
        }
        p.close().await
    }
}

/// What is closed goes on.
#[derive(Debug)]
pub(in crate::ims) struct NeverCloses;

#[async_trait]
impl Fault for NeverCloses {
    async fn close(&self, _: &Below) -> Result<()> {
        Ok(())
    }
}

/// A closed plugin is somebody else.
#[derive(Debug)]
pub(in crate::ims) struct OtherInfo {
    other: Option<PluginInfo>,
    closed: AtomicBool,
}

impl OtherInfo {
    pub(in crate::ims) fn new() -> Self {
        Self {
            other: PluginInfo::new(Category::Ims, "memory", "closed", "1").ok(),
            closed: AtomicBool::new(false),
        }
    }
}

#[async_trait]
impl Fault for OtherInfo {
    fn info<'a>(&'a self, p: &'a Below) -> &'a PluginInfo {
        match &self.other {
            Some(other) if self.closed.load(Ordering::Relaxed) => other,
            _ => p.info(),
        }
    }

    async fn close(&self, p: &Below) -> Result<()> {
        self.closed.store(true, Ordering::Relaxed);
        p.close().await
    }
}

/// Once it has listed something, the plugin can do less.
#[derive(Debug)]
pub(in crate::ims) struct CapabilitiesShrink {
    later: Capabilities,
    listed: AtomicBool,
}

impl CapabilitiesShrink {
    pub(in crate::ims) fn new() -> Self {
        Self {
            later: everything().without(&op::WATCH_INVENTORY),
            listed: AtomicBool::new(false),
        }
    }
}

#[async_trait]
impl Fault for CapabilitiesShrink {
    fn capabilities<'a>(&'a self, p: &'a Below) -> &'a Capabilities {
        if self.listed.load(Ordering::Relaxed) {
            &self.later
        } else {
            p.capabilities()
        }
    }

    async fn list_resources(&self, p: &Below, c: &Context, q: &ListQuery) -> Result<Page<Resource>> {
        self.listed.store(true, Ordering::Relaxed);
        p.list_resources(c, q).await
    }
}
