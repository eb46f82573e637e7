//! What a package brings into the cluster: a Deployment, and a pod that says something.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::kube::testing::Played;

/// What was brought, and what it has logged.
#[derive(Clone, Default)]
pub(super) struct Objects {
    logs: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

/// Namespace and name of what an object deploys.
fn place(object: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&object["metadata"]["namespace"]),
        text(&object["metadata"]["name"]),
    )
}

impl Objects {
    pub(super) fn inventory(&self, object: &Value) -> Value {
        let (namespace, name) = place(object);
        json!({"entries": [
            {"id": format!("{namespace}_{name}_apps_Deployment"), "v": "v1"},
            {"id": format!("{namespace}_{name}-config__ConfigMap"), "v": "v1"},
        ]})
    }

    /// Brings in what an object says, and makes it well.
    pub(super) fn apply(&self, played: &Played, object: &Value) {
        let (namespace, name) = place(object);
        let labels = json!({"app": name});
        let replicas = replicas(object);
        let deployment = played.server.put(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app"}]}},
            },
        }));
        if played.server.is_real() {
            // Its controllers do the rest.
            return;
        }
        let generation = deployment["metadata"]["generation"].clone();
        played.server.update("Deployment.apps", &namespace, &name, |object| {
            object["status"] = json!({
                "observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
                "readyReplicas": replicas, "availableReplicas": replicas,
                "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True"}],
            });
        });
        let running = |container: &str| json!({"name": container, "restartCount": 0, "state": {"running": {}}});
        played.server.put(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("{name}-0"), "namespace": namespace, "labels": labels},
            "spec": {"containers": [{"name": "app", "image": "app"}, {"name": "proxy", "image": "proxy"}]},
            "status": {"containerStatuses": [running("app"), running("proxy")]},
        }));
        self.say(played, &namespace, &name, "applied");
    }

    /// Every container logs a line.
    fn say(&self, played: &Played, namespace: &str, name: &str, text: &str) {
        if played.server.is_real() {
            return;
        }
        let now = played.clock.now();
        for container in ["app", "proxy"] {
            let mut logs = self.logs.lock().unwrap();
            let log = logs.entry(format!("{namespace}/{name}/{container}")).or_default();
            log.push(format!("{now} {name} {container}: {text}"));
            let text = log.join("\n");
            drop(logs);
            played
                .server
                .set_container_log(namespace, &format!("{name}-0"), container, &text);
        }
    }

    pub(super) fn remove(&self, played: &Played, object: &Value) {
        let (namespace, name) = place(object);
        played.server.remove("Deployment.apps", &namespace, &name);
        played.server.remove("pods", &namespace, &format!("{name}-0"));
        let prefix = format!("{namespace}/{name}/");
        self.logs.lock().unwrap().retain(|key, _| !key.starts_with(&prefix));
    }
}

/// How many replicas an object says: in the values of a chart, or in a patch.
pub(super) fn replicas(object: &Value) -> u64 {
    let patches = object["spec"]["patches"].as_array().cloned().unwrap_or_default();
    let patched = patches.iter().find_map(|patch| {
        let operations: Value = serde_json::from_str(patch["patch"].as_str()?).ok()?;
        operations[0]["value"].as_u64()
    });
    let valued = object["spec"]["values"]["replicaCount"].as_u64();
    valued.or(patched).unwrap_or(1)
}
