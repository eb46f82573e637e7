//! [`Operation`]: operations are data. One static per plugin method is the only name the operation has anywhere:
//! capability sets, retry safety, metric labels, span names, permissions, audit entries, routes, conformance cases.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// The kind of plugin an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Category {
    /// Infrastructure management.
    Ims,
    /// Deployment management.
    Dms,
    /// Integration with the orchestrator above.
    Smo,
    /// Metrics, traces and logs.
    Observability,
    /// The gateway itself; no plugin has this category.
    Admin,
}

impl Category {
    /// `ims`, `dms`, `smo`, `observability` or `admin`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ims => "ims",
            Self::Dms => "dms",
            Self::Smo => "smo",
            Self::Observability => "observability",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an operation does to its object; the second half of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Action {
    /// Reads one object or a list of them.
    Read,
    /// Creates an object.
    Create,
    /// Changes an object.
    Update,
    /// Removes an object.
    Delete,
    /// Sets work in motion: scale, roll back, run a workflow.
    Execute,
}

impl Action {
    /// `read`, `create`, `update`, `delete` or `execute`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Execute => "execute",
        }
    }
}

/// One operation. Declared as a `static`; two operations are the same when they are the same static.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// The kind of plugin that has it.
    pub category: Category,
    /// The trait method, `list_resource_pools`.
    pub name: &'static str,
    /// The object it acts on, singular, `resourcePool`; routing rules match it.
    pub object: &'static str,
    /// The same in plural, `resourcePools`; the first half of the permission.
    pub collection: &'static str,
    /// What it does.
    pub action: Action,
    /// Whether repeating it does no harm, so that a retry after an unclear failure is safe.
    pub idempotent: bool,
}

impl Operation {
    /// An operation; reads are idempotent, everything else is not until [`Self::idempotent`] says so.
    #[must_use]
    pub const fn new(
        category: Category,
        name: &'static str,
        object: &'static str,
        collection: &'static str,
        action: Action,
    ) -> Self {
        Self {
            category,
            name,
            object,
            collection,
            action,
            idempotent: matches!(action, Action::Read),
        }
    }

    /// Declares that repeating it does no harm.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Whether it changes anything.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        !matches!(self.action, Action::Read)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.category, self.name)
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Operation {}

impl Hash for Operation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self, state);
    }
}
