//! How a deployment is doing.

use o2_dms::{Condition, DeploymentStatus, StatusReport};

use super::state::Record;
use crate::memory::Moment;

/// The report about a deployment at this moment.
pub(super) fn report(record: &Record, now: Moment) -> StatusReport {
    let deployment = &record.object;
    let (progress, ready) = match &record.work {
        Some(work) => (work.progress(now), work.ready(now)),
        None => (100, record.ready),
    };
    let since = record.since.time;
    let mut report = StatusReport::new(deployment.deployment_id.clone(), deployment.status, progress, since);
    report.status_message.clone_from(&deployment.status_message);
    report.replicas = deployment.replicas;
    report.ready_replicas = Some(ready);
    let condition = |kind: &str, holds: bool, reason: &str| {
        let mut condition = Condition::new(kind, holds, reason, since);
        condition.message.clone_from(&deployment.status_message);
        condition
    };
    let status = deployment.status;
    report.conditions = vec![
        condition("Ready", status == DeploymentStatus::Deployed, reason(status)),
        condition("Progressing", status.is_busy(), reason(status)),
    ];
    report
}

/// The state as one CamelCase word.
fn reason(status: DeploymentStatus) -> &'static str {
    match status {
        DeploymentStatus::Pending => "Accepted",
        DeploymentStatus::Instantiating => "Instantiating",
        DeploymentStatus::Deployed => "ReplicasReady",
        DeploymentStatus::Failed => "WorkFailed",
        DeploymentStatus::Updating => "Updating",
        DeploymentStatus::Scaling => "Scaling",
        DeploymentStatus::Terminating => "Terminating",
        _ => "Unknown",
    }
}
