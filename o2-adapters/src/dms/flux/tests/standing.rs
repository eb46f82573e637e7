//! One row for each way in which an object of Flux may stand.

use std::time::Duration;

use kube::api::DynamicObject;
use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;
use serde_json::{Value, json};

use crate::dms::flux::objects::{Engine, Object};
use crate::dms::flux::standing::{Looking, Standing, barred};
use crate::kube::deployed::{NotedWork, Notes, WorkKind};

fn at(minutes: i64) -> Value {
    json!(Timestamp::from_unix_seconds(minutes * 60))
}

fn object(engine: Engine, metadata: &Value, spec: &Value, status: &Value) -> Object {
    let kind = engine.kind();
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.name,
        "metadata": {
            "name": "web", "namespace": "edge", "uid": "u", "generation": 2, "creationTimestamp": at(1),
            "annotations": {"reconcile.fluxcd.io/requestedAt": "t"},
        },
        "spec": spec, "status": status,
    });
    let added = metadata.as_object().unwrap().clone();
    object["metadata"].as_object_mut().unwrap().extend(added);
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    Object::read(kind, object).unwrap()
}

/// At minute 20, work may take 15 minutes; the last began at minute 10.
fn standing(object: &Object, work: Option<WorkKind>) -> Standing {
    let work = work.map(|kind| NotedWork {
        kind,
        at: Timestamp::from_unix_seconds(600),
        token: "t".to_owned(),
    });
    let notes = Notes {
        work,
        ..Notes::default()
    };
    let looking = Looking {
        object,
        notes: &notes,
        now: Timestamp::from_unix_seconds(20 * 60),
        patience: Duration::from_secs(15 * 60),
    };
    looking.standing()
}

fn condition(kind: &str, status: &str, reason: &str, generation: i64) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": "why", "observedGeneration": generation,
        "lastTransitionTime": at(12),
    })
}

/// The token is answered.
fn answered(conditions: &[Value]) -> Value {
    json!({"observedGeneration": 2, "lastHandledReconcileAt": "t", "lastAttemptedRevision": "1", "conditions": conditions})
}

#[test]
fn every_way_to_stand_has_a_state() {
    use Engine::{Helm, Kustomize};
    let none = json!({});
    let deleting = json!({"deletionTimestamp": at(9)});
    let suspend = json!({"suspend": true});
    let ready = |status: &str, reason: &str| condition("Ready", status, reason, 2);
    let working = || condition("Reconciling", "True", "Progressing", 2);
    let retrying = || condition("Reconciling", "True", "ProgressingWithRetry", 2);
    let stalled = || condition("Stalled", "True", "RetriesExceeded", 2);
    let old = json!({"observedGeneration": 1, "lastHandledReconcileAt": "t", "conditions": [condition("Ready", "True", "UpgradeSucceeded", 1)]});
    let unanswered = json!({"observedGeneration": 2, "lastHandledReconcileAt": "s", "conditions": [ready("True", "UpgradeSucceeded")]});
    let begun = json!({"observedGeneration": 1, "lastHandledReconcileAt": "s", "conditions": [working(), ready("Unknown", "Progressing")]});
    let rows = [
        (
            "deleted",
            Helm,
            &deleting,
            &none,
            answered(&[ready("True", "X")]),
            None,
            Status::Terminating,
            10,
        ),
        (
            "new",
            Helm,
            &none,
            &none,
            json!({}),
            Some(WorkKind::Install),
            Status::Pending,
            10,
        ),
        (
            "new by others",
            Kustomize,
            &none,
            &none,
            json!({"observedGeneration": -1}),
            None,
            Status::Failed,
            100,
        ),
        (
            "another generation",
            Helm,
            &none,
            &none,
            old,
            Some(WorkKind::Upgrade),
            Status::Updating,
            10,
        ),
        (
            "asked for",
            Helm,
            &none,
            &none,
            unanswered,
            Some(WorkKind::Scale),
            Status::Scaling,
            10,
        ),
        (
            "begun",
            Helm,
            &none,
            &none,
            begun,
            Some(WorkKind::Install),
            Status::Instantiating,
            40,
        ),
        (
            "waits for its chart",
            Helm,
            &none,
            &none,
            answered(&[retrying(), ready("False", "SourceNotReady")]),
            Some(WorkKind::Install),
            Status::Instantiating,
            40,
        ),
        (
            "tried again",
            Helm,
            &none,
            &none,
            answered(&[retrying(), ready("False", "UpgradeFailed")]),
            Some(WorkKind::Upgrade),
            Status::Updating,
            60,
        ),
        (
            "given up",
            Helm,
            &none,
            &none,
            answered(&[stalled(), ready("False", "UpgradeFailed")]),
            Some(WorkKind::Upgrade),
            Status::Failed,
            100,
        ),
        (
            "failed",
            Helm,
            &none,
            &none,
            answered(&[ready("False", "TestFailed")]),
            None,
            Status::Failed,
            100,
        ),
        (
            "deployed",
            Helm,
            &none,
            &none,
            answered(&[ready("True", "InstallSucceeded")]),
            None,
            Status::Deployed,
            100,
        ),
        (
            "works",
            Helm,
            &none,
            &none,
            answered(&[working(), ready("Unknown", "Progressing")]),
            None,
            Status::Updating,
            60,
        ),
        (
            "applied",
            Kustomize,
            &none,
            &none,
            answered(&[ready("True", "ReconciliationSucceeded")]),
            None,
            Status::Deployed,
            100,
        ),
        (
            "cannot be built",
            Kustomize,
            &none,
            &none,
            json!({
                "observedGeneration": 1, "lastHandledReconcileAt": "t",
                "conditions": [retrying(), ready("False", "BuildFailed")],
            }),
            Some(WorkKind::Upgrade),
            Status::Failed,
            100,
        ),
        (
            "waits for another one",
            Kustomize,
            &none,
            &none,
            answered(&[retrying(), ready("False", "DependencyNotReady")]),
            Some(WorkKind::Update),
            Status::Updating,
            40,
        ),
        (
            "suspended",
            Helm,
            &none,
            &suspend,
            answered(&[ready("True", "InstallSucceeded")]),
            None,
            Status::Deployed,
            100,
        ),
        (
            "suspended sick",
            Helm,
            &none,
            &suspend,
            answered(&[ready("False", "UpgradeFailed")]),
            None,
            Status::Failed,
            100,
        ),
        (
            "suspended from the beginning",
            Helm,
            &none,
            &suspend,
            json!({}),
            None,
            Status::Unknown,
            100,
        ),
    ];
    for (name, engine, metadata, spec, status, work, expected, progress) in rows {
        let found = standing(&object(engine, metadata, spec, &status), work);
        assert_eq!(
            (found.status, found.progress),
            (expected, progress),
            "{name}: {found:?}"
        );
        assert!(!found.message.is_empty(), "{name}");
        assert_eq!(
            found.due.is_some(),
            found.status.is_busy() && name != "deleted",
            "{name}"
        );
    }
}

#[test]
fn what_others_make_is_not_ours_to_change() {
    for (labels, who) in [
        (
            json!({"kustomize.toolkit.fluxcd.io/name": "apps"}),
            Some("Kustomization apps"),
        ),
        (
            json!({"helm.toolkit.fluxcd.io/name": "umbrella"}),
            Some("HelmRelease umbrella"),
        ),
        (json!({"app": "web"}), None),
    ] {
        let reason = barred(&object(
            Engine::Helm,
            &json!({"labels": labels}),
            &json!({}),
            &json!({}),
        ));
        assert_eq!(reason.is_some(), who.is_some());
        assert!(reason.unwrap_or_default().contains(who.unwrap_or_default()));
    }
}
