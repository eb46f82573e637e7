//! What a cluster does with Deployments.
//!
//! A rollout takes a while and then ends well, or badly when something of it is broken; its pods log, and take a while to end.

use o2_core::Timestamp;
use o2_testkit::kubernetes::{Change, ChangeType};
use serde_json::{Value, json};

use super::{Played, Server};

/// How long a rollout takes, in seconds. On a real server, where that is a tenth, it is looked at before it is over.
const ROLLOUT: u64 = 3;
const REAL_ROLLOUT: u64 = 20;
/// How long a pod takes to end.
const GRACE: u64 = 2;
/// What keeps a pod until it has ended.
const RUNS: &str = "o2-test/runs";
/// What a pod was made of.
const TEMPLATE: &str = "o2-test/template";
/// What it has logged so far.
const LOG: &str = "o2-test/log";

/// Plays the controllers on this server.
pub(crate) fn play_rollouts(played: &Played) {
    let (server, played) = (played.server.clone(), played.clone());
    server.on_change(move |_, change| seen(&played, change));
}

fn seen(played: &Played, change: &Change) {
    let (namespace, name) = (change.namespace.clone(), change.name.clone());
    let is_gone = change.change == ChangeType::Deleted;
    let generation = |object: &Value| object["metadata"]["generation"].as_i64();
    match change.kind.as_str() {
        "Deployment" if !is_gone && !is_deleting(&change.object) => {
            if change.previous.as_ref().and_then(generation) == generation(&change.object) {
                return;
            }
            let time = now(played);
            played.server.update("Deployment", &namespace, &name, |object| {
                object["status"]["observedGeneration"] = json!(generation(object));
                object["status"]["updatedReplicas"] = json!(0);
                object["status"]["conditions"] =
                    json!([condition("Progressing", "True", "ReplicaSetUpdated", "", &time)]);
            });
            let rollout = if played.server.is_real() { REAL_ROLLOUT } else { ROLLOUT };
            played.later(rollout, move |played| roll_out(played, &namespace, &name));
        }
        "Pod" if !is_gone && is_deleting(&change.object) => {
            played.later(GRACE, move |played| end_pod(&played.server, &namespace, &name));
        }
        _ => {}
    }
}

fn now(played: &Played) -> Value {
    json!(Timestamp::from_unix_seconds(played.clock.now().unix_seconds()))
}

fn condition(kind: &str, status: &str, reason: &str, message: &str, time: &Value) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": time, "lastUpdateTime": time})
}

fn is_deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Makes a workload fail its health checks.
pub(crate) fn sicken(played: &Played, namespace: &str, name: &str) {
    let time = now(played);
    played.server.update("Deployment", namespace, name, |object| {
        object["status"]["readyReplicas"] = json!(0);
        object["status"]["availableReplicas"] = json!(0);
        object["status"]["conditions"] = json!([
            condition(
                "Available",
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
                &time
            ),
            condition("Progressing", "True", "NewReplicaSetAvailable", "", &time),
        ]);
    });
}

/// Whether its pods never become ready: their image is a broken one, or it says so itself.
fn is_broken(object: &Value) -> bool {
    let image = &object["spec"]["template"]["spec"]["containers"][0]["image"];
    image.as_str().is_some_and(|image| image.contains("broken")) || object["metadata"]["labels"]["release"] == "broken"
}

fn roll_out(played: &Played, namespace: &str, name: &str) {
    if !played.programs.rest_since(REAL_ROLLOUT) {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        return played.later(1, move |played| roll_out(played, &namespace, &name));
    }
    let server = &played.server;
    let Some(object) = server
        .get("Deployment", namespace, name)
        .filter(|object| !is_deleting(object))
    else {
        return;
    };
    let (replicas, time) = (object["spec"]["replicas"].as_u64().unwrap_or(1), now(played));
    let is_broken = is_broken(&object);
    if !is_broken {
        pods(server, &object, replicas, time.as_str().unwrap());
    }
    server.update("Deployment", namespace, name, |object| {
        let ready = if is_broken { 0 } else { replicas };
        let status = &mut object["status"];
        for field in ["replicas", "updatedReplicas"] {
            status[field] = json!(replicas);
        }
        for field in ["readyReplicas", "availableReplicas"] {
            status[field] = json!(ready);
        }
        let late = format!("ReplicaSet \"{name}-5d\" has timed out progressing.");
        status["conditions"] = if is_broken {
            json!([
                condition("Available", "False", "MinimumReplicasUnavailable", "", &time),
                condition("Progressing", "False", "ProgressDeadlineExceeded", &late, &time),
            ])
        } else {
            json!([
                condition("Available", "True", "MinimumReplicasAvailable", "", &time),
                condition("Progressing", "True", "NewReplicaSetAvailable", "", &time),
            ])
        };
    });
}

/// As many pods as there shall be, each with a log. They are called as those of a StatefulSet, so that what a pod logs goes on
/// when it is replaced.
fn pods(server: &Server, owner: &Value, replicas: u64, now: &str) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (namespace, owner_name) = (text(&owner["metadata"]["namespace"]), text(&owner["metadata"]["name"]));
    for number in 0..10 {
        let name = format!("{owner_name}-{number}");
        let there = server.get("Pod", &namespace, &name);
        if number >= replicas {
            if there.is_some() {
                server.remove("Pod", &namespace, &name);
            }
            continue;
        }
        let template = owner["spec"]["template"].to_string();
        let log = match there {
            None => {
                server.put(pod(&name, owner, &template));
                format!("{now} {name} has started\n{now} {name} listens\n")
            }
            Some(pod) if pod["metadata"]["annotations"][TEMPLATE] == template => continue,
            Some(pod) => format!(
                "{}{now} {name} has started again\n",
                text(&pod["metadata"]["annotations"][LOG])
            ),
        };
        server.update("Pod", &namespace, &name, |pod| {
            pod["metadata"]["annotations"] = json!({TEMPLATE: template, LOG: log});
        });
        server.set_log(&namespace, &name, &log);
    }
}

fn pod(name: &str, owner: &Value, template: &str) -> Value {
    let metadata = &owner["metadata"];
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": metadata["namespace"], "labels": owner["spec"]["template"]["metadata"]["labels"],
            "finalizers": [RUNS], "annotations": {TEMPLATE: template},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "Deployment", "name": metadata["name"],
                "uid": metadata["uid"], "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": owner["spec"]["template"]["spec"],
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "main", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}},
        ]},
    })
}

fn end_pod(server: &Server, namespace: &str, name: &str) {
    if server.get("Pod", namespace, name).is_none() {
        return;
    }
    server.update("Pod", namespace, name, |pod| pod["metadata"]["finalizers"] = json!([]));
    // Without finalizers nothing keeps it.
    if server.get("Pod", namespace, name).is_some_and(|pod| is_deleting(&pod)) {
        server.remove("Pod", namespace, name);
    }
}
