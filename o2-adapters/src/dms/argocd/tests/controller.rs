//! The application controller of Argo CD, as far as it is seen from Applications.
//!
//! After `controller/appcontroller.go` and `controller/sync.go` of Argo CD 3.5: an operation becomes the operation state and
//! stays until it has ended; only full synchronisations that succeed go into the history; comparison and health are written
//! when the controller looks again, which it does after an operation.

use o2_testkit::kubernetes::{Change, ChangeType};
use serde_json::{Value, json};

use super::workloads::Workloads;
use crate::kube::testing::Played;

pub(super) const NAMESPACE: &str = "argocd";
/// A version that no repository has.
pub(super) const MISSING: &str = "9.9.9";

/// Plays the controller on this server.
pub(super) fn play(played: &Played) {
    let (played, workloads) = (played.clone(), Workloads::default());
    let server = played.server.clone();
    server.on_change(move |_, change| seen(change, &played, &workloads));
}

fn seen(change: &Change, played: &Played, workloads: &Workloads) {
    if change.kind != "Application" || change.change == ChangeType::Deleted {
        return;
    }
    let (name, before) = (change.name.clone(), change.previous.as_ref());
    let deleting = |object: &Value| !object["metadata"]["deletionTimestamp"].is_null();
    if deleting(&change.object) {
        if !before.is_some_and(deleting) {
            let workloads = workloads.clone();
            played.later(2, move |played| delete(played, &name, &workloads));
        }
        return;
    }
    let token = |object: &Value| object["operation"]["info"][0]["value"].as_str().map(str::to_owned);
    let asked = token(&change.object);
    if asked.is_some() && asked != before.and_then(token) {
        let workloads = workloads.clone();
        played.later(1, move |played| begin(played, &name, asked, &workloads));
    }
}

fn now(played: &Played) -> Value {
    let seconds = played.clock.now().unix_seconds();
    json!(o2_core::Timestamp::from_unix_seconds(seconds))
}

/// Changes the Application if it still has this operation.
fn step(played: &Played, name: &str, token: &Option<String>, change: impl FnOnce(&mut Value)) -> bool {
    let Some(object) = played.server.get("Application", NAMESPACE, name) else {
        return false;
    };
    if object["operation"]["info"][0]["value"].as_str() != token.as_deref() {
        return false;
    }
    played.server.update("Application", NAMESPACE, name, change);
    true
}

fn begin(played: &Played, name: &str, token: Option<String>, workloads: &Workloads) {
    let begun = now(played);
    let done = step(played, name, &token, |object| {
        object["status"]["operationState"] = json!({
            "phase": "Running",
            "message": "waiting for completion of the sync",
            "startedAt": begun,
            "operation": object["operation"],
        });
    });
    if done {
        let (name, workloads) = (name.to_owned(), workloads.clone());
        played.later(2, move |played| end(played, &name, &token, &workloads));
    }
}

fn end(played: &Played, name: &str, token: &Option<String>, workloads: &Workloads) {
    let ended = now(played);
    let (mut failed, mut running) = (false, true);
    let done = step(played, name, token, |object| {
        let source = object["spec"]["source"].clone();
        failed = source["targetRevision"] == MISSING;
        running = object["status"]["operationState"]["phase"] == "Running";
        let full = object["operation"]["sync"]["resources"].is_null();
        let state = &mut object["status"]["operationState"];
        state["finishedAt"] = ended.clone();
        if !running || failed {
            state["phase"] = json!(if failed { "Error" } else { "Failed" });
            state["message"] = json!(if failed {
                "ComparisonError: Failed to load target state: chart version '9.9.9' not found in repository"
            } else {
                "Operation terminated"
            });
        } else {
            succeed(object, &source, full, &ended);
        }
        object.as_object_mut().unwrap().remove("operation");
    });
    if done && running && !failed {
        workloads.apply(played, name);
        let (name, workloads) = (name.to_owned(), workloads.clone());
        played.later(1, move |played| look(played, &name, "Progressing", &workloads));
    } else if done {
        let name = name.to_owned();
        played.later(1, move |played| complain(played, &name, failed));
    }
}

fn succeed(object: &mut Value, source: &Value, full: bool, ended: &Value) {
    let state = &mut object["status"]["operationState"];
    state["phase"] = json!("Succeeded");
    state["message"] = json!("successfully synced (all tasks run)");
    state["syncResult"] = json!({
        "revision": source["targetRevision"], "source": source,
        "resources": [{
            "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "edge", "name": "web",
            "status": "Synced", "message": "deployment.apps/web configured",
        }],
    });
    let (began, by) = (state["startedAt"].clone(), state["operation"]["initiatedBy"].clone());
    if !full {
        return;
    }
    let history = &mut object["status"]["history"];
    if !history.is_array() {
        *history = json!([]);
    }
    let history = history.as_array_mut().unwrap();
    let id = history.last().map_or(0, |item| item["id"].as_u64().unwrap() + 1);
    history.push(json!({
        "id": id, "revision": source["targetRevision"], "deployStartedAt": began, "deployedAt": ended,
        "initiatedBy": by, "source": source,
    }));
    let extra = history.len().saturating_sub(10);
    history.drain(..extra);
}

/// The controller compares and looks at the health.
fn look(played: &Played, name: &str, health: &'static str, workloads: &Workloads) {
    if played.server.get("Application", NAMESPACE, name).is_none() {
        return;
    }
    let at = now(played);
    played.server.update("Application", NAMESPACE, name, |object| {
        let (source, destination) = (object["spec"]["source"].clone(), object["spec"]["destination"].clone());
        let resource = workloads.resource(object, health);
        let status = &mut object["status"];
        status["sync"] = json!({
            "status": "Synced", "revision": source["targetRevision"],
            "comparedTo": {"source": source, "destination": destination},
        });
        if status["health"]["status"] != health {
            status["health"] = json!({"status": health, "lastTransitionTime": at});
        }
        status["resources"] = json!([resource]);
        status["reconciledAt"] = at.clone();
        status["sourceType"] = json!("Helm");
        status.as_object_mut().unwrap().remove("conditions");
        let annotations = object["metadata"]["annotations"].as_object_mut();
        annotations.map(|annotations| annotations.remove("argocd.argoproj.io/refresh"));
    });
    if health == "Progressing" {
        let (name, workloads) = (name.to_owned(), workloads.clone());
        played.later(2, move |played| look(played, &name, "Healthy", &workloads));
    } else {
        workloads.say(played, name, "ready");
    }
}

fn complain(played: &Played, name: &str, missing: bool) {
    if played.server.get("Application", NAMESPACE, name).is_none() {
        return;
    }
    let at = now(played);
    played.server.update("Application", NAMESPACE, name, |object| {
        let status = &mut object["status"];
        status["reconciledAt"] = at.clone();
        if missing {
            let message = "Failed to load target state: chart version '9.9.9' not found in repository";
            status["conditions"] = json!([{"type": "ComparisonError", "message": message, "lastTransitionTime": at}]);
            status["sync"]["status"] = json!("Unknown");
        }
    });
}

fn delete(played: &Played, name: &str, workloads: &Workloads) {
    let Some(object) = played.server.get("Application", NAMESPACE, name) else {
        return;
    };
    let finalizers = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if finalizers.contains(&json!("resources-finalizer.argocd.argoproj.io")) {
        workloads.remove(played, &object);
    }
    played.server.remove("Application", NAMESPACE, name);
}
