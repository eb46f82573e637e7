//! Workflows are started, walk through their states, and end.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::config::DurationText;
use o2_smo::{ExecutionId, WorkflowExecution, WorkflowRequest, WorkflowState, op};

use super::calls::NOBODY;
use super::{Scene, SmoCase, case};
use crate::conformance::{Broken, Verdict, fails, holds, same, skip};

const EXECUTE: &str =
    "Starts a workflow for `context.tenant()`. The id in the answer is the one that `get_workflow` knows.";
const REFUSED: &str = "`InvalidInput` when there is no such workflow or its parameters are wrong.";
const TIMEOUT: &str = "A workflow that takes longer than `request.timeout` ends as `failed`.";
const STATES: &str =
    "States follow each other: `pending`, then `running`, then `completed`, `failed` or `cancelled`; none comes back.";
const PROGRESS: &str = "Progress is at most 100 and never falls.";
const END: &str = "An execution that has ended says when, says why if it failed, and does not change any more.";
const CANCEL: &str = "Stops a workflow: it ends as `cancelled`. Stopping one that has ended changes nothing.";
const TENANT: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";

/// How often a case looks at a workflow.
const PACE: Duration = Duration::from_millis(250);
/// How often it looks at most.
const LOOKS: usize = 2_000;

pub(super) fn cases() -> Vec<SmoCase> {
    let (execute, get, cancel) = (&op::EXECUTE_WORKFLOW, &op::GET_WORKFLOW, &op::CANCEL_WORKFLOW);
    let about_execution = [
        case("execute_workflow/what_is_started_is_known", EXECUTE, |s| {
            Box::pin(what_is_started_is_known(s))
        }),
        case("execute_workflow/belongs_to_the_tenant", TENANT, |s| {
            Box::pin(belongs_to_the_tenant(s))
        }),
        case("execute_workflow/timeout_is_kept", TIMEOUT, |s| {
            Box::pin(timeout_is_kept(s))
        }),
        case("get_workflow/states_follow_each_other", STATES, |s| {
            Box::pin(states_follow_each_other(s))
        }),
        case("get_workflow/progress_never_falls", PROGRESS, |s| {
            Box::pin(progress_never_falls(s))
        }),
        case("get_workflow/an_end_is_final", END, |s| Box::pin(an_end_is_final(s))),
        case("get_workflow/a_failure_says_why", END, |s| {
            Box::pin(a_failure_says_why(s))
        }),
        case("get_workflow/survives_a_restart", EXECUTE, |s| {
            Box::pin(survives_a_restart(s))
        }),
    ];
    let about_end = [
        case("cancel_workflow/ends_as_cancelled", CANCEL, |s| {
            Box::pin(ends_as_cancelled(s))
        }),
        case("cancel_workflow/an_end_stays", CANCEL, |s| Box::pin(an_end_stays(s))),
    ];
    vec![
        case("execute_workflow/unknown_workflows_are_refused", REFUSED, |s| {
            Box::pin(unknown_workflows_are_refused(s))
        })
        .needing(&[execute]),
        case("execute_workflow/wrong_parameters_are_refused", REFUSED, |s| {
            Box::pin(wrong_parameters_are_refused(s))
        })
        .needing(&[execute]),
        case("get_workflow/unknown_ids_are_not_found", TENANT, |s| {
            Box::pin(unknown_ids_are_not_found(s))
        })
        .needing(&[get]),
        case("cancel_workflow/unknown_ids_are_not_found", TENANT, |s| {
            Box::pin(unknown_ids_are_not_cancelled(s))
        })
        .needing(&[cancel]),
        case("cancel_workflow/foreign_workflows_go_on", TENANT, |s| {
            Box::pin(foreign_workflows_go_on(s))
        })
        .needing(&[execute, get, cancel]),
    ]
    .into_iter()
    .chain(about_execution.map(|case| case.needing(&[execute, get])))
    .chain(about_end.map(|case| case.needing(&[execute, get, cancel])))
    .collect()
}

impl Scene<'_> {
    fn workflow(&self) -> Verdict<WorkflowRequest> {
        let workflow = self.world.workflow();
        workflow.map_or_else(|| skip("the world has no workflow to run"), Ok)
    }

    async fn started(&self) -> Verdict<WorkflowExecution> {
        let request = self.workflow()?;
        Ok(self.plugin.execute_workflow(&self.context, &request).await?)
    }

    async fn look(&self, id: &ExecutionId) -> Verdict<WorkflowExecution> {
        Ok(self.plugin.get_workflow(&self.context, id).await?)
    }

    /// Looks at an execution until it has ended. What was seen each time.
    async fn watched(&self, first: WorkflowExecution) -> Verdict<Vec<WorkflowExecution>> {
        let id = first.execution_id.clone();
        let mut seen = vec![first];
        for _ in 0..LOOKS {
            if seen.last().is_some_and(|last| last.status.is_final()) {
                return Ok(seen);
            }
            self.world.clock().sleep(PACE).await;
            seen.push(self.look(&id).await?);
        }
        Err(Broken::new(
            "a workflow",
            "an end",
            format!("still going on after {LOOKS} looks at it"),
        )
        .into())
    }

    /// An execution as it was when it had ended.
    async fn ended(&self, request: &WorkflowRequest) -> Verdict<WorkflowExecution> {
        let started = self.plugin.execute_workflow(&self.context, request).await?;
        match self.watched(started).await?.pop() {
            Some(last) => Ok(last),
            None => skip("nothing was seen"),
        }
    }
}

async fn what_is_started_is_known(scene: Scene<'_>) -> Verdict {
    let request = scene.workflow()?;
    let started = scene.plugin.execute_workflow(&scene.context, &request).await?;
    same("the workflow", &started.workflow_name, &request.workflow_name)?;
    let seen = scene.look(&started.execution_id).await?;
    same("the id", &seen.execution_id, &started.execution_id)?;
    same("the workflow", &seen.workflow_name, &request.workflow_name)?;
    let again = scene.plugin.execute_workflow(&scene.context, &request).await?;
    let differs = again.execution_id != started.execution_id;
    holds(
        "the id of a second execution",
        differs,
        "one of its own",
        again.execution_id,
    )
}

async fn belongs_to_the_tenant(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let started = own.started().await?;
    let id = &started.execution_id;
    same("the id", &own.look(id).await?.execution_id, id)?;
    let seen = foreign.plugin.get_workflow(&foreign.context, id).await;
    fails("looking at another tenant's workflow", seen, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn timeout_is_kept(scene: Scene<'_>) -> Verdict {
    let mut request = scene.workflow()?;
    let whole = scene.ended(&request).await?;
    let took = whole.completed_at.map(|end| end.since(whole.started_at));
    let Some(took) = took.filter(|took| *took >= 4 * PACE) else {
        return skip("the world's workflow is over at once");
    };
    let timeout = DurationText::from_millis(u64::try_from((took / 2).as_millis()).unwrap_or(u64::MAX));
    request.timeout = Some(timeout);
    let stopped = scene.ended(&request).await?;
    same(
        "the end of a workflow out of time",
        stopped.status,
        WorkflowState::Failed,
    )?;
    let took = stopped.completed_at.map(|end| end.since(stopped.started_at));
    let in_time = took.is_some_and(|took| took <= timeout.get() + 4 * PACE);
    holds(
        "how long it took",
        in_time,
        &format!("{timeout}, and a little more"),
        took,
    )
}

async fn states_follow_each_other(scene: Scene<'_>) -> Verdict {
    let started = scene.started().await?;
    let states: Vec<_> = scene.watched(started).await?.iter().map(|seen| seen.status).collect();
    let rank = |state: &WorkflowState| match state {
        WorkflowState::Pending => 0,
        WorkflowState::Running => 1,
        _ => 2,
    };
    let in_order = states.is_sorted_by_key(rank);
    holds("the states", in_order, "pending, running, and then an end", &states)?;
    same("the end", states.last(), Some(&WorkflowState::Completed))
}

async fn progress_never_falls(scene: Scene<'_>) -> Verdict {
    let started = scene.started().await?;
    let progress: Vec<_> = scene.watched(started).await?.iter().map(|seen| seen.progress).collect();
    let right = progress.is_sorted() && progress.iter().all(|progress| *progress <= 100);
    holds("the progress", right, "numbers to 100 that never fall", &progress)?;
    same("the progress of what is completed", progress.last(), Some(&100))
}

async fn an_end_is_final(scene: Scene<'_>) -> Verdict {
    let ended = scene.ended(&scene.workflow()?).await?;
    holds(
        "when it ended",
        ended.completed_at.is_some(),
        "a time",
        ended.completed_at,
    )?;
    scene.world.settle().await;
    same(
        "the execution some time later",
        scene.look(&ended.execution_id).await?,
        ended,
    )
}

async fn a_failure_says_why(scene: Scene<'_>) -> Verdict {
    let Some(request) = scene.world.failing_workflow() else {
        return skip("the world has no workflow that fails");
    };
    let ended = scene.ended(&request).await?;
    same("the end", ended.status, WorkflowState::Failed)?;
    let said = ended.error.as_deref().is_some_and(|why| !why.is_empty());
    holds("why it failed", said, "a reason", ended.error)
}

async fn survives_a_restart(scene: Scene<'_>) -> Verdict {
    let started = scene.started().await?;
    let Some(restarted) = scene.world.reopen().await? else {
        return skip("the backend lives in the plugin and ends with it");
    };
    let seen = restarted.get_workflow(&scene.context, &started.execution_id).await?;
    same("the id after a restart", seen.execution_id, started.execution_id)
}

async fn ends_as_cancelled(scene: Scene<'_>) -> Verdict {
    let id = scene.started().await?.execution_id;
    scene.plugin.cancel_workflow(&scene.context, &id).await?;
    let last = scene.watched(scene.look(&id).await?).await?.pop();
    same("the end", last.map(|last| last.status), Some(WorkflowState::Cancelled))
}

async fn an_end_stays(scene: Scene<'_>) -> Verdict {
    let ended = scene.ended(&scene.workflow()?).await?;
    scene
        .plugin
        .cancel_workflow(&scene.context, &ended.execution_id)
        .await?;
    same(
        "the execution after it was stopped too late",
        scene.look(&ended.execution_id).await?,
        ended,
    )
}

async fn unknown_workflows_are_refused(scene: Scene<'_>) -> Verdict {
    for name in [NOBODY, ""] {
        let started = scene
            .plugin
            .execute_workflow(&scene.context, &WorkflowRequest::new(name))
            .await;
        fails(
            &format!("starting the workflow '{name}'"),
            started,
            &[ErrorKind::InvalidInput],
        )?;
    }
    Ok(())
}

async fn wrong_parameters_are_refused(scene: Scene<'_>) -> Verdict {
    let Some(request) = scene.world.wrong_workflow() else {
        return skip("the world has no workflow with wrong parameters");
    };
    let started = scene.plugin.execute_workflow(&scene.context, &request).await;
    fails(
        "starting a workflow with wrong parameters",
        started,
        &[ErrorKind::InvalidInput],
    )?;
    Ok(())
}

async fn unknown_ids_are_not_found(scene: Scene<'_>) -> Verdict {
    for id in [NOBODY, "", "..", "a/b"] {
        let seen = scene.plugin.get_workflow(&scene.context, &id.into()).await;
        fails(&format!("looking at '{id}'"), seen, &[ErrorKind::NotFound])?;
    }
    Ok(())
}

async fn unknown_ids_are_not_cancelled(scene: Scene<'_>) -> Verdict {
    let stopped = scene.plugin.cancel_workflow(&scene.context, &NOBODY.into()).await;
    fails("stopping what does not exist", stopped, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn foreign_workflows_go_on(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let started = own.started().await?;
    let stopped = foreign
        .plugin
        .cancel_workflow(&foreign.context, &started.execution_id)
        .await;
    fails("stopping another tenant's workflow", stopped, &[ErrorKind::NotFound])?;
    let last = own.watched(started).await?.pop();
    same("the end", last.map(|last| last.status), Some(WorkflowState::Completed))
}
