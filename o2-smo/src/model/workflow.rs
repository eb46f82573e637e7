//! Workflows that the orchestrator runs.

use o2_core::id::qualified::Qualifier;
use o2_core::{Extensions, Id, TenantId, Timestamp};
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
    /// What it needs to know.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub parameters: Extensions,
    /// The time it may take, `5m`; the orchestrator's own limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
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

    /// Rewrites its id for the service level.
    pub fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.execution_id);
    }
}
