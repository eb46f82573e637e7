//! Operation records: what was asked of a deployment, and what became of it.

use o2_core::http::ProblemDetails;
use o2_core::id::qualified::Qualifier;
use o2_core::model::attribute::Shape;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, Operation, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::DeploymentId;
use crate::op;

/// The id of an [`OperationRecord`]. Ids are in the order in which operations began, to the millisecond.
pub type OperationId = Id<OperationRecord>;

/// What is done to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OperationKind {
    /// It is created.
    Create,
    /// It gets other values or descriptions.
    Update,
    /// It is taken down.
    Delete,
    /// It gets another number of replicas.
    Scale,
    /// It goes back to an earlier revision.
    Rollback,
    /// It gets another package.
    Upgrade,
    /// It is repaired.
    Heal,
}

impl OperationKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Scale,
        Self::Rollback,
        Self::Upgrade,
        Self::Heal,
    ];

    /// Every word on the wire.
    pub const WORDS: &'static [&'static str] = &["create", "update", "delete", "scale", "rollback", "upgrade", "heal"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Scale => "scale",
            Self::Rollback => "rollback",
            Self::Upgrade => "upgrade",
            Self::Heal => "heal",
        }
    }

    /// The operation of the plugin that does it.
    #[must_use]
    pub fn operation(self) -> &'static Operation {
        match self {
            Self::Create => &op::CREATE_DEPLOYMENT,
            Self::Update => &op::UPDATE_DEPLOYMENT,
            Self::Delete => &op::DELETE_DEPLOYMENT,
            Self::Scale => &op::SCALE_DEPLOYMENT,
            Self::Rollback => &op::ROLLBACK_DEPLOYMENT,
            Self::Upgrade => &op::UPGRADE_DEPLOYMENT,
            Self::Heal => &op::HEAL_DEPLOYMENT,
        }
    }
}

/// How far an operation is. The words are those of ETSI GS NFV-SOL 003 operation occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum OperationState {
    /// The backend is being asked.
    Starting,
    /// The backend is at work.
    Processing,
    /// It is done.
    Completed,
    /// It did not succeed.
    Failed,
}

impl OperationState {
    /// Every word on the wire.
    pub const WORDS: &'static [&'static str] = &["STARTING", "PROCESSING", "COMPLETED", "FAILED"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::Processing => "PROCESSING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// What was asked of a deployment, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OperationRecord {
    /// Its id.
    pub operation_id: OperationId,
    /// What is done.
    pub operation: OperationKind,
    /// The deployment it is done to; absent while one that is being created has no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<DeploymentId>,
    /// How far it is.
    pub state: OperationState,
    /// How far the work is, 0 to 100.
    pub progress: u8,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When the record changed last.
    pub updated_at: Timestamp,
    /// Since when it is in this state.
    pub state_entered_time: Timestamp,
    /// What was asked for, without the values given to the deployment, which may be secret.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub parameters: Extensions,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProblemDetails>,
    /// The tenant it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl OperationRecord {
    /// An operation that begins at `now`.
    #[must_use]
    pub fn new(
        operation_id: OperationId,
        operation: OperationKind,
        deployment_id: Option<DeploymentId>,
        now: Timestamp,
    ) -> Self {
        Self {
            operation_id,
            operation,
            deployment_id,
            state: OperationState::Starting,
            progress: 0,
            started_at: now,
            updated_at: now,
            state_entered_time: now,
            parameters: Extensions::new(),
            error: None,
            tenant_id: None,
        }
    }

    /// Is in `state` from `now` on, if it was in another one.
    pub(crate) fn enter(&mut self, state: OperationState, now: Timestamp) {
        if self.state != state {
            self.state = state;
            self.state_entered_time = now;
        }
        self.updated_at = now;
    }
}

impl Attributes for OperationRecord {
    const NAME: &'static str = "Operation";

    fn attributes() -> &'static [Attribute<Self>] {
        const KIND: Kind = Kind::Enum(OperationKind::WORDS);
        const STATE: Kind = Kind::Enum(OperationState::WORDS);
        const ERROR: Kind = Kind::Object(Shape::of::<ProblemDetails>());
        static TABLE: &[Attribute<OperationRecord>] = &[
            Attribute::required("operationId", Kind::String, "Its id.", |o| {
                Value::String(o.operation_id.as_str())
            }),
            Attribute::required("operation", KIND, "What is done.", |o| {
                Value::String(o.operation.as_str())
            }),
            Attribute::optional("deploymentId", Kind::String, "The deployment it is done to.", |o| {
                Value::text(o.deployment_id.as_ref().map(Id::as_str))
            }),
            Attribute::required("state", STATE, "How far it is.", |o| Value::String(o.state.as_str())),
            Attribute::required("progress", Kind::Integer, "How far the work is, 0 to 100.", |o| {
                Value::Integer(o.progress.into())
            }),
            Attribute::required("startedAt", Kind::DateTime, "When it was asked for.", |o| {
                Value::DateTime(o.started_at)
            }),
            Attribute::required("updatedAt", Kind::DateTime, "When the record changed last.", |o| {
                Value::DateTime(o.updated_at)
            }),
            Attribute::required(
                "stateEnteredTime",
                Kind::DateTime,
                "Since when it is in this state.",
                |o| Value::DateTime(o.state_entered_time),
            ),
            Attribute::optional(
                "parameters",
                Kind::Map,
                "What was asked for, without the deployment's values.",
                |o| Value::map(&o.parameters),
            ),
            Attribute::optional("error", ERROR, "Why it failed.", |o| Value::object(o.error.as_ref())),
            Attribute::optional("tenantId", Kind::String, "The tenant it belongs to.", |o| {
                Value::text(o.tenant_id.as_ref().map(Id::as_str))
            }),
        ];
        TABLE
    }
}

impl Model for OperationRecord {
    const OBJECT: &'static str = "operation";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        self.operation_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}
