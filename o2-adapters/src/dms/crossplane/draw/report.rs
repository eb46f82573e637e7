//! How a deployment is doing, in detail: what Crossplane has found.

use o2_core::Timestamp;
use o2_dms::{Condition, DeploymentStatus, StatusReport};

use super::Drawn;
use crate::dms::crossplane::wire::Finding;
use crate::kube::deployed::words;

/// The report about a deployment, at this moment.
pub(in super::super) fn report(drawn: &Drawn, now: Timestamp) -> StatusReport {
    let (deployment, standing) = (&drawn.deployment, &drawn.standing);
    let since = standing.since.or(drawn.object.meta.created).unwrap_or(now).min(now);
    let id = deployment.deployment_id.clone();
    let mut report = StatusReport::new(id, deployment.status, standing.progress, since);
    report.status_message.clone_from(&deployment.status_message);
    report.replicas = deployment.replicas;
    report.conditions = conditions(drawn, since, now);
    report
}

fn conditions(drawn: &Drawn, since: Timestamp, now: Timestamp) -> Vec<Condition> {
    let status = drawn.standing.status;
    let mut ready = Condition::new("Ready", status == DeploymentStatus::Deployed, "", since);
    match drawn.object.status.condition("Ready") {
        // What the present state is not about is not told as if it was.
        Some(found) if !(status.is_busy() && found.holds()) => {
            ready.reason = word(&found.reason);
            ready.message = words(&found.message);
            ready.last_transition_time = found.last_transition_time.unwrap_or(since).min(now);
        }
        _ => ready.message = words(&drawn.standing.message),
    }
    let mut all = vec![ready, Condition::new("Progressing", status.is_busy(), "", since)];
    if drawn.object.is_paused() {
        all.push(Condition::new("Suspended", true, "ReconcilePaused", since));
    }
    let own = drawn.object.status.conditions.iter().map(|finding| ("", finding));
    let bound = drawn.bound.iter().flat_map(|bound| &bound.status.conditions);
    for (prefix, finding) in own.chain(bound.map(|finding| ("Composite", finding))) {
        if let Some(condition) = shown(prefix, finding, since, now)
            && !all.iter().any(|known| known.kind == condition.kind)
        {
            all.push(condition);
        }
    }
    all
}

fn shown(prefix: &str, finding: &Finding, since: Timestamp, now: Timestamp) -> Option<Condition> {
    let at = finding.last_transition_time.unwrap_or(since).min(now);
    let kind = word(&finding.kind);
    let mut condition = Condition::new(format!("{prefix}{kind}"), finding.holds(), word(&finding.reason), at);
    if !matches!(finding.status.as_str(), "True" | "False") {
        "Unknown".clone_into(&mut condition.status);
    }
    condition.message = words(&finding.message);
    (!kind.is_empty()).then_some(condition)
}

/// Only letters and digits, as types and reasons have them.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
