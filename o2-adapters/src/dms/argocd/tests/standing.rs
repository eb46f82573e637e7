//! One row for each way in which an Application may stand.

use std::time::Duration;

use kube::api::DynamicObject;
use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;
use serde_json::{Value, json};

use crate::dms::argocd::standing::{Looking, Standing, barred};
use crate::dms::argocd::wire::{APPLICATIONS, Application};
use crate::kube::deployed::{NotedWork, Notes, WorkKind};

fn at(minutes: i64) -> Value {
    json!(Timestamp::from_unix_seconds(minutes * 60))
}

fn application(status: &Value, rest: &Value) -> Application {
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd", "uid": "u", "creationTimestamp": at(1)},
        "spec": {"source": {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1.0.0"}},
        "status": status,
    });
    for (member, value) in rest.as_object().unwrap() {
        let known = object[member].as_object().cloned().unwrap_or_default();
        let added = value.as_object().unwrap().clone();
        object[member] = Value::Object(known.into_iter().chain(added).collect());
    }
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    Application::read(&APPLICATIONS, object).unwrap()
}

fn operation(token: &str) -> Value {
    json!({"info": [{"name": "o2-operation-id", "value": token}], "sync": {}})
}

/// At minute 20, work may take 15 minutes.
fn standing(status: &Value, rest: &Value, work: Option<WorkKind>) -> Standing {
    let work = work.map(|kind| NotedWork {
        kind,
        at: Timestamp::from_unix_seconds(600),
        token: "t".to_owned(),
    });
    let notes = Notes {
        work,
        ..Notes::default()
    };
    let application = application(status, rest);
    let looking = Looking {
        application: &application,
        notes: &notes,
        now: Timestamp::from_unix_seconds(20 * 60),
        patience: Duration::from_secs(15 * 60),
    };
    looking.standing()
}

fn ended(phase: &str, minute: i64) -> Value {
    json!({"phase": phase, "message": "why", "startedAt": at(minute - 1), "finishedAt": at(minute), "operation": operation("t")})
}

fn history() -> Value {
    json!([{"id": 0, "deployedAt": at(2), "source": {}}, {"id": 1, "deployedAt": at(3), "source": {}}])
}

#[test]
fn every_way_to_stand_has_a_state() {
    let none = json!({});
    let asked = json!({"operation": operation("t")});
    let runs = json!({"phase": "Running", "startedAt": at(11), "operation": operation("t"), "syncResult": {
        "resources": [{"status": "Synced"}, {"status": ""}],
    }});
    let stuck = json!({"phase": "Running", "startedAt": at(2), "operation": operation("other")});
    let health = |status: &str, minute: i64| json!({"status": status, "lastTransitionTime": at(minute)});
    let fine = |name: &str, since: i64| json!({"operationState": ended("Succeeded", 12), "reconciledAt": at(13), "history": history(), "health": health(name, since)});
    let deleting = json!({"metadata": {"deletionTimestamp": at(9)}});
    let automated = json!({"spec": {"syncPolicy": {"automated": {"prune": true}}}});
    let switched_off = json!({"spec": {"syncPolicy": {"automated": {"enabled": false}}}});
    let stale = json!({
        "sync": {"comparedTo": {"source": {"repoURL": "https://charts.example", "chart": "web", "targetRevision": "0.9.0"}}},
        "health": health("Healthy", 3), "history": history(),
    });
    let condition = json!({"conditions": [{"type": "ComparisonError", "message": "no such chart"}]});
    let failed =
        json!({"operationState": ended("Error", 12), "conditions": condition["conditions"], "history": history()});
    let mended = json!({
        "operationState": ended("Failed", 12), "reconciledAt": at(15), "health": health("Healthy", 15),
        "history": [{"id": 2, "deployedAt": at(14), "source": {}}],
    });
    let never = json!({"sync": {"status": "OutOfSync"}, "health": {"status": "Missing"}});
    let unseen =
        json!({"operationState": ended("Succeeded", 12), "reconciledAt": at(11), "health": health("Healthy", 3)});
    let rows = [
        ("deleted", &none, &deleting, None, Status::Terminating, 10),
        ("asked for", &none, &asked, Some(WorkKind::Install), Status::Pending, 5),
        (
            "asked for a scaling",
            &fine("Healthy", 3),
            &asked,
            Some(WorkKind::Scale),
            Status::Scaling,
            5,
        ),
        (
            "runs",
            &json!({"operationState": runs}),
            &asked,
            Some(WorkKind::Upgrade),
            Status::Updating,
            45,
        ),
        (
            "runs by others",
            &json!({"operationState": runs, "history": history()}),
            &none,
            None,
            Status::Updating,
            45,
        ),
        (
            "runs too long",
            &json!({"operationState": stuck}),
            &none,
            None,
            Status::Failed,
            100,
        ),
        (
            "not looked at",
            &unseen,
            &none,
            Some(WorkKind::Rollback),
            Status::Updating,
            80,
        ),
        ("failed", &failed, &none, Some(WorkKind::Upgrade), Status::Failed, 100),
        (
            "failed and mended by others",
            &mended,
            &none,
            None,
            Status::Deployed,
            100,
        ),
        ("cannot be compared", &condition, &none, None, Status::Failed, 100),
        ("never synchronised", &never, &none, None, Status::Unknown, 100),
        ("never synchronised yet", &never, &automated, None, Status::Pending, 25),
        (
            "compared to something else",
            &stale,
            &automated,
            None,
            Status::Updating,
            10,
        ),
        (
            "compared, but nobody synchronises",
            &stale,
            &switched_off,
            None,
            Status::Deployed,
            100,
        ),
        (
            "healthy",
            &fine("Healthy", 14),
            &none,
            Some(WorkKind::Install),
            Status::Deployed,
            100,
        ),
        ("suspended", &fine("Suspended", 14), &none, None, Status::Deployed, 100),
        ("degraded", &fine("Degraded", 14), &none, None, Status::Failed, 100),
        (
            "rolls out",
            &fine("Progressing", 13),
            &none,
            Some(WorkKind::Scale),
            Status::Scaling,
            85,
        ),
        (
            "missing",
            &fine("Missing", 13),
            &none,
            Some(WorkKind::Heal),
            Status::Updating,
            85,
        ),
        ("not known", &fine("Unknown", 13), &none, None, Status::Unknown, 100),
        ("nothing", &none, &none, None, Status::Unknown, 100),
    ];
    for (name, status, rest, work, expected, progress) in rows {
        let found = standing(status, rest, work);
        assert_eq!(
            (found.status, found.progress),
            (expected, progress),
            "{name}: {found:?}"
        );
        assert!(!found.message.is_empty(), "{name}");
        assert_eq!(
            found.due.is_some(),
            found.status.is_busy() && !matches!(name, "deleted" | "never synchronised yet"),
            "{name}"
        );
    }
}

#[test]
fn what_does_not_become_healthy_in_time_has_failed() {
    let status = |finished: i64, since: i64| {
        json!({
            "operationState": ended("Succeeded", finished), "reconciledAt": at(finished),
            "history": history(), "health": {"status": "Progressing", "lastTransitionTime": at(since)},
        })
    };
    for (finished, since, expected) in [
        (6, 7, Status::Updating),
        (4, 5, Status::Failed),
        // Something has happened to the workload, long after the work.
        (3, 19, Status::Deployed),
    ] {
        let found = standing(&status(finished, since), &json!({}), None);
        assert_eq!(found.status, expected, "{finished} {since}: {found:?}");
    }
}

#[test]
fn what_others_decide_is_not_ours_to_change() {
    let owner = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "sites", "uid": "s"}]);
    let noted = |key: &str, value: &str| json!({"metadata": {"annotations": {key: value}}});
    for (rest, who) in [
        (
            json!({"metadata": {"ownerReferences": owner}}),
            Some("ApplicationSet sites"),
        ),
        (
            noted(
                "argocd.argoproj.io/tracking-id",
                "parent:argoproj.io/Application:argocd/web",
            ),
            Some("Application parent"),
        ),
        (
            noted(
                "argocd.argoproj.io/tracking-id",
                "parent:argoproj.io/Application:argocd/another",
            ),
            None,
        ),
        (
            noted("argocd.argoproj.io/skip-reconcile", "true"),
            Some("skip-reconcile"),
        ),
        (json!({}), None),
    ] {
        let reason = barred(&application(&json!({}), &rest));
        match (&reason, who) {
            (Some(reason), Some(who)) => assert!(reason.contains(who), "{reason}"),
            (reason, who) => assert_eq!((reason.as_deref(), None), (None, who)),
        }
    }
}
