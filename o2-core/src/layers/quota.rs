//! Limits how many objects a tenant may have.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::id::TenantId;
use crate::layer::{Call, Layer, Next};
use crate::operation::Action;
use crate::{Error, ErrorKind, Result};

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaUsage {
    /// The most objects there may be; `None` when there is no limit.
    pub limit: Option<u64>,
    /// The objects there are, those that are being created included.
    pub used: u64,
}

impl QuotaUsage {
    /// So many used of so many.
    #[must_use]
    pub fn new(limit: Option<u64>, used: u64) -> Self {
        Self { limit, used }
    }

    /// The error for a tenant that has `used` objects, may have `limit`, and wants one more.
    #[must_use]
    pub fn exceeded(collection: &str, limit: u64, used: u64) -> Error {
        Error::new(
            ErrorKind::QuotaExceeded,
            format!("quota '{collection}' is used up: limit {limit}, in use {used}"),
        )
    }
}

/// Knows the quotas of tenants, as limits per collection (`deployments`, `resourcePools`).
pub trait QuotaSource: fmt::Debug + Send + Sync + 'static {
    /// How much of a quota is used.
    ///
    /// # Errors
    /// When the source does not answer.
    fn usage<'a>(&'a self, tenant: &'a TenantId, collection: &'a str) -> BoxFuture<'a, Result<QuotaUsage>>;

    /// Takes one object from a quota before it is created. Parallel calls never take more than the limit together.
    ///
    /// Ends in bounded time. A future that is dropped before it ended has taken nothing.
    ///
    /// # Errors
    /// [`QuotaUsage::exceeded`] when the limit is reached; others when the source does not answer.
    fn reserve<'a>(&'a self, tenant: &'a TenantId, collection: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Gives one object back: it was deleted, or not created after all. Must not block; a slow source queues.
    fn release(&self, tenant: &TenantId, collection: &str);
}

/// Takes from the tenant's quota what is created and gives back what is deleted. Callers without tenant have no quota.
///
/// A create that failed, or whose future was dropped, gives its share back. When the backend has created the object all
/// the same, a source that only counts is one short until it is told; one that looks at the inventory is right.
#[derive(Debug)]
pub struct QuotaLayer(Arc<dyn QuotaSource>);

impl QuotaLayer {
    /// Takes from the quotas of `source`.
    #[must_use]
    pub fn new(source: Arc<dyn QuotaSource>) -> Self {
        Self(source)
    }

    async fn create(&self, tenant: &TenantId, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let collection = call.operation.collection;
        self.0.reserve(tenant, collection).await?;
        let mut reservation = Reservation {
            source: &*self.0,
            tenant,
            collection,
            used: false,
        };
        next.run(call).await?;
        reservation.used = true;
        Ok(())
    }
}

#[async_trait]
impl Layer for QuotaLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        match (call.operation.action, call.context.tenant()) {
            (Action::Create, Some(tenant)) => self.create(tenant, call, next).await,
            (Action::Delete, Some(tenant)) => {
                next.run(call).await?;
                self.0.release(tenant, call.operation.collection);
                Ok(())
            }
            _ => next.run(call).await,
        }
    }
}

/// Gives the object back unless it was created.
struct Reservation<'a> {
    source: &'a dyn QuotaSource,
    tenant: &'a TenantId,
    collection: &'a str,
    used: bool,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.used {
            self.source.release(self.tenant, self.collection);
        }
    }
}
