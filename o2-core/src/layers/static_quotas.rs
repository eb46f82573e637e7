//! Quotas with fixed limits, counted in memory.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;

use super::quota::{QuotaSource, QuotaUsage};
use crate::Result;
use crate::id::TenantId;

type ByCollection = HashMap<String, u64>;

/// Fixed limits; usage is counted in memory, from what is created and deleted through the gateway.
///
/// It starts at zero, or at what [`Self::with_usage`] says, and knows nothing of objects that come and go elsewhere.
#[derive(Debug, Default)]
pub struct StaticQuotas {
    limits: ByCollection,
    tenant_limits: HashMap<TenantId, ByCollection>,
    used: Mutex<HashMap<TenantId, ByCollection>>,
}

impl StaticQuotas {
    /// No limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the objects of every tenant that has no limit of its own for this collection.
    #[must_use]
    pub fn with_limit(mut self, collection: impl Into<String>, objects: u64) -> Self {
        self.limits.insert(collection.into(), objects);
        self
    }

    /// Limits the objects of one tenant.
    #[must_use]
    pub fn with_tenant_limit(mut self, tenant: TenantId, collection: impl Into<String>, objects: u64) -> Self {
        let limits = self.tenant_limits.entry(tenant).or_default();
        limits.insert(collection.into(), objects);
        self
    }

    /// Says how many objects a tenant has at the start.
    #[must_use]
    pub fn with_usage(self, tenant: TenantId, collection: impl Into<String>, objects: u64) -> Self {
        self.used()
            .entry(tenant)
            .or_default()
            .insert(collection.into(), objects);
        self
    }

    fn limit(&self, tenant: &TenantId, collection: &str) -> Option<u64> {
        let own = self.tenant_limits.get(tenant).and_then(|limits| limits.get(collection));
        own.or_else(|| self.limits.get(collection)).copied()
    }

    fn used(&self) -> MutexGuard<'_, HashMap<TenantId, ByCollection>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, tenant: &TenantId, collection: &str) -> QuotaUsage {
        let used = self.used();
        let count = used.get(tenant).and_then(|counts| counts.get(collection)).copied();
        QuotaUsage::new(self.limit(tenant, collection), count.unwrap_or(0))
    }

    fn take(&self, tenant: &TenantId, collection: &str) -> Result<()> {
        let limit = self.limit(tenant, collection);
        let mut used = self.used();
        let count = used
            .entry(tenant.clone())
            .or_default()
            .entry(collection.to_owned())
            .or_insert(0);
        if let Some(limit) = limit.filter(|limit| *count >= *limit) {
            return Err(QuotaUsage::exceeded(collection, limit, *count));
        }
        *count += 1;
        Ok(())
    }
}

impl QuotaSource for StaticQuotas {
    fn usage<'a>(&'a self, tenant: &'a TenantId, collection: &'a str) -> BoxFuture<'a, Result<QuotaUsage>> {
        Box::pin(ready(Ok(self.look(tenant, collection))))
    }

    fn reserve<'a>(&'a self, tenant: &'a TenantId, collection: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.take(tenant, collection) })
    }

    fn release(&self, tenant: &TenantId, collection: &str) {
        let mut used = self.used();
        if let Some(count) = used.get_mut(tenant).and_then(|counts| counts.get_mut(collection)) {
            *count = count.saturating_sub(1);
        }
    }
}
