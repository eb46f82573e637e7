//! Keeps tenants away from plugins that are not theirs.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::context::Context;
use crate::id::TenantId;
use crate::identity::Principal;
use crate::layer::{Call, Layer, Next};
use crate::{Error, ErrorKind, Result};

/// Which tenants may use a plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenancy {
    required: bool,
    tenants: Option<BTreeSet<TenantId>>,
}

impl Tenancy {
    /// Every tenant, and callers without one.
    #[must_use]
    pub fn open() -> Self {
        Self::default()
    }

    /// Callers must act for some tenant. The gateway's own work ([`Principal::system`]) need not.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Only these tenants. Callers without tenant, who stand above tenants, may still use the plugin.
    #[must_use]
    pub fn only(mut self, tenants: impl IntoIterator<Item = TenantId>) -> Self {
        self.tenants = Some(tenants.into_iter().collect());
        self
    }

    fn admits(&self, tenant: &TenantId) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant))
    }
}

/// Refuses calls for tenants that may not use the plugin.
///
/// - Without a tenant where one is required: `PermissionDenied`.
/// - For a foreign tenant the plugin and all its objects do not exist: `NotFound`, in the words of an unknown id where
///   the call has a target, so that nobody can find out by asking. This is the safety net: the router does not pick
///   such a plugin in the first place, so lists that span plugins are not disturbed by it.
#[derive(Debug)]
pub struct TenancyLayer(Tenancy);

impl TenancyLayer {
    /// Admits the tenants of `tenancy`.
    #[must_use]
    pub fn new(tenancy: Tenancy) -> Self {
        Self(tenancy)
    }
}

#[async_trait]
impl Layer for TenancyLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        match call.context.tenant() {
            Some(tenant) if !self.0.admits(tenant) => Err(foreign(call)),
            None if self.0.required && !is_gateway(call.context) => Err(Error::new(
                ErrorKind::PermissionDenied,
                format!(
                    "{} needs a tenant to act for, and the caller has none",
                    call.operation.name
                ),
            )),
            _ => next.run(call).await,
        }
    }
}

fn foreign(call: &Call<'_>) -> Error {
    match call.target {
        Some(target) => Error::not_found(call.operation.object, target),
        None => Error::new(
            ErrorKind::NotFound,
            format!("there are no {} for this tenant here", call.operation.collection),
        ),
    }
}

fn is_gateway(context: &Context) -> bool {
    std::ptr::eq(context.principal(), &*Principal::system())
}
