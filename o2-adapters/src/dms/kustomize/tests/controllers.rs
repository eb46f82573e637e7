//! [`Controllers`]: what a cluster does with Deployments, played on an API server in memory.
//!
//! A rollout takes a while and then ends well, or badly for the release that is broken; its pods log, and take a while to end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::Body;
use o2_core::Timestamp;
use o2_core::ports::Clock;
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, Change, ChangeType, Resource};
use serde_json::{Value, json};
use tower_service::Service;

use crate::kube::RESTARTED;

/// How long a rollout takes.
const ROLLOUT: Duration = Duration::from_secs(3);
/// How long a pod takes to end.
const GRACE: Duration = Duration::from_secs(2);
/// What keeps a pod until it has ended.
const RUNS: &str = "o2-test/runs";
/// What a pod has logged.
const LOG: &str = "o2-test/log";

/// Something that will be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Rollout { namespace: String, name: String },
    EndOfPod { namespace: String, name: String },
}

/// The controllers of one server.
#[derive(Clone)]
pub(super) struct Controllers {
    pub(super) server: ApiServer,
    clock: Arc<ManualClock>,
    plans: Arc<Mutex<BTreeMap<Deed, Timestamp>>>,
}

impl Controllers {
    pub(super) fn new(clock: &Arc<ManualClock>) -> Self {
        let controllers = Self {
            server: ApiServer::with_clock(clock.clone()),
            clock: Arc::clone(clock),
            plans: Arc::default(),
        };
        controllers
            .server
            .serve(Resource::new("rbac.authorization.k8s.io", &["v1"], "ClusterRole", "clusterroles").cluster_scoped());
        let plans = Arc::clone(&controllers.plans);
        let clock = Arc::clone(clock);
        controllers.server.on_change(move |server, change| {
            if let Some((deed, delay)) = planned(server, change) {
                plans.lock().unwrap().insert(deed, clock.now().plus(delay));
            }
        });
        controllers
    }

    /// Does what is due.
    pub(super) fn tick(&self) {
        let now = self.clock.now();
        let due: Vec<_> = {
            let mut plans = self.plans.lock().unwrap();
            let due = plans.iter().filter(|(_, at)| **at <= now).map(|(deed, _)| deed.clone());
            let due: Vec<_> = due.collect();
            plans.retain(|deed, _| !due.contains(deed));
            due
        };
        for deed in due {
            match deed {
                Deed::Rollout { namespace, name } => roll_out(&self.server, &namespace, &name, now),
                Deed::EndOfPod { namespace, name } => end_pod(&self.server, &namespace, &name),
            }
        }
    }

    /// Whether nothing is planned any more.
    pub(super) fn is_at_rest(&self) -> bool {
        self.plans.lock().unwrap().is_empty()
    }

    /// Makes a workload fail its health checks.
    pub(super) fn sicken(&self, namespace: &str, name: &str) {
        self.server.update("Deployment", namespace, name, |object| {
            object["status"]["readyReplicas"] = json!(0);
            object["status"]["availableReplicas"] = json!(0);
            object["status"]["conditions"] = json!([
                {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ]);
        });
    }
}

/// What follows from a change.
fn planned(server: &ApiServer, change: &Change) -> Option<(Deed, Duration)> {
    let (namespace, name) = (change.namespace.clone(), change.name.clone());
    let is_gone = change.change == ChangeType::Deleted;
    let generation = |object: &Value| object["metadata"]["generation"].as_i64();
    match change.kind.as_str() {
        "Deployment" if !is_gone && !is_deleting(&change.object) => {
            if change.previous.as_ref().and_then(generation) == generation(&change.object) {
                return None;
            }
            server.update("Deployment", &namespace, &name, |object| {
                object["status"]["observedGeneration"] = json!(generation(object));
                object["status"]["updatedReplicas"] = json!(0);
                object["status"]["conditions"] = json!([
                    {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"},
                ]);
            });
            Some((Deed::Rollout { namespace, name }, ROLLOUT))
        }
        "Pod" if !is_gone && is_deleting(&change.object) => Some((Deed::EndOfPod { namespace, name }, GRACE)),
        _ => None,
    }
}

fn is_deleting(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

fn roll_out(server: &ApiServer, namespace: &str, name: &str, now: Timestamp) {
    let Some(object) = server.get("Deployment", namespace, name) else {
        return;
    };
    if is_deleting(&object) {
        return;
    }
    let replicas = object["spec"]["replicas"].as_u64().unwrap_or(1);
    let is_broken = object["metadata"]["labels"]["release"] == "broken";
    if !is_broken {
        pods(server, &object, replicas, now);
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
        status["conditions"] = if is_broken {
            json!([
                {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"},
                {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                 "message": format!("ReplicaSet \"{name}-5d\" has timed out progressing.")},
            ])
        } else {
            json!([
                {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
            ])
        };
    });
}

/// As many pods as there shall be, each with a log.
fn pods(server: &ApiServer, owner: &Value, replicas: u64, now: Timestamp) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (namespace, owner_name) = (text(&owner["metadata"]["namespace"]), text(&owner["metadata"]["name"]));
    let restarted = text(&owner["spec"]["template"]["metadata"]["annotations"][RESTARTED]);
    for number in 0..10 {
        let name = format!("{owner_name}-{number}");
        let is_there = server.get("Pod", &namespace, &name).is_some();
        if number >= replicas {
            if is_there {
                server.remove("Pod", &namespace, &name);
            }
            continue;
        }
        if is_there {
            let pod = server.get("Pod", &namespace, &name).unwrap();
            if text(&pod["metadata"]["annotations"][RESTARTED]) != restarted {
                server.update("Pod", &namespace, &name, |pod| {
                    pod["metadata"]["annotations"][RESTARTED] = json!(restarted);
                });
                log(server, &namespace, &name, number, now);
            }
            continue;
        }
        server.put(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": name, "namespace": namespace, "labels": owner["spec"]["template"]["metadata"]["labels"],
                "finalizers": [RUNS], "annotations": {RESTARTED: restarted, LOG: ""},
                "ownerReferences": [{
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": owner_name,
                    "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "spec": owner["spec"]["template"]["spec"],
            "status": {"phase": "Running", "containerStatuses": [
                {"name": "main", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}},
            ]},
        }));
        log(server, &namespace, &name, number, now);
    }
}

/// A pod starts, or starts again in place, so that its log tells of both.
fn log(server: &ApiServer, namespace: &str, name: &str, number: u64, now: Timestamp) {
    let mut whole = String::new();
    server.update("Pod", namespace, name, |pod| {
        let known = pod["metadata"]["annotations"][LOG].as_str().unwrap_or_default();
        // A moment ago, and each line at a time of its own: whoever follows several logs sees them in this order.
        let ago = Timestamp::from_unix_nanos(now.unix_nanos() - 200_000_000);
        let at = |moment: u64| ago.plus(Duration::from_millis(10 * number + moment));
        whole = match known {
            "" => format!("{} {name} has started\n{} {name} listens\n", at(0), at(1)),
            known => format!("{known}{} {name} has started again\n", at(0)),
        };
        pod["metadata"]["annotations"][LOG] = json!(whole);
    });
    server.set_log(namespace, name, &whole);
}

fn end_pod(server: &ApiServer, namespace: &str, name: &str) {
    if server.get("Pod", namespace, name).is_some() {
        server.update("Pod", namespace, name, |pod| pod["metadata"]["finalizers"] = json!([]));
        // Without finalizers nothing keeps it.
        if server.get("Pod", namespace, name).is_some_and(|pod| is_deleting(&pod)) {
            server.remove("Pod", namespace, name);
        }
    }
}

/// The server as a client sees it: what is due is done whenever somebody asks.
impl Service<Request<Body>> for Controllers {
    type Response = Response<o2_testkit::kubernetes::Body>;
    type Error = std::io::Error;
    type Future = BoxFuture<'static, std::io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.tick();
        Service::call(&mut self.server, request)
    }
}
