//! Policies that the orchestrator enforces.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, PluginId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The id of a [`Policy`].
pub type PolicyId = Id<Policy>;

/// A policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Its id; the orchestrator picks one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_id: Option<PolicyId>,
    /// Its name.
    pub name: String,
    /// What kind of policy it is.
    pub policy_type: String,
    /// The plugin that shall enforce it; the default one when absent. Plugins need not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<PluginId>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub scope: Extensions,
    /// What it says, in the orchestrator's language.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub rules: serde_json::Value,
    /// Whether it is in force.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

fn enabled() -> bool {
    true
}

impl Policy {
    /// A policy that is in force and says nothing yet.
    pub fn new(name: impl Into<String>, policy_type: impl Into<String>) -> Self {
        Self {
            policy_id: None,
            name: name.into(),
            policy_type: policy_type.into(),
            plugin_name: None,
            scope: Extensions::new(),
            rules: serde_json::Value::Null,
            enabled: true,
            extensions: Extensions::new(),
        }
    }
}

/// How a policy is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyStatus {
    /// The policy.
    pub policy_id: PolicyId,
    /// `active`, `disabled` or the orchestrator's own word.
    pub status: String,
    /// How often it was enforced.
    pub enforcement_count: u64,
    /// How often it was violated.
    pub violation_count: u64,
    /// When it was enforced last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_enforced: Option<Timestamp>,
    /// The tenant it belongs to; shared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl PolicyStatus {
    /// A policy that has not been enforced yet.
    #[must_use]
    pub fn new(policy_id: PolicyId, status: impl Into<String>) -> Self {
        Self {
            policy_id,
            status: status.into(),
            enforcement_count: 0,
            violation_count: 0,
            last_enforced: None,
            tenant_id: None,
        }
    }
}

impl Attributes for PolicyStatus {
    const NAME: &'static str = "PolicyStatus";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<PolicyStatus>] = &[
            Attribute::required("policyId", Kind::String, "The policy.", |s| {
                Value::String(s.policy_id.as_str())
            }),
            Attribute::required(
                "status",
                Kind::String,
                "active, disabled or the orchestrator's own word.",
                |s| Value::String(&s.status),
            ),
            Attribute::required("enforcementCount", Kind::Integer, "How often it was enforced.", |s| {
                count(s.enforcement_count)
            }),
            Attribute::required("violationCount", Kind::Integer, "How often it was violated.", |s| {
                count(s.violation_count)
            }),
            Attribute::optional("lastEnforced", Kind::DateTime, "When it was enforced last.", |s| {
                Value::time(s.last_enforced)
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |s| Value::text(s.tenant_id.as_ref().map(Id::as_str)),
            ),
        ];
        TABLE
    }
}

fn count(number: u64) -> Value<'static> {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Model for PolicyStatus {
    const OBJECT: &'static str = "policy";
    const IDS: &'static [&'static str] = &["policyId"];

    fn id(&self) -> &str {
        self.policy_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.policy_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.policy_id);
    }
}
