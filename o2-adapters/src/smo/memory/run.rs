//! [`Run`]: one execution of a workflow. What it will do is decided when it starts; how it is going is a matter of what
//! time it is.

use o2_core::config::DurationText;
use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result, TenantId};
use o2_smo::{ExecutionId, WorkflowExecution, WorkflowRequest, model::WorkflowState};
use serde_json::Value;

use super::MemorySmoConfig;
use crate::memory::Moment;

/// The parameter that makes a workflow fail: `true`, or the reason.
const FAIL: &str = "fail";

/// The parameter that names the service model a workflow works with.
const MODEL: &str = "modelId";

/// One execution.
#[derive(Debug)]
pub(super) struct Run {
    id: ExecutionId,
    workflow: String,
    parameters: Extensions,
    pub(super) tenant: Option<TenantId>,
    accepted: Moment,
    runs: Moment,
    /// When the work would be done if nothing stopped it.
    done: Moment,
    /// When it ends: done, or out of time.
    ends: Moment,
    failure: Option<String>,
    cancelled: Option<Moment>,
}

impl Run {
    /// Starts a workflow.
    ///
    /// # Errors
    /// `InvalidInput` when there is no such workflow, or what it was given is wrong.
    pub(super) fn start(
        id: ExecutionId,
        request: &WorkflowRequest,
        tenant: Option<TenantId>,
        config: &MemorySmoConfig,
        now: Moment,
    ) -> Result<Self> {
        check_name(&request.workflow_name, &config.workflows)?;
        let timeout = timeout(request)?.unwrap_or(config.timeout);
        let runs = now.plus(config.pending.get());
        let done = runs.plus(config.duration.get());
        let gives_up = now.plus(timeout.get());
        let (ends, failure) = if gives_up.monotonic < done.monotonic {
            (gives_up, Some(format!("timed out after {timeout}")))
        } else {
            (done, failure(&request.parameters)?)
        };
        Ok(Self {
            id,
            workflow: request.workflow_name.clone(),
            parameters: request.parameters.clone(),
            tenant,
            accepted: now,
            runs,
            done,
            ends,
            failure,
            cancelled: None,
        })
    }

    /// Stops it, unless it has ended.
    pub(super) fn cancel(&mut self, now: Moment) {
        if !self.has_ended(now) {
            self.cancelled = Some(now);
        }
    }

    pub(super) fn has_ended(&self, now: Moment) -> bool {
        self.cancelled.is_some() || now.monotonic >= self.ends.monotonic
    }

    /// Whether it works with this service model.
    pub(super) fn uses(&self, model: &str) -> bool {
        self.parameters.get(MODEL).and_then(Value::as_str) == Some(model)
    }

    /// How it is going.
    pub(super) fn at(&self, now: Moment) -> WorkflowExecution {
        let mut execution = WorkflowExecution::new(self.id.clone(), self.workflow.clone(), self.accepted.time);
        execution.tenant_id.clone_from(&self.tenant);
        let until = self
            .cancelled
            .unwrap_or(if self.has_ended(now) { self.ends } else { now });
        execution.progress = until.percent_between(self.accepted, self.done);
        if self.has_ended(now) {
            execution.completed_at = Some(until.time);
        }
        execution.status = if self.cancelled.is_some() {
            WorkflowState::Cancelled
        } else if self.has_ended(now) {
            self.end(&mut execution)
        } else if now.monotonic >= self.runs.monotonic {
            WorkflowState::Running
        } else {
            WorkflowState::Pending
        };
        execution
    }

    fn end(&self, execution: &mut WorkflowExecution) -> WorkflowState {
        if let Some(failure) = &self.failure {
            execution.error = Some(failure.clone());
            return WorkflowState::Failed;
        }
        let message = format!("workflow {} has completed", self.workflow);
        execution.result.insert("message".into(), message.into());
        execution
            .result
            .insert("parameters".into(), Value::Object(self.parameters.clone()));
        WorkflowState::Completed
    }
}

fn check_name(name: &str, known: &[String]) -> Result<()> {
    let exists = known.is_empty() || known.iter().any(|known| known == name);
    if exists && !name.trim().is_empty() {
        return Ok(());
    }
    let known = if known.is_empty() {
        "any name".to_owned()
    } else {
        known.join(", ")
    };
    let reason = format!("there is no workflow '{}' (known: {known})", Excerpt(name));
    Err(Error::violation("workflowName", reason))
}

fn timeout(request: &WorkflowRequest) -> Result<Option<DurationText>> {
    match request.timeout {
        Some(timeout) if timeout.is_zero() => Err(Error::violation("timeout", "must be more than no time")),
        timeout => Ok(timeout),
    }
}

/// Why the workflow will fail, if its parameters ask for it.
fn failure(parameters: &Extensions) -> Result<Option<String>> {
    match parameters.get(FAIL) {
        None | Some(Value::Bool(false)) => Ok(None),
        Some(Value::Bool(true)) => Ok(Some("failed because it was asked to".into())),
        Some(Value::String(reason)) => Ok(Some(reason.clone())),
        Some(other) => Err(Error::violation(
            "parameters.fail",
            format!("must be true, false or a reason, not {}", Excerpt(&other.to_string())),
        )),
    }
}
