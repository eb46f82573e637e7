//! The `limits` section: how much each tenant may use.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::problem::Problems;
use super::tree::Path;
use crate::id::TenantId;

/// The quotas of all tenants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct LimitsConfig {
    /// For tenants without quotas of their own, and for what those leave out.
    pub default: Quotas,
    /// Quotas of single tenants.
    pub tenants: BTreeMap<TenantId, Quotas>,
}

impl LimitsConfig {
    /// What holds for `tenant`.
    #[must_use]
    pub fn of(&self, tenant: &TenantId) -> Quotas {
        let own = self.tenants.get(tenant).copied().unwrap_or_default();
        own.or(self.default)
    }

    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        self.default.check(&path.key("default"), problems);
        for (tenant, quotas) in &self.tenants {
            let path = path.key("tenants").key(tenant.as_str());
            if tenant.as_str().is_empty() {
                problems.push(path.clone(), "the tenant is empty");
            }
            quotas.check(&path, problems);
        }
    }
}

/// How much one tenant may use. What is left out is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Quotas {
    /// Resource pools.
    pub max_resource_pools: Option<u64>,
    /// Resources.
    pub max_resources: Option<u64>,
    /// Subscriptions.
    pub max_subscriptions: Option<u64>,
    /// CPU cores, over all resources.
    pub max_cpu_cores: Option<u64>,
    /// Memory, over all resources, in GiB.
    pub max_memory_gb: Option<u64>,
    /// Deployments.
    pub max_deployments: Option<u64>,
    /// Users.
    pub max_users: Option<u64>,
    /// Requests in any minute, 1 or more.
    pub max_requests_per_minute: Option<u64>,
}

impl Quotas {
    fn or(self, other: Self) -> Self {
        Self {
            max_resource_pools: self.max_resource_pools.or(other.max_resource_pools),
            max_resources: self.max_resources.or(other.max_resources),
            max_subscriptions: self.max_subscriptions.or(other.max_subscriptions),
            max_cpu_cores: self.max_cpu_cores.or(other.max_cpu_cores),
            max_memory_gb: self.max_memory_gb.or(other.max_memory_gb),
            max_deployments: self.max_deployments.or(other.max_deployments),
            max_users: self.max_users.or(other.max_users),
            max_requests_per_minute: self.max_requests_per_minute.or(other.max_requests_per_minute),
        }
    }

    fn check(&self, path: &Path, problems: &Problems) {
        if self.max_requests_per_minute == Some(0) {
            problems.push(path.key("maxRequestsPerMinute"), super::AT_LEAST_ONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_own_quotas_come_before_the_default() {
        let quotas = |pools, users| Quotas {
            max_resource_pools: pools,
            max_users: users,
            ..Quotas::default()
        };
        let limits = LimitsConfig {
            default: quotas(Some(5), Some(10)),
            tenants: [("smo-alpha".into(), quotas(Some(50), None))].into(),
        };
        assert_eq!(limits.of(&"smo-alpha".into()), quotas(Some(50), Some(10)));
        assert_eq!(limits.of(&"smo-beta".into()), quotas(Some(5), Some(10)));
    }
}
