//! How a deployment is doing, in detail.

use std::collections::BTreeMap;

use o2_core::Timestamp;
use o2_dms::{Condition, DeploymentStatus, StatusReport};

use super::Drawn;
use crate::dms::argocd::standing::is_automated;
use crate::dms::argocd::wire::SKIP;
use crate::kube::deployed::words;

/// The report about a deployment, at this moment.
pub(in super::super) fn report(drawn: &Drawn, now: Timestamp) -> StatusReport {
    let (deployment, standing) = (&drawn.deployment, &drawn.standing);
    let since = standing
        .since
        .or(drawn.application.meta.created)
        .unwrap_or(now)
        .min(now);
    let mut report = StatusReport::new(
        deployment.deployment_id.clone(),
        deployment.status,
        standing.progress,
        since,
    );
    report.status_message.clone_from(&deployment.status_message);
    report.replicas = deployment.replicas;
    report.conditions = conditions(drawn, since, now);
    report
}

fn conditions(drawn: &Drawn, since: Timestamp, now: Timestamp) -> Vec<Condition> {
    let (application, status) = (&drawn.application, drawn.standing.status);
    let (health, sync) = (&application.status.health, &application.status.sync);
    let well = matches!(health.status.as_str(), "Healthy" | "Suspended");
    let at = health.last_transition_time.unwrap_or(since).min(now);
    let ready = well && status == DeploymentStatus::Deployed;
    let reason = if health.status.is_empty() {
        "Unknown"
    } else {
        &health.status
    };
    let mut all = vec![
        said(
            Condition::new("Ready", ready, word(reason), at),
            &drawn.standing.message,
        ),
        Condition::new("Progressing", status.is_busy(), "", since),
        in_sync(
            &sync.status,
            drawn.source.found(&sync.revision, &sync.revisions).unwrap_or_default(),
            since,
        ),
        Condition::new("AutoSync", is_automated(application), "", since),
    ];
    if health.status == "Suspended" {
        all.push(said(
            Condition::new("Suspended", true, "Suspended", at),
            &health.message,
        ));
    }
    if application.meta.annotation(SKIP) == Some("true") {
        all.push(Condition::new("ReconcileSkipped", true, "Annotated", since));
    }
    all.extend(findings(drawn, since, now));
    all
}

fn in_sync(status: &str, revision: &str, since: Timestamp) -> Condition {
    let mut condition = Condition::new("InSync", status == "Synced", word(status), since);
    if !matches!(status, "Synced" | "OutOfSync") {
        "Unknown".clone_into(&mut condition.status);
    }
    if !revision.is_empty() {
        condition.message = format!("compared to revision {}", words(revision));
    }
    condition
}

/// What the controller has found, each type once.
fn findings(drawn: &Drawn, since: Timestamp, now: Timestamp) -> Vec<Condition> {
    let mut findings = BTreeMap::<&str, Condition>::new();
    for finding in &drawn.application.status.conditions {
        let at = finding.last_transition_time.unwrap_or(since).min(now);
        match findings.get_mut(finding.kind.as_str()) {
            Some(known) => known.message = format!("{}; {}", known.message, words(&finding.message)),
            None => {
                let condition = Condition::new(word(&finding.kind), true, word(&finding.kind), at);
                findings.insert(&finding.kind, said(condition, &finding.message));
            }
        }
    }
    findings
        .into_values()
        .filter(|condition| !condition.kind.is_empty())
        .collect()
}

fn said(mut condition: Condition, message: &str) -> Condition {
    condition.message = words(message);
    condition
}

/// Only letters and digits, as types and reasons have them.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
