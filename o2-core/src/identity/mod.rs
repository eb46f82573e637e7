//! Who asks and what they may do: [`Principal`], [`Role`]s as data, and the [`IdentitySource`] port that finds out.

mod role;
mod source;

use std::sync::{Arc, LazyLock};

pub use role::{Grant, Role, Scope};
pub use source::{
    Anonymous, CertificateIdentity, IdentitySource, PeerAddress, PeerCertificate, RequestHead, TrustedHeader,
};

use crate::id::TenantId;
use crate::operation::Operation;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The name, for logs and audit.
    pub name: String,
    /// The tenant the principal belongs to; `None` for those who stand above tenants.
    pub tenant: Option<TenantId>,
    /// The roles that grant permissions.
    pub roles: Vec<Arc<Role>>,
}

impl Principal {
    /// A principal with these roles.
    pub fn new(name: impl Into<String>, tenant: Option<TenantId>, roles: Vec<Arc<Role>>) -> Self {
        Self {
            name: name.into(),
            tenant,
            roles,
        }
    }

    /// The gateway itself: may do everything.
    #[must_use]
    pub fn system() -> Arc<Self> {
        static SYSTEM: LazyLock<Arc<Principal>> =
            LazyLock::new(|| Arc::new(Principal::new("system", None, vec![Role::platform_admin()])));
        Arc::clone(&SYSTEM)
    }

    /// Whether some role of theirs permits `operation`.
    #[must_use]
    pub fn may(&self, operation: &Operation) -> bool {
        let own_tenant = self.tenant.is_some();
        self.roles.iter().any(|role| role.permits(operation, own_tenant))
    }
}
