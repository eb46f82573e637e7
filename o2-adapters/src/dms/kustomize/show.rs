//! How a deployment shows: its Secret and its objects as models. Pure functions.

use o2_core::model::Version;
use o2_core::query::Fingerprint;
use o2_dms::{Condition, Deployment, DeploymentId, DeploymentRevision, DeploymentStatus, StatusReport};

use super::live::{Objects, Verdict, judge};
use super::state::{Cause, Course, Parent, State, Step};
use crate::kube::{Replicas, State as Readiness};

/// A deployment as it is.
pub(super) fn deployment(parent: &Parent, objects: &Objects, tenant_label: &str) -> Deployment {
    let state = &parent.state;
    let shape = Shape::of(state, objects);
    let revision = &state.revision;
    let mut shown = Deployment::new(parent.id(), state.name.clone(), revision.package_id.clone());
    shown.description.clone_from(&state.description);
    parent.namespace().clone_into(&mut shown.namespace);
    shown.package_version.clone_from(&revision.package_version);
    shown.resource_pool_id.clone_from(&state.resource_pool_id);
    shown.status = shape.status;
    shown.status_message.clone_from(&shape.message);
    shown.replicas = shape.replicas.map(|replicas| replicas.wanted);
    shown.revision = revision.number;
    shown.rolled_back_to = revision.rolled_back_to;
    shown.values.clone_from(&revision.values);
    shown.tenant_id = parent.tenant(tenant_label);
    shown.labels.clone_from(&state.labels);
    shown.created_at = Some(state.created_at);
    shown.updated_at = Some(state.updated_at);
    shown.extensions.clone_from(&state.extensions);
    // The mark is that of everything that shows, also of what is in the objects.
    let text = serde_json::to_string(&shown).unwrap_or_default();
    let mark = Fingerprint::new().text(&text).value();
    shown.version = Some(Version::new(format!("{}-{mark:x}", parent.meta.resource_version)));
    shown
}

/// The report about a deployment.
pub(super) fn report(parent: &Parent, objects: &Objects) -> StatusReport {
    let shape = Shape::of(&parent.state, objects);
    let since = parent.state.updated_at;
    let mut report = StatusReport::new(parent.id(), shape.status, shape.progress, since);
    report.status_message.clone_from(&shape.message);
    report.replicas = shape.replicas.map(|replicas| replicas.wanted);
    report.ready_replicas = shape.replicas.map(|replicas| replicas.ready);
    let condition = |kind: &str, holds: bool, reason: &str| {
        let mut condition = Condition::new(kind, holds, reason, since);
        condition.message.clone_from(&shape.message);
        condition
    };
    report.conditions = vec![
        condition("Ready", shape.is_ready, &shape.reason),
        condition("Progressing", shape.status.is_busy(), reason_of(shape.status)),
    ];
    report
}

/// The present revision, as the history shows it.
pub(super) fn revision(parent: &Parent, objects: &Objects) -> DeploymentRevision {
    let revision = &parent.state.revision;
    let mut shown = DeploymentRevision::new(
        revision.number,
        Shape::of(&parent.state, objects).status,
        revision.description.clone(),
        revision.package_id.clone(),
        revision.created_at,
    );
    shown.package_version.clone_from(&revision.package_version);
    shown
}

/// How a deployment is put aside: whether the last work on it succeeded.
pub(super) fn result(state: &State, objects: &Objects) -> DeploymentStatus {
    match Shape::of(state, objects).status {
        DeploymentStatus::Deployed => DeploymentStatus::Deployed,
        _ => DeploymentStatus::Failed,
    }
}

/// The message when somebody asks for work while there is some.
pub(super) fn busy(id: &DeploymentId, course: &Course) -> Option<String> {
    let noun = course.work()?.noun();
    Some(format!(
        "the {noun} of deployment '{id}' is in motion; wait until it has ended"
    ))
}

/// What of a deployment is not written down but comes from its objects.
struct Shape {
    status: DeploymentStatus,
    message: String,
    progress: u8,
    is_ready: bool,
    reason: String,
    replicas: Option<Replicas>,
}

impl Shape {
    fn of(state: &State, objects: &Objects) -> Self {
        let verdict = judge(&state.inventory, objects);
        let mut shape = match &state.course {
            Course::Working { work, step, .. } => {
                let gone = state.members().filter(|member| objects.of(member).is_none()).count();
                let (from, part) = match step {
                    Step::Applying if state.course.is_deleting() => (10, gone),
                    Step::Applying => (10, 0),
                    Step::Rolling => (40, verdict.ready),
                };
                let message = match step {
                    Step::Applying => format!("{} of revision {} has begun", work.noun(), state.revision.number),
                    Step::Rolling => verdict.message.clone(),
                };
                Self::working(work.status(), message, percent(from, part, verdict.all.max(1)))
            }
            Course::Ended(end) => match &end.failure {
                // What did not become ready in time may do so later.
                Some((Cause::Rollout, _)) if verdict.is_ready() => Self::ended(&verdict),
                Some((_, reason)) => Self::failed(reason.clone()),
                None => Self::ended(&verdict),
            },
        };
        shape.replicas = replicas(state, objects);
        shape
    }

    fn working(status: DeploymentStatus, message: String, progress: u8) -> Self {
        Self {
            status,
            message,
            progress,
            is_ready: false,
            reason: reason_of(status).to_owned(),
            replicas: None,
        }
    }

    fn failed(message: String) -> Self {
        Self {
            status: DeploymentStatus::Failed,
            message,
            progress: 100,
            is_ready: false,
            reason: "WorkFailed".to_owned(),
            replicas: None,
        }
    }

    /// Work has succeeded; what has happened to the objects since is shown.
    fn ended(verdict: &Verdict) -> Self {
        let status = match verdict.state {
            Readiness::Failed => DeploymentStatus::Failed,
            _ => DeploymentStatus::Deployed,
        };
        Self {
            status,
            message: verdict.message.clone(),
            progress: 100,
            is_ready: verdict.is_ready(),
            reason: verdict.reason.clone(),
            replicas: None,
        }
    }
}

/// The replicas of the workload that is scaled: as the cluster has them, unless it is about to be told otherwise.
fn replicas(state: &State, objects: &Objects) -> Option<Replicas> {
    let scaled = state.revision.scaled.as_ref()?;
    let live = objects.get(&scaled.object).and_then(|object| object.replicas);
    let is_told = !matches!(
        &state.course,
        Course::Working {
            step: Step::Applying,
            ..
        }
    );
    Some(match live {
        Some(live) if is_told => live,
        live => Replicas {
            wanted: scaled.replicas,
            ready: live.map_or(0, |live| live.ready),
        },
    })
}

/// From `from` to 95, as `part` is of `all`.
fn percent(from: u8, part: usize, all: usize) -> u8 {
    let more = usize::from(95 - from) * part.min(all) / all;
    u8::try_from(more).map_or(95, |more| from + more)
}

/// A state as one CamelCase word.
fn reason_of(status: DeploymentStatus) -> &'static str {
    match status {
        DeploymentStatus::Instantiating => "Instantiating",
        DeploymentStatus::Updating => "Updating",
        DeploymentStatus::Scaling => "Scaling",
        DeploymentStatus::Terminating => "Terminating",
        DeploymentStatus::Deployed => "WorkDone",
        _ => "WorkFailed",
    }
}
