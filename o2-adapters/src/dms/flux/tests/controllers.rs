//! The controllers of Flux, as far as they are seen from HelmReleases and Kustomizations.
//!
//! After `docs/spec/v2/helmreleases.md` of helm-controller and `docs/spec/v1/kustomizations.md` of kustomize-controller: an
//! object is looked at when its generation is another one or somebody asks with a new token; while it is worked at it is
//! `Reconciling` and its readiness is not known; the token is answered, and the generation observed, when it is done. What is
//! suspended is left alone, also when it is deleted.

use o2_core::Timestamp;
use o2_testkit::kubernetes::{Change, ChangeType};
use serde_json::{Value, json};

use super::objects::Objects;
use crate::kube::testing::Played;

/// A version that no repository has.
pub(super) const MISSING: &str = "v9.9.9";
/// What nobody looks at.
const IDLE: &str = "idle";
const TOKEN: &str = "reconcile.fluxcd.io/requestedAt";

/// Which object of which kind.
#[derive(Debug, Clone)]
struct Place {
    kind: String,
    namespace: String,
    name: String,
    uid: Value,
}

/// Plays the controllers on this server.
pub(super) fn play(played: &Played) {
    let (played, objects) = (played.clone(), Objects::default());
    let server = played.server.clone();
    server.on_change(move |_, change| seen(change, &played, &objects));
}

fn seen(change: &Change, played: &Played, objects: &Objects) {
    let ours = ["HelmRelease", "Kustomization"].contains(&change.kind.as_str());
    if !ours || change.change == ChangeType::Deleted || change.name == IDLE {
        return;
    }
    let place = Place {
        kind: change.kind.clone(),
        namespace: change.namespace.clone(),
        name: change.name.clone(),
        uid: change.object["metadata"]["uid"].clone(),
    };
    let (object, before) = (&change.object, change.previous.as_ref());
    let deleting = |object: &Value| !object["metadata"]["deletionTimestamp"].is_null();
    let objects = objects.clone();
    if deleting(object) {
        if !before.is_some_and(deleting) {
            played.later(2, move |played| delete(played, &place, &objects));
        }
        return;
    }
    let asked = |object: &Value| {
        let metadata = &object["metadata"];
        (metadata["generation"].clone(), metadata["annotations"][TOKEN].clone())
    };
    if object["spec"]["suspend"] != true && before.map(asked) != Some(asked(object)) {
        let asked = asked(object);
        played.later(1, move |played| begin(played, &place, asked, &objects));
    }
}

fn now(played: &Played) -> Value {
    json!(Timestamp::from_unix_seconds(played.clock.now().unix_seconds()))
}

/// Changes the object if it is still the same and nobody has asked for something else since.
fn step(played: &Played, place: &Place, asked: &(Value, Value), change: impl FnOnce(&mut Value)) -> Option<Value> {
    present(played, place, asked)?;
    Some(played.server.update(&place.kind, &place.namespace, &place.name, change))
}

/// The object, if it is still to be what was asked for.
fn present(played: &Played, place: &Place, asked: &(Value, Value)) -> Option<Value> {
    let object = played.server.get(&place.kind, &place.namespace, &place.name)?;
    let metadata = &object["metadata"];
    let same = metadata["uid"] == place.uid
        && metadata["generation"] == asked.0
        && metadata["annotations"][TOKEN] == asked.1
        && metadata["deletionTimestamp"].is_null()
        && object["spec"]["suspend"] != true;
    same.then_some(object)
}

fn condition(kind: &str, status: &str, reason: &str, message: &str, generation: &Value, at: &Value) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "observedGeneration": generation, "lastTransitionTime": at,
    })
}

fn begin(played: &Played, place: &Place, asked: (Value, Value), objects: &Objects) {
    let at = now(played);
    let begun = step(played, place, &asked, |object| {
        object["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
        object["status"]["conditions"] = json!([
            condition(
                "Reconciling",
                "True",
                "Progressing",
                "Reconciliation in progress",
                &asked.0,
                &at
            ),
            condition(
                "Ready",
                "Unknown",
                "Progressing",
                "Reconciliation in progress",
                &asked.0,
                &at
            ),
        ]);
    });
    if begun.is_some() {
        let (place, objects) = (place.clone(), objects.clone());
        played.later(3, move |played| end(played, &place, &asked, &objects));
    }
}

/// The version that the source of an object stands for.
fn version(played: &Played, object: &Value) -> String {
    let spec = &object["spec"];
    let reference = if spec["chartRef"].is_null() {
        &spec["sourceRef"]
    } else {
        &spec["chartRef"]
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let own = text(&object["metadata"]["namespace"]);
    let namespace = reference["namespace"].as_str().unwrap_or(&own);
    let source = played
        .server
        .get(&text(&reference["kind"]), namespace, &text(&reference["name"]));
    let spec = source.map(|source| source["spec"].clone()).unwrap_or_default();
    let members = [
        &spec["version"],
        &spec["ref"]["commit"],
        &spec["ref"]["tag"],
        &spec["ref"]["branch"],
    ];
    members
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn end(played: &Played, place: &Place, asked: &(Value, Value), objects: &Objects) {
    let at = now(played);
    let Some(object) = present(played, place, asked) else {
        return;
    };
    let version = version(played, &object);
    let (failed, release) = (version == MISSING, place.kind == "HelmRelease");
    let first = object["status"]["lastAttemptedRevision"].is_null();
    if !failed {
        objects.apply(played, &object);
    }
    step(played, place, asked, |object| {
        let inventory = objects.inventory(object);
        let status = &mut object["status"];
        status["lastHandledReconcileAt"] = asked.1.clone();
        status["lastAttemptedRevision"] = json!(version);
        status["conditions"] = match (release, failed) {
            (true, true) => {
                let reason = if first { "InstallFailed" } else { "UpgradeFailed" };
                let message = "Helm upgrade failed: execution error at (templates/web.yaml)";
                json!([
                    condition(
                        "Stalled",
                        "True",
                        "RetriesExceeded",
                        "Failed to upgrade after 3 attempt(s)",
                        &asked.0,
                        &at
                    ),
                    condition("Ready", "False", reason, message, &asked.0, &at),
                ])
            }
            (false, true) => json!([
                condition("Reconciling", "True", "ProgressingWithRetry", "retrying", &asked.0, &at),
                condition(
                    "Ready",
                    "False",
                    "BuildFailed",
                    "kustomization path not found",
                    &asked.0,
                    &at
                ),
            ]),
            (true, false) => {
                let reason = if first { "InstallSucceeded" } else { "UpgradeSucceeded" };
                json!([
                    condition("Ready", "True", reason, "Helm release is as wanted", &asked.0, &at),
                    condition("Released", "True", reason, "Helm release is as wanted", &asked.0, &at),
                ])
            }
            (false, false) => json!([
                condition(
                    "Ready",
                    "True",
                    "ReconciliationSucceeded",
                    "Applied revision",
                    &asked.0,
                    &at
                ),
                condition("Healthy", "True", "Succeeded", "Health check passed", &asked.0, &at),
            ]),
        };
        // A Kustomization that failed is not observed, as it is tried again.
        if release || !failed {
            status["observedGeneration"] = asked.0.clone();
        }
        if !failed {
            status["inventory"] = inventory;
            if release {
                snapshot(status, &version, &at);
            }
        }
    });
}

fn snapshot(status: &mut Value, version: &str, at: &Value) {
    if !status["history"].is_array() {
        status["history"] = json!([]);
    }
    let history = status["history"].as_array_mut().unwrap();
    let number = history.first().map_or(0, |newest| newest["version"].as_u64().unwrap()) + 1;
    let newest = json!({
        "version": number, "status": "deployed", "chartName": "o2demo", "chartVersion": version, "lastDeployed": at,
    });
    history.insert(0, newest);
    history.truncate(5);
}

fn delete(played: &Played, place: &Place, objects: &Objects) {
    let Some(object) = played.server.get(&place.kind, &place.namespace, &place.name) else {
        return;
    };
    let spec = &object["spec"];
    let prunes = match spec["deletionPolicy"].as_str().unwrap_or("MirrorPrune") {
        "MirrorPrune" => place.kind == "HelmRelease" || spec["prune"] == true,
        policy => policy != "Orphan",
    };
    if spec["suspend"] != true && prunes {
        objects.remove(played, &object);
    }
    played.server.remove(&place.kind, &place.namespace, &place.name);
}
