//! Roles as data. A grant is `collection:action[:scope]`; `*` stands for any collection, `manage` for any action.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use crate::operation::{Action, Operation};
use crate::{Error, Result};

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Objects of the principal's own tenant, and shared ones. Worth nothing to a principal without tenant.
    Tenant,
    /// Objects of every tenant.
    All,
}

/// One permission of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The collection, `resourcePools`; `*` is every collection of IMS, DMS and SMO, `admin` the gateway's own.
    pub collection: String,
    /// The action; `None` is every action.
    pub action: Option<Action>,
    /// How far it reaches.
    pub scope: Scope,
}

impl Grant {
    fn permits(&self, operation: &Operation, own_tenant: bool) -> bool {
        let reaches = self.scope == Scope::All || own_tenant;
        let acts = self.action.is_none_or(|action| action == operation.action);
        let admin = operation.category == crate::operation::Category::Admin;
        let covers = match self.collection.as_str() {
            "*" => !admin,
            "admin" => admin,
            name => name.eq_ignore_ascii_case(operation.collection),
        };
        reaches && acts && covers
    }
}

impl FromStr for Grant {
    type Err = Error;

    /// Reads `resourcePools:read`, `*:manage:all`, `resources:list:tenant` (`list` is `read`).
    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, ':');
        let (Some(collection), Some(action)) = (parts.next().filter(|name| !name.is_empty()), parts.next()) else {
            return Err(Error::config(format!(
                "permission '{text}' is not collection:action[:tenant|all]"
            )));
        };
        let action = match action {
            "read" | "list" => Some(Action::Read),
            "create" => Some(Action::Create),
            "update" => Some(Action::Update),
            "delete" => Some(Action::Delete),
            "execute" => Some(Action::Execute),
            "manage" | "*" => None,
            other => {
                return Err(Error::config(format!(
                    "permission '{text}': unknown action '{other}' (known: read, create, update, delete, execute, manage)"
                )));
            }
        };
        let scope = match parts.next() {
            None | Some("tenant" | "shared") => Scope::Tenant,
            Some("all") => Scope::All,
            Some(other) => {
                return Err(Error::config(format!(
                    "permission '{text}': unknown scope '{other}' (known: tenant, all)"
                )));
            }
        };
        Ok(Self {
            collection: collection.to_owned(),
            action,
            scope,
        })
    }
}

/// A named set of grants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Role {
    /// The name, kebab-case.
    pub name: String,
    /// What it grants.
    pub grants: Vec<Grant>,
}

impl Role {
    /// A role of the operator's own making.
    ///
    /// # Errors
    /// `Config` naming the permission that cannot be read.
    pub fn custom<'g>(name: impl Into<String>, grants: impl IntoIterator<Item = &'g str>) -> Result<Arc<Self>> {
        let grants = grants.into_iter().map(Grant::from_str).collect::<Result<_>>()?;
        Ok(Arc::new(Self {
            name: name.into(),
            grants,
        }))
    }

    /// The role that may do everything everywhere.
    #[must_use]
    pub fn platform_admin() -> Arc<Self> {
        Arc::clone(&BUILT_IN[0])
    }

    /// One of the roles every gateway has, by its kebab-case or CamelCase name.
    ///
    /// # Errors
    /// `Config` naming the unknown role and the known ones.
    pub fn built_in(name: &str) -> Result<Arc<Self>> {
        let wanted: String = name.chars().filter(|c| *c != '-').collect();
        let same = |role: &&Arc<Self>| role.name.replace('-', "").eq_ignore_ascii_case(&wanted);
        BUILT_IN
            .iter()
            .find(same)
            .cloned()
            .ok_or_else(|| Error::config(format!("unknown role '{name}' (known: {Names})")))
    }

    /// Every role that all gateways have.
    #[must_use]
    pub fn all_built_in() -> &'static [Arc<Self>] {
        &BUILT_IN
    }

    /// Whether it permits `operation` to a principal who has, or has not, a tenant.
    #[must_use]
    pub fn permits(&self, operation: &Operation, own_tenant: bool) -> bool {
        self.grants.iter().any(|grant| grant.permits(operation, own_tenant))
    }
}

struct Names;

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &BUILT_IN
                .iter()
                .map(|role| role.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        )
    }
}

type Row = (&'static str, &'static [(&'static str, Option<Action>, Scope)]);

/// The original design's eight roles: three above tenants, four inside one, and `custom`, which grants nothing itself.
static TABLE: [Row; 8] = [
    (
        "platform-admin",
        &[("*", None, Scope::All), ("admin", None, Scope::All)],
    ),
    (
        "tenant-admin",
        &[
            ("tenants", None, Scope::All),
            ("users", None, Scope::All),
            ("roles", None, Scope::All),
            ("audit", Some(Action::Read), Scope::All),
        ],
    ),
    (
        "auditor",
        &[
            ("*", Some(Action::Read), Scope::All),
            ("admin", Some(Action::Read), Scope::All),
        ],
    ),
    ("owner", &[("*", None, Scope::Tenant)]),
    ("admin", &[("*", None, Scope::Tenant)]),
    (
        "operator",
        &[
            ("*", Some(Action::Read), Scope::Tenant),
            ("resourcePools", None, Scope::Tenant),
            ("resources", None, Scope::Tenant),
            ("subscriptions", None, Scope::Tenant),
            ("deployments", None, Scope::Tenant),
            ("deploymentPackages", None, Scope::Tenant),
            ("deploymentTemplates", None, Scope::Tenant),
            ("workflows", None, Scope::Tenant),
        ],
    ),
    ("viewer", &[("*", Some(Action::Read), Scope::Tenant)]),
    ("custom", &[]),
];

static BUILT_IN: LazyLock<Vec<Arc<Role>>> = LazyLock::new(|| {
    let grant = |(collection, action, scope): &(&str, Option<Action>, Scope)| Grant {
        collection: (*collection).to_owned(),
        action: *action,
        scope: *scope,
    };
    let role = |(name, grants): &Row| {
        Arc::new(Role {
            name: (*name).to_owned(),
            grants: grants.iter().map(grant).collect(),
        })
    };
    TABLE.iter().map(role).collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Category;

    static READ: Operation = Operation::new(Category::Ims, "get", "resourcePool", "resourcePools", Action::Read);
    static DELETE: Operation = Operation::new(Category::Ims, "delete", "resourcePool", "resourcePools", Action::Delete);
    static ADMIN: Operation = Operation::new(Category::Admin, "list_plugins", "plugin", "plugins", Action::Read);

    #[test]
    fn built_in_roles_grant_what_their_names_say() {
        for (role, own_tenant, read, delete, admin) in [
            ("platform-admin", false, true, true, true),
            ("PlatformAdmin", false, true, true, true),
            ("auditor", false, true, false, true),
            ("owner", true, true, true, false),
            ("owner", false, false, false, false),
            ("operator", true, true, true, false),
            ("viewer", true, true, false, false),
            ("tenant-admin", false, false, false, false),
            ("custom", true, false, false, false),
        ] {
            let role = Role::built_in(role).unwrap();
            assert_eq!(role.permits(&READ, own_tenant), read, "{} reads", role.name);
            assert_eq!(role.permits(&DELETE, own_tenant), delete, "{} deletes", role.name);
            assert_eq!(role.permits(&ADMIN, own_tenant), admin, "{} administrates", role.name);
        }
        assert!(
            Role::built_in("king")
                .unwrap_err()
                .message()
                .contains("platform-admin, tenant-admin")
        );
    }

    #[test]
    fn custom_roles_read_their_grants() {
        let role = Role::custom("reader", ["resourcePools:read"]).unwrap();
        assert!(role.permits(&READ, true) && !role.permits(&READ, false) && !role.permits(&DELETE, true));
        for wrong in ["resourcePools", "resourcePools:eat", "resourcePools:read:moon", ":read"] {
            assert!(Role::custom("x", [wrong]).is_err(), "{wrong}");
        }
    }
}
