//! Why a rule does not match a call. Routing only notes the place; it is put into words when somebody asks.

use std::fmt;

use serde_json::Value;

use super::{Facts, Rule};
use crate::error::Excerpt;
use crate::id::TenantId;

/// Where a call differs from what a rule wants.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Object,
    PackageType,
    Tenant,
    Location,
    /// The label with this key.
    Label(&'a str),
    /// The extension at this path.
    Extension(&'a str),
}

impl Place<'_> {
    /// What the rule wants there and what the call has, in one sentence.
    pub(super) fn describe(&self, rule: &Rule, facts: &Facts<'_>) -> String {
        let wanted = self.wanted(rule);
        match self.actual(facts) {
            Some(actual) => format!("{self} is {}, not {wanted}", Excerpt(&actual)),
            None => format!("{self} is not given, {wanted} is wanted"),
        }
    }

    fn wanted(&self, rule: &Rule) -> String {
        let conditions = &rule.conditions;
        match *self {
            Self::Object => quoted(rule.object.to_string()),
            Self::PackageType => quoted(rule.package_type.to_string()),
            Self::Tenant => quoted(conditions.tenant.as_ref().map_or("", TenantId::as_str)),
            Self::Location => format!("'{}…'", conditions.location_prefix.as_deref().unwrap_or_default()),
            Self::Label(key) => quoted(conditions.labels.get(key).map_or("", String::as_str)),
            Self::Extension(path) => conditions
                .extensions
                .get(path)
                .map(Value::to_string)
                .unwrap_or_default(),
        }
    }

    fn actual(&self, facts: &Facts<'_>) -> Option<String> {
        match *self {
            Self::Object => Some(quoted(facts.object)),
            Self::PackageType => facts.package_type.map(quoted),
            Self::Tenant => facts.tenant.map(quoted),
            Self::Location => facts.location.map(quoted),
            Self::Label(key) => facts.label(key).map(quoted),
            Self::Extension(path) => facts.extension(path).map(Value::to_string),
        }
    }
}

fn quoted(text: impl fmt::Display) -> String {
    format!("'{text}'")
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object => f.write_str("the object"),
            Self::PackageType => f.write_str("the package type"),
            Self::Tenant => f.write_str("the tenant"),
            Self::Location => f.write_str("the location"),
            Self::Label(key) => write!(f, "label '{key}'"),
            Self::Extension(path) => write!(f, "extension '{path}'"),
        }
    }
}
