//! Routing rules: what must be true of a call, and which plugin gets it then.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::Facts;
use super::mismatch::Place;
use crate::id::{PluginId, TenantId};
use crate::model::Labels;
use crate::operation::Operation;

/// Sends calls that match to one plugin. A rule with nothing but a plugin matches every call.
///
/// ```
/// use o2_core::router::{Conditions, Rule};
/// let rule = Rule::new("bare-metal-edge", "dtias-edge")
///     .with_priority(95)
///     .with_object("ResourcePool")
///     .with_conditions(Conditions::new().with_location_prefix("dc-"));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// The name, for explanations.
    pub name: String,
    /// Higher comes first; rules of the same priority keep the order of the configuration.
    pub priority: i64,
    /// Who gets the call.
    pub plugin: PluginId,
    /// The objects it is for.
    pub object: Pattern,
    /// The package types it is for. Calls without package type match [`Pattern::Any`] only.
    pub package_type: Pattern,
    /// What else must be true.
    pub conditions: Conditions,
    /// Whether what matches is with this plugin and nowhere else. Lists then ask this plugin alone, and when it cannot
    /// be called, the call fails instead of going to another one.
    pub exclusive: bool,
}

impl Rule {
    /// A rule of priority 0 that matches every call.
    pub fn new(name: impl Into<String>, plugin: impl Into<PluginId>) -> Self {
        Self {
            name: name.into(),
            priority: 0,
            plugin: plugin.into(),
            object: Pattern::Any,
            package_type: Pattern::Any,
            conditions: Conditions::default(),
            exclusive: false,
        }
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Only for objects of this type; `*` is every type.
    #[must_use]
    pub fn with_object(mut self, object: &str) -> Self {
        self.object = Pattern::new(object);
        self
    }

    /// Only for packages of this type; `*` is every type.
    #[must_use]
    pub fn with_package_type(mut self, package_type: &str) -> Self {
        self.package_type = Pattern::new(package_type);
        self
    }

    /// Only when these are true.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// What matches is with this plugin and nowhere else; see [`Self::exclusive`](Rule#structfield.exclusive).
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Where `facts` first differ from what the rule wants. What it asks of the plugin is not looked at.
    pub(super) fn mismatch(&self, facts: &Facts<'_>) -> Option<Place<'_>> {
        let conditions = &self.conditions;
        if !self.object.matches(facts.object) {
            return Some(Place::Object);
        }
        if !facts.package_type.map_or(self.package_type == Pattern::Any, |word| {
            self.package_type.matches(word)
        }) {
            return Some(Place::PackageType);
        }
        if conditions
            .tenant
            .as_ref()
            .is_some_and(|wanted| facts.tenant != Some(wanted))
        {
            return Some(Place::Tenant);
        }
        let begins = |prefix: &String| facts.location.is_some_and(|location| location.starts_with(prefix));
        if !conditions.location_prefix.as_ref().is_none_or(begins) {
            return Some(Place::Location);
        }
        let mut labels = conditions.labels.iter();
        if let Some((key, _)) = labels.find(|(key, wanted)| facts.label(key) != Some(wanted)) {
            return Some(Place::Label(key));
        }
        let mut extensions = conditions.extensions.iter();
        let (path, _) =
            extensions.find(|(path, wanted)| !facts.extension(path).is_some_and(|value| same(wanted, value)))?;
        Some(Place::Extension(path))
    }
}

/// A word, compared without regard to case, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pattern {
    /// Matches everything, also what is absent.
    Any,
    /// Matches this word in any (ASCII) case.
    Word(String),
}

impl Pattern {
    /// `*` and nothing match everything.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "" | "*" => Self::Any,
            word => Self::Word(word.to_owned()),
        }
    }

    /// Whether the pattern matches `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Word(word) => word.eq_ignore_ascii_case(text),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "*",
            Self::Word(word) => word,
        })
    }
}

/// What must be true of a call, and of the plugin, for a rule to be used. All of it; nothing is always true.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Conditions {
    /// The object has these labels.
    pub labels: Labels,
    /// The object's location begins with this.
    pub location_prefix: Option<String>,
    /// The object has these values in its extensions, at dotted paths: `a.b` is the key `a.b`, or else `b` in the map
    /// `a`.
    pub extensions: BTreeMap<String, Value>,
    /// The caller acts for this tenant.
    pub tenant: Option<TenantId>,
    /// The plugin has these operations.
    pub capabilities: Vec<&'static Operation>,
    /// The plugin has these features.
    pub features: Vec<String>,
}

impl Conditions {
    /// No condition.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The object has this label.
    #[must_use]
    pub fn with_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// The object's location begins with `prefix`.
    #[must_use]
    pub fn with_location_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.location_prefix = Some(prefix.into());
        self
    }

    /// The object has this value in its extensions.
    #[must_use]
    pub fn with_extension(mut self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extensions.insert(path.into(), value.into());
        self
    }

    /// The caller acts for this tenant.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<TenantId>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// The plugin has this operation.
    #[must_use]
    pub fn with_capability(mut self, operation: &'static Operation) -> Self {
        self.capabilities.push(operation);
        self
    }

    /// The plugin has this feature.
    #[must_use]
    pub fn with_feature(mut self, feature: impl Into<String>) -> Self {
        self.features.push(feature.into());
        self
    }
}

/// Equal JSON; numbers are compared by value, so that `1` is `1.0`.
fn same(wanted: &Value, actual: &Value) -> bool {
    wanted == actual || matches!((wanted.as_f64(), actual.as_f64()), (Some(a), Some(b)) if a == b)
}
