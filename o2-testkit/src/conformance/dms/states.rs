//! The states of deployments, as somebody sees them who looks again and again.

use std::sync::Arc;
use std::time::Duration;

use o2_core::ErrorKind;
use o2_dms::{Deployment, DeploymentId, DeploymentStatus as Status, StatusReport, op};

use super::scene::Scene;
use super::work::{Request, WORK};
use super::{DmsCase, DmsDisturbance, case};
use crate::conformance::{Broken, Case, Verdict, fails, holds, same, skip};

const BEGIN: &str = "Calls that set work in motion end when the backend has accepted it and return the deployment in the state it has then";
const STATES: &str = "A piece of work goes through `pending`, if at all, then through the one state of its kind, and ends \
                      in `deployed` or `failed`, or with the deployment gone.";
const PROGRESS: &str = "How far the work in motion is, 0 to 100, never going back within one piece of work; 100 when nothing is in motion.";
const AGREE: &str = "The state in a report and that of the deployment are the same.";
const FINAL: &str = "A state that work has ended in stays until new work begins or something happens to the workload.";
const FAILED: &str = "One that is `failed` says why in its status message; new work may mend it.";
const CONDITIONS: &str = "Single findings, as Kubernetes conditions: at most one of each type.";
const SICK: &str = "A workload that is not as wanted shows: another state, replicas that are not ready, or the condition \
                    `Ready` with `False`.";
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// How often is looked.
const MOST_LOOKS: usize = 2_000;
/// How long a final state is watched.
const WHILE: Duration = Duration::from_secs(30);

pub(super) fn cases() -> Vec<DmsCase> {
    let needs = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::GET_DEPLOYMENT_STATUS];
    let mut cases = vec![
        case("create_deployment/begins_work", BEGIN, &[&op::CREATE_DEPLOYMENT], |s| {
            Box::pin(creating_begins_work(s))
        }),
        case("create_deployment/goes_through_its_states", STATES, &needs, |s| {
            Box::pin(creating_goes_through_its_states(s))
        }),
        case("get_deployment_status/agrees_with_the_deployment", AGREE, &needs, |s| {
            Box::pin(agrees_with_the_deployment(s))
        }),
        case(
            "get_deployment_status/progress_does_not_go_back",
            PROGRESS,
            &needs,
            |s| Box::pin(progress_does_not_go_back(s)),
        ),
        case("get_deployment_status/final_states_stay", FINAL, &needs, |s| {
            Box::pin(final_states_stay(s))
        }),
        case("get_deployment_status/failures_are_told", FAILED, &needs, |s| {
            Box::pin(failures_are_told(s))
        }),
        case(
            "get_deployment_status/conditions_are_well_formed",
            CONDITIONS,
            &needs,
            |s| Box::pin(conditions_are_well_formed(s)),
        ),
        case("get_deployment_status/a_sick_workload_shows", SICK, &needs, |s| {
            Box::pin(a_sick_workload_shows(s))
        }),
    ];
    cases.extend(WORK.iter().map(|request| {
        let request = *request;
        let name = format!("{}/goes_through_its_states", request.operation.name);
        let case = Case::new(name, STATES, move |world| {
            Box::pin(goes_through_its_states(Scene::of(world), request))
        });
        case.needing(&needs).needing(&[request.operation])
    }));
    cases
}

/// What was seen of one piece of work.
struct Course {
    reports: Vec<StatusReport>,
    /// Whether the deployment was gone in the end.
    gone: bool,
}

impl Scene<'_> {
    /// Looks again and again until nothing is in motion.
    async fn course(&self, id: &DeploymentId) -> Verdict<Course> {
        let mut reports = Vec::new();
        for _ in 0..MOST_LOOKS {
            match self.plugin.get_deployment_status(&self.context, id).await {
                Ok(report) => {
                    let busy = report.status.is_busy();
                    reports.push(report);
                    if !busy {
                        return Ok(Course { reports, gone: false });
                    }
                }
                read => {
                    fails("the status of a deployment", read, &[ErrorKind::NotFound])?;
                    return Ok(Course { reports, gone: true });
                }
            }
            self.world.clock().sleep(PAUSE).await;
        }
        Err(Broken::new(
            "the work on a deployment",
            "an end",
            format!("none after {MOST_LOOKS} looks"),
        )
        .into())
    }
}

/// That the states are those of work whose own state is `state`, in their order.
fn check_states(course: &Course, state: Status) -> Verdict {
    let states: Vec<_> = course.reports.iter().map(|report| report.status).collect();
    let rank = |status: Status| match status {
        Status::Pending => Some(0),
        Status::Deployed | Status::Failed | Status::Terminated => Some(2),
        status if status == state => Some(1),
        _ => None,
    };
    let ranks: Option<Vec<_>> = states.iter().map(|status| rank(*status)).collect();
    let legal = ranks.is_some_and(|ranks| ranks.is_sorted());
    let expected = format!("pending, {}, and an end", state.as_str());
    holds("the states that work goes through", legal, &expected, states)
}

fn check_progress(course: &Course) -> Verdict {
    let progress: Vec<_> = course.reports.iter().map(|report| report.progress).collect();
    let grows = progress.is_sorted() && progress.iter().all(|percent| *percent <= 100);
    holds(
        "the progress of work",
        grows,
        "0 to 100, never less than before",
        progress,
    )?;
    for report in course.reports.iter().filter(|report| !report.status.is_busy()) {
        same("the progress when nothing is in motion", report.progress, 100)?;
    }
    Ok(())
}

async fn creating_begins_work(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-begun").await?;
    let status = created.status;
    let begun = matches!(status, Status::Pending | Status::Instantiating);
    holds(
        "the state of what was just created",
        begun,
        "pending or instantiating",
        status,
    )
}

async fn creating_goes_through_its_states(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-states").await?;
    let course = scene.course(&created.deployment_id).await?;
    check_states(&course, Status::Instantiating)?;
    check_progress(&course)?;
    let end = course.reports.last().map(|report| report.status);
    same("the state in the end", end, Some(Status::Deployed))
}

async fn goes_through_its_states(scene: Scene<'_>, request: Request) -> Verdict {
    let Some(state) = request.state else {
        return skip("the request sets nothing in motion");
    };
    let deployment = scene.ready_for(request, "conformance-states").await?;
    (request.call)(&scene, &deployment).await??;
    let course = scene.course(&deployment.deployment_id).await?;
    check_states(&course, state)?;
    check_progress(&course)?;
    let deleted = request.operation == &op::DELETE_DEPLOYMENT;
    same("whether the deployment is gone in the end", course.gone, deleted)?;
    if deleted {
        return Ok(());
    }
    let began = course.reports.first().map(|report| report.status);
    let busy = began.is_some_and(Status::is_busy);
    holds("the state when the work has begun", busy, state.as_str(), began)?;
    let after = scene.deployed(&deployment.deployment_id).await?;
    scene.check_backend(&after).await?;
    if request.revises {
        same("the revision", after.revision, deployment.revision + 1)?;
    }
    Ok(())
}

async fn agrees_with_the_deployment(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-agreeing").await?;
    let id = &created.deployment_id;
    for _ in 0..MOST_LOOKS {
        let before = scene.get(id).await?;
        let report = scene.plugin.get_deployment_status(&scene.context, id).await?;
        let after = scene.get(id).await?;
        same("the id in the report", &report.deployment_id, id)?;
        // What changed between the looks cannot be compared.
        if before == after {
            same("the state in the report", report.status, after.status)?;
            same("the replicas in the report", report.replicas, after.replicas)?;
        }
        if !report.status.is_busy() {
            return Ok(());
        }
        scene.pause().await;
    }
    Err(Broken::new("the installation", "an end", "none").into())
}

async fn progress_does_not_go_back(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-progress").await?;
    let course = scene.course(&created.deployment_id).await?;
    check_progress(&course)?;
    let times: Vec<_> = course.reports.iter().map(|report| report.updated_at).collect();
    holds(
        "when the state changed last",
        times.is_sorted(),
        "never going back",
        &times,
    )
}

async fn final_states_stay(scene: Scene<'_>) -> Verdict {
    let mut ended = vec![scene.running("conformance-final").await?];
    if scene.world.failing_package().is_some() {
        let created = scene.create(&scene.failing_request("conformance-final-bad")?).await?;
        ended.push(scene.finished(&created.deployment_id).await?);
    }
    for _ in 0..3 {
        scene.world.clock().sleep(WHILE).await;
        for before in &ended {
            let after = scene.get(&before.deployment_id).await?;
            same("a deployment to which nothing has happened", &after, before)?;
            let report = scene
                .plugin
                .get_deployment_status(&scene.context, &before.deployment_id);
            let report = report.await?;
            same("its state in the report", report.status, before.status)?;
            same("its progress in the report", report.progress, 100)?;
        }
    }
    Ok(())
}

async fn failures_are_told(scene: Scene<'_>) -> Verdict {
    let created = scene.create(&scene.failing_request("conformance-failing")?).await?;
    let course = scene.course(&created.deployment_id).await?;
    check_states(&course, Status::Instantiating)?;
    let Some(end) = course.reports.last().filter(|_| !course.gone) else {
        return Err(Broken::new("a deployment that failed", "there", "gone").into());
    };
    same("the state of what cannot be installed", end.status, Status::Failed)?;
    check_message(&end.status_message)?;
    let read: Arc<Deployment> = scene.get(&created.deployment_id).await?;
    same("the state when it is read", read.status, Status::Failed)?;
    check_message(&read.status_message)
}

fn check_message(message: &str) -> Verdict {
    holds(
        "the status message",
        !message.trim().is_empty(),
        "why it failed",
        message,
    )
}

async fn conditions_are_well_formed(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-conditions").await?;
    let course = scene.course(&created.deployment_id).await?;
    for report in &course.reports {
        let mut kinds: Vec<_> = report.conditions.iter().map(|condition| &condition.kind).collect();
        kinds.sort_unstable();
        let all = kinds.len();
        kinds.dedup();
        same("how many types of conditions there are", kinds.len(), all)?;
        for condition in &report.conditions {
            holds(
                "the type of a condition",
                is_word(&condition.kind),
                "a word",
                &condition.kind,
            )?;
            let status = condition.status.as_str();
            let known = ["True", "False", "Unknown"].contains(&status);
            holds("the status of a condition", known, "True, False or Unknown", status)?;
            let reason = &condition.reason;
            let valid = reason.is_empty() || is_word(reason);
            holds("the reason of a condition", valid, "one CamelCase word", reason)?;
            let since = condition.last_transition_time;
            let now = scene.world.clock().now();
            holds("since when a condition is as it is", since <= now, "not to come", since)?;
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "./-_".contains(c))
}

async fn a_sick_workload_shows(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-sick").await?;
    let id = &running.deployment_id;
    if !scene.world.disturb(DmsDisturbance::Sicken(id.clone())).await? {
        return skip("the world cannot make a workload fail");
    }
    scene.world.settle().await;
    let report = scene.plugin.get_deployment_status(&scene.context, id).await?;
    let unready = report
        .conditions
        .iter()
        .any(|c| c.kind == "Ready" && c.status == "False");
    let fewer = report.ready_replicas.zip(report.replicas);
    let fewer = fewer.is_some_and(|(ready, wanted)| ready < wanted);
    let shows = report.status != Status::Deployed || unready || fewer;
    holds(
        "the report about a sick workload",
        shows,
        "that something is wrong",
        report,
    )
}
