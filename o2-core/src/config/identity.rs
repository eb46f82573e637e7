//! The `identity` section: how the gateway finds out who asks, and roles beside the built-in ones.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use serde::Deserialize;

use super::problem::{Problems, unknown};
use super::tree::Path;
use crate::id::TenantId;
use crate::identity::{Anonymous, CertificateIdentity, IdentitySource, Principal, Role, TrustedHeader};
use crate::{Error, Result};

/// Who asks, and what they may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct IdentityConfig {
    /// How the gateway finds out who asks. Default: it does not, and everybody may do everything.
    pub source: IdentitySourceConfig,
    /// Roles beside the built-in ones.
    pub roles: Vec<RoleConfig>,
}

impl IdentityConfig {
    /// A role by its name: one of these, or a built-in one.
    ///
    /// # Errors
    /// `Config` when there is no such role, or when a permission of it cannot be read.
    pub fn role(&self, name: &str) -> Result<Arc<Role>> {
        match self.roles.iter().find(|role| role.name == name) {
            Some(role) => role.build(),
            None => Role::built_in(name).map_err(|_| Error::config(self.unknown_role(name))),
        }
    }

    /// The port that finds out who asks.
    ///
    /// # Errors
    /// As [`Self::role`].
    pub fn build(&self) -> Result<Arc<dyn IdentitySource>> {
        Ok(match &self.source {
            IdentitySourceConfig::Anonymous { roles, tenant } => {
                let roles = roles.iter().map(|name| self.role(name)).collect::<Result<_>>()?;
                Arc::new(Anonymous::new(Principal::new("anonymous", tenant.clone(), roles)))
            }
            IdentitySourceConfig::TrustedHeader { proxies, default_role } => {
                let own = self.roles.iter().map(RoleConfig::build).collect::<Result<_>>()?;
                Arc::new(TrustedHeader::new(proxies.clone(), self.role(default_role)?).with_roles(own))
            }
            IdentitySourceConfig::Certificate { domain, role } => {
                Arc::new(CertificateIdentity::new(domain.clone(), self.role(role)?))
            }
        })
    }

    fn unknown_role(&self, name: &str) -> String {
        let own = self.roles.iter().map(|role| role.name.as_str());
        let known: Vec<_> = Role::all_built_in()
            .iter()
            .map(|role| role.name.as_str())
            .chain(own)
            .collect();
        unknown("role", name, &known)
    }

    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        let source = path.key("source");
        let role = |name: &str, path: Path| {
            // What is wrong inside a role of ours is told at the role.
            let own = self.roles.iter().any(|role| role.name == name);
            if !own && Role::built_in(name).is_err() {
                problems.push(path, self.unknown_role(name));
            }
        };
        match &self.source {
            IdentitySourceConfig::Anonymous { roles, tenant } => {
                for (index, name) in roles.iter().enumerate() {
                    role(name, source.key("roles").index(index));
                }
                if tenant.as_ref().is_some_and(|tenant| tenant.as_str().is_empty()) {
                    problems.push(source.key("tenant"), "the tenant is empty");
                }
            }
            IdentitySourceConfig::TrustedHeader { proxies, default_role } => {
                role(default_role, source.key("defaultRole"));
                if proxies.is_empty() {
                    problems.push(source.key("proxies"), "expected the address of at least one proxy");
                }
            }
            IdentitySourceConfig::Certificate { domain, role: name } => {
                role(name, source.key("role"));
                if domain.trim_matches('.').is_empty() {
                    problems.push(source.key("domain"), "expected a domain such as o2.example.com");
                }
            }
        }
        let mut names = BTreeSet::new();
        for (index, role) in self.roles.iter().enumerate() {
            let path = path.key("roles").index(index);
            role.check(&path, problems);
            if !names.insert(&role.name) {
                problems.push(
                    path.key("name"),
                    format!("the name '{}' is taken by another role", role.name),
                );
            }
        }
    }
}

/// How the gateway finds out who asks. In a file, the key `type` names the variant, the other keys are its fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SourceKeys")]
#[non_exhaustive]
pub enum IdentitySourceConfig {
    /// Everybody is the same principal; see [`Anonymous`].
    Anonymous {
        /// What everybody may do. Default `[platform-admin]`, everything.
        roles: Vec<String>,
        /// The tenant everybody belongs to. Default none.
        tenant: Option<TenantId>,
    },
    /// A proxy in front says who asks; see [`TrustedHeader`].
    TrustedHeader {
        /// The addresses of the proxies that are believed.
        proxies: Vec<IpAddr>,
        /// The role of users for whom the proxy names none. Default `viewer`.
        default_role: String,
    },
    /// The client certificate says who asks; see [`CertificateIdentity`].
    Certificate {
        /// What follows user and tenant in the common name.
        domain: String,
        /// The role of everybody who has a certificate. Default `viewer`.
        role: String,
    },
}

impl Default for IdentitySourceConfig {
    fn default() -> Self {
        Self::Anonymous {
            roles: vec!["platform-admin".to_owned()],
            tenant: None,
        }
    }
}

/// All keys that an identity source may have, whatever its type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SourceKeys {
    r#type: SourceType,
    roles: Option<Vec<String>>,
    tenant: Option<TenantId>,
    proxies: Option<Vec<IpAddr>>,
    default_role: Option<String>,
    domain: Option<String>,
    role: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SourceType {
    Anonymous,
    TrustedHeader,
    Certificate,
}

impl SourceType {
    /// Its name, and the keys it has beside `type`.
    const fn describe(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Anonymous => ("anonymous", &["roles", "tenant"]),
            Self::TrustedHeader => ("trustedHeader", &["proxies", "defaultRole"]),
            Self::Certificate => ("certificate", &["domain", "role"]),
        }
    }
}

impl SourceKeys {
    /// Refuses keys that belong to another type.
    fn refuse_foreign(&self) -> Result<(), String> {
        let (name, own) = self.r#type.describe();
        let given = [
            ("roles", self.roles.is_some()),
            ("tenant", self.tenant.is_some()),
            ("proxies", self.proxies.is_some()),
            ("defaultRole", self.default_role.is_some()),
            ("domain", self.domain.is_some()),
            ("role", self.role.is_some()),
        ];
        match given.iter().find(|(key, given)| *given && !own.contains(key)) {
            Some((key, _)) => Err(format!("type {name} has no key '{key}' (known: {})", own.join(", "))),
            None => Ok(()),
        }
    }
}

impl TryFrom<SourceKeys> for IdentitySourceConfig {
    type Error = String;

    fn try_from(keys: SourceKeys) -> Result<Self, String> {
        keys.refuse_foreign()?;
        let viewer = || "viewer".to_owned();
        let missing = |key: &str| format!("the key '{key}' is missing");
        Ok(match keys.r#type {
            SourceType::Anonymous => Self::Anonymous {
                roles: keys.roles.unwrap_or_else(|| vec!["platform-admin".to_owned()]),
                tenant: keys.tenant,
            },
            SourceType::TrustedHeader => Self::TrustedHeader {
                proxies: keys.proxies.ok_or_else(|| missing("proxies"))?,
                default_role: keys.default_role.unwrap_or_else(viewer),
            },
            SourceType::Certificate => Self::Certificate {
                domain: keys.domain.ok_or_else(|| missing("domain"))?,
                role: keys.role.unwrap_or_else(viewer),
            },
        })
    }
}

/// A role of the operator's own making.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RoleConfig {
    /// The name; not that of a built-in role.
    pub name: String,
    /// What it permits: `collection:action[:tenant|all]`, `resourcePools:read`.
    pub permissions: Vec<String>,
}

impl RoleConfig {
    /// A role with these permissions.
    pub fn new(name: impl Into<String>, permissions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            name: name.into(),
            permissions: permissions.into_iter().map(Into::into).collect(),
        }
    }

    fn build(&self) -> Result<Arc<Role>> {
        Role::custom(self.name.as_str(), self.permissions.iter().map(String::as_str))
    }

    fn check(&self, path: &Path, problems: &Problems) {
        if self.name.trim().is_empty() {
            problems.push(path.key("name"), "the name is empty");
        } else if Role::built_in(&self.name).is_ok() {
            problems.push(
                path.key("name"),
                format!("the name '{}' is that of a built-in role", self.name),
            );
        }
        for (index, permission) in self.permissions.iter().enumerate() {
            if let Err(error) = Role::custom("", [permission.as_str()]) {
                problems.push(path.key("permissions").index(index), error.message());
            }
        }
    }
}
