//! How a deployment is doing, in detail.

use o2_core::Timestamp;
use o2_dms::{Condition, DeploymentStatus as Status, StatusReport};

use super::{AtWork, Drawn};
use crate::kube::State;

/// While Helm is at work, and when the cluster has begun to make it true.
const HELM_AT_WORK: u8 = 10;
const ROLLING_OUT: u8 = 50;

/// The report about a deployment. `reached` is what the progress of the same work was before: it never goes back.
pub(crate) fn report(drawn: &Drawn, reached: u8, now: Timestamp) -> StatusReport {
    let (deployment, standing) = (&drawn.deployment, &drawn.standing);
    let since = standing.changed.or(deployment.created_at).unwrap_or(now).min(now);
    let progress = progress(drawn).max(reached);
    let mut report = StatusReport::new(deployment.deployment_id.clone(), deployment.status, progress, since);
    report.status_message.clone_from(&standing.message);
    report.replicas = deployment.replicas;
    report.ready_replicas = standing.replicas.map(|replicas| replicas.ready);
    report.conditions = conditions(drawn, since);
    report
}

/// How far the work in motion is, as far as it shows.
pub(crate) fn progress(drawn: &Drawn) -> u8 {
    let standing = &drawn.standing;
    match standing.at_work {
        AtWork::Nobody => return 100,
        AtWork::Helm => return HELM_AT_WORK,
        AtWork::Cluster => {}
    }
    let (all, ready) = standing.workloads;
    let share = (ready * 45).checked_div(all).unwrap_or_default();
    ROLLING_OUT.saturating_add(u8::try_from(share).unwrap_or_default())
}

fn conditions(drawn: &Drawn, since: Timestamp) -> Vec<Condition> {
    let standing = &drawn.standing;
    let status = standing.status;
    let condition = |kind: &str, holds: bool, reason: &str| {
        let mut condition = Condition::new(kind, holds, reason, since);
        condition.message.clone_from(&standing.message);
        condition
    };
    let ready = status == Status::Deployed && standing.trouble.is_none();
    let reason = standing
        .trouble
        .as_ref()
        .map(|trouble| trouble.readiness.reason.as_str());
    let helm = if standing.interrupted {
        "Interrupted"
    } else {
        word(status)
    };
    let mut conditions = vec![
        condition("Ready", ready, reason.unwrap_or(helm)),
        condition("Progressing", status.is_busy(), helm),
    ];
    let failed = standing
        .trouble
        .as_ref()
        .filter(|trouble| trouble.readiness.state == State::Failed);
    if let Some(trouble) = failed {
        conditions.push(condition("Degraded", true, &trouble.readiness.reason));
    }
    conditions
}

/// A state as one CamelCase word.
fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "Accepted",
        Status::Instantiating => "Instantiating",
        Status::Deployed => "Deployed",
        Status::Failed => "Failed",
        Status::Updating => "Updating",
        Status::Scaling => "Scaling",
        Status::Terminating => "Terminating",
        Status::Terminated => "Terminated",
        _ => "Unknown",
    }
}
