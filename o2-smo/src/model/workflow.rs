//! Workflows that the orchestrator runs.

use o2_core::config::DurationText;
use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, PluginId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The id of a [`WorkflowExecution`].
pub type ExecutionId = Id<WorkflowExecution>;

/// Asks for a workflow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WorkflowRequest {
    /// The workflow.
    pub workflow_name: String,
    /// The plugin that shall run it; the default one when absent. Plugins need not look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<PluginId>,
    /// What it needs to know.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub parameters: Extensions,
    /// The time it may take, `5m`; the orchestrator's own limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<DurationText>,
}

impl WorkflowRequest {
    /// Asks for this workflow.
    pub fn new(workflow: impl Into<String>) -> Self {
        Self {
            workflow_name: workflow.into(),
            ..Self::default()
        }
    }
}

/// The state of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WorkflowState {
    /// Accepted, nothing has happened.
    Pending,
    /// Under way.
    Running,
    /// Done.
    Completed,
    /// Ended without success.
    Failed,
    /// Stopped by the caller.
    Cancelled,
}

impl WorkflowState {
    /// Every state, as the wire shows it.
    pub const WORDS: &'static [&'static str] = &["pending", "running", "completed", "failed", "cancelled"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// One run of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkflowExecution {
    /// Its id.
    pub execution_id: ExecutionId,
    /// The workflow.
    pub workflow_name: String,
    /// Its state.
    pub status: WorkflowState,
    /// How far it is, 0 to 100.
    pub progress: u8,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// What it produced.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub result: Extensions,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The tenant it runs for; shared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl WorkflowExecution {
    /// A run that has been accepted.
    pub fn new(id: impl Into<ExecutionId>, workflow: impl Into<String>, started_at: Timestamp) -> Self {
        Self {
            execution_id: id.into(),
            workflow_name: workflow.into(),
            status: WorkflowState::Pending,
            progress: 0,
            started_at,
            completed_at: None,
            result: Extensions::new(),
            error: None,
            tenant_id: None,
        }
    }
}

impl Attributes for WorkflowExecution {
    const NAME: &'static str = "WorkflowExecution";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<WorkflowExecution>] = &[
            Attribute::required("executionId", Kind::String, "Its id.", |e| {
                Value::String(e.execution_id.as_str())
            }),
            Attribute::required("workflowName", Kind::String, "The workflow.", |e| {
                Value::String(&e.workflow_name)
            }),
            Attribute::required("status", Kind::Enum(WorkflowState::WORDS), "Its state.", |e| {
                Value::String(e.status.as_str())
            }),
            Attribute::required("progress", Kind::Integer, "How far it is, 0 to 100.", |e| {
                Value::Integer(e.progress.into())
            }),
            Attribute::required("startedAt", Kind::DateTime, "When it was started.", |e| {
                Value::DateTime(e.started_at)
            }),
            Attribute::optional("completedAt", Kind::DateTime, "When it ended.", |e| {
                Value::time(e.completed_at)
            }),
            Attribute::optional("result", Kind::Map, "What it produced.", |e| Value::map(&e.result)),
            Attribute::optional("error", Kind::String, "Why it failed.", |e| {
                Value::text(e.error.as_deref())
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it runs for; shared when absent.",
                |e| Value::text(e.tenant_id.as_ref().map(Id::as_str)),
            ),
        ];
        TABLE
    }
}

impl Model for WorkflowExecution {
    const OBJECT: &'static str = "workflow";
    const IDS: &'static [&'static str] = &["executionId"];

    fn id(&self) -> &str {
        self.execution_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.execution_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.execution_id);
    }
}
