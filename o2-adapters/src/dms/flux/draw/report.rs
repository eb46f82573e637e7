//! How a deployment is doing, in detail: what its controller has found, and how its workloads are.

use o2_core::Timestamp;
use o2_dms::{Condition, DeploymentStatus, StatusReport};

use super::Drawn;
use crate::dms::flux::wire::Finding;
use crate::kube::deployed::words;
use crate::kube::{Readiness, Replicas, State};

/// A workload of a deployment, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Workload {
    /// `Deployment edge/web`.
    pub(in super::super) name: String,
    pub(in super::super) readiness: Readiness,
    pub(in super::super) replicas: Option<Replicas>,
}

/// The report about a deployment, at this moment. The workloads are those of one that is deployed.
pub(in super::super) fn report(drawn: &Drawn, workloads: &[Workload], now: Timestamp) -> StatusReport {
    let (deployment, standing) = (&drawn.deployment, &drawn.standing);
    let since = standing.since.or(drawn.object.meta.created).unwrap_or(now).min(now);
    let mut report = StatusReport::new(
        deployment.deployment_id.clone(),
        deployment.status,
        standing.progress,
        since,
    );
    report.status_message.clone_from(&deployment.status_message);
    report.replicas = deployment.replicas;
    report.ready_replicas = ready_replicas(deployment.replicas, workloads);
    report.conditions = conditions(drawn, workloads, since, now);
    report
}

/// How many replicas are ready, where those of the workloads are the ones that are counted.
fn ready_replicas(wanted: Option<u32>, workloads: &[Workload]) -> Option<u32> {
    let mut sum = Replicas::default();
    for replicas in workloads.iter().filter_map(|workload| workload.replicas) {
        sum.wanted = sum.wanted.saturating_add(replicas.wanted);
        sum.ready = sum.ready.saturating_add(replicas.ready);
    }
    (wanted == Some(sum.wanted) && !workloads.is_empty()).then_some(sum.ready)
}

fn conditions(drawn: &Drawn, workloads: &[Workload], since: Timestamp, now: Timestamp) -> Vec<Condition> {
    let status = drawn.standing.status;
    let sick: Vec<_> = workloads
        .iter()
        .filter(|workload| workload.readiness.state != State::Ready)
        .collect();
    let mut ready = Condition::new("Ready", status == DeploymentStatus::Deployed, "", since);
    match (drawn.object.status.condition("Ready"), sick.first()) {
        (_, Some(first)) if status == DeploymentStatus::Deployed => {
            ready = Condition::new("Ready", false, first.readiness.reason.as_str(), since);
            let each = sick
                .iter()
                .map(|workload| format!("{}: {}", workload.name, workload.readiness.message));
            ready.message = words(&each.collect::<Vec<_>>().join("; "));
        }
        (Some(found), _) => {
            ready.reason = word(&found.reason);
            ready.message = words(&found.message);
            ready.last_transition_time = found.last_transition_time.unwrap_or(since).min(now);
        }
        (None, _) => ready.message = words(&drawn.standing.message),
    }
    let mut all = vec![ready, Condition::new("Progressing", status.is_busy(), "", since)];
    if drawn.object.is_suspended() {
        all.push(Condition::new("Suspended", true, "Suspended", since));
    }
    for finding in &drawn.object.status.conditions {
        if !all.iter().any(|known| known.kind == finding.kind) {
            all.extend(shown(finding, since, now));
        }
    }
    all
}

fn shown(finding: &Finding, since: Timestamp, now: Timestamp) -> Option<Condition> {
    let at = finding.last_transition_time.unwrap_or(since).min(now);
    let mut condition = Condition::new(word(&finding.kind), finding.holds(), word(&finding.reason), at);
    if !matches!(finding.status.as_str(), "True" | "False") {
        "Unknown".clone_into(&mut condition.status);
    }
    condition.message = words(&finding.message);
    (!condition.kind.is_empty()).then_some(condition)
}

/// Only letters and digits, as types and reasons have them.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
