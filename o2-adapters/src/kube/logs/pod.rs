//! [`Pod`]: a pod, as far as its logs are concerned.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use kube::api::DynamicObject;
use serde::Deserialize;

use crate::kube::{Kind, Meta};

pub(super) const PODS: Kind = Kind::of_namespaces("", "v1", "Pod", "pods");

/// A pod and its containers, those that prepare it first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pod {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) containers: Vec<Container>,
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) name: String,
    /// Whether it runs or ran, so that it may have written something.
    pub(super) began: bool,
    /// Whether it runs now.
    pub(super) runs: bool,
    /// How often it was started anew.
    pub(super) restarts: u32,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    init_containers: Vec<Named>,
    containers: Vec<Named>,
    ephemeral_containers: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
    ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    #[serde(default)]
    restart_count: u32,
    #[serde(default)]
    state: State,
    #[serde(default)]
    last_state: State,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    running: Option<serde_json::Value>,
    terminated: Option<serde_json::Value>,
}

impl Pod {
    /// Reads a pod; `None` for something else.
    pub(super) fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let meta = Meta::from(object.metadata);
        let (spec, status) = (wire.spec, wire.status);
        let named = [spec.init_containers, spec.containers, spec.ephemeral_containers];
        let known = [
            status.init_container_statuses,
            status.container_statuses,
            status.ephemeral_container_statuses,
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
        Some(Self {
            namespace: meta.namespace?,
            name: meta.name,
            uid: meta.uid,
            containers: named
                .into_iter()
                .flatten()
                .map(|named| container(named.name, &known))
                .collect(),
        })
    }
}

fn container(name: String, known: &[ContainerStatus]) -> Container {
    let status = known.iter().find(|status| status.name == name);
    let runs = status.is_some_and(|status| status.state.running.is_some());
    let restarts = status.map_or(0, |status| status.restart_count);
    let ended =
        status.is_some_and(|status| status.state.terminated.is_some() || status.last_state.terminated.is_some());
    Container {
        name,
        began: runs || ended || restarts > 0,
        runs,
        restarts,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The shape is that of `kubectl get pod -o json` (v1.33).
    #[test]
    fn containers_tell_whether_they_have_something_to_say() {
        let object: DynamicObject = serde_json::from_value(json!({
            "metadata": {"name": "web-1", "namespace": "edge", "uid": "u"},
            "spec": {
                "initContainers": [{"name": "prepare", "image": "i"}],
                "containers": [{"name": "app", "image": "a"}, {"name": "waits", "image": "w"}, {"name": "new", "image": "n"}],
            },
            "status": {
                "phase": "Running",
                "initContainerStatuses": [
                    {"name": "prepare", "restartCount": 0, "state": {"terminated": {"exitCode": 0}}, "lastState": {}},
                ],
                "containerStatuses": [
                    {"name": "app", "restartCount": 2, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
                     "lastState": {"terminated": {"exitCode": 1}}},
                    {"name": "waits", "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}},
                ],
            },
        }))
        .unwrap();
        let pod = Pod::read(&PODS, object).unwrap();
        let of = |name: &str, began, runs, restarts| Container {
            name: name.to_owned(),
            began,
            runs,
            restarts,
        };
        assert_eq!(
            pod.containers,
            [
                of("prepare", true, false, 0),
                of("app", true, true, 2),
                of("waits", false, false, 0),
                of("new", false, false, 0),
            ]
        );
    }
}
