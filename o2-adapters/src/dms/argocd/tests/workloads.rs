//! What a chart brings into the cluster: a Deployment, and a pod that says something.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::controller::NAMESPACE;
use crate::kube::testing::Played;

/// What was brought, and what it has logged.
#[derive(Clone, Default)]
pub(super) struct Workloads {
    logs: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

/// Namespace and name of what an Application deploys.
fn place(object: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let release = text(&object["spec"]["source"]["helm"]["releaseName"]);
    let name = Some(release).filter(|release| !release.is_empty());
    (
        text(&object["spec"]["destination"]["namespace"]),
        name.unwrap_or_else(|| text(&object["metadata"]["name"])),
    )
}

impl Workloads {
    /// Brings in what an Application says.
    pub(super) fn apply(&self, played: &Played, application: &str) {
        let Some(object) = played.server.get("Application", NAMESPACE, application) else {
            return;
        };
        let (namespace, name) = place(&object);
        let labels = json!({"app": name});
        played.server.put(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app"}]}},
            },
        }));
        if played.server.is_real() {
            return;
        }
        let running = |container: &str| json!({"name": container, "restartCount": 0, "state": {"running": {}}});
        played.server.put(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("{name}-0"), "namespace": namespace, "labels": labels},
            "spec": {"containers": [{"name": "app", "image": "app"}, {"name": "proxy", "image": "proxy"}]},
            "status": {"containerStatuses": [running("app"), running("proxy")]},
        }));
        self.say(played, application, "synchronised");
    }

    /// Every container logs a line.
    pub(super) fn say(&self, played: &Played, application: &str, text: &str) {
        if played.server.is_real() {
            return;
        }
        let Some(object) = played.server.get("Application", NAMESPACE, application) else {
            return;
        };
        let (namespace, name) = place(&object);
        let now = played.clock.now();
        for container in ["app", "proxy"] {
            let mut logs = self.logs.lock().unwrap();
            let log = logs.entry(format!("{application}/{container}")).or_default();
            log.push(format!("{now} {name} {container}: {text}"));
            let text = log.join("\n");
            drop(logs);
            let pod = format!("{name}-0");
            played.server.set_container_log(&namespace, &pod, container, &text);
        }
    }

    /// What Argo CD says about it.
    pub(super) fn resource(&self, object: &Value, health: &str) -> Value {
        let (namespace, name) = place(object);
        json!({
            "group": "apps", "version": "v1", "kind": "Deployment", "namespace": namespace, "name": name,
            "status": "Synced", "health": {"status": health},
        })
    }

    pub(super) fn remove(&self, played: &Played, object: &Value) {
        let (namespace, name) = place(object);
        played.server.remove("Deployment.apps", &namespace, &name);
        played.server.remove("pods", &namespace, &format!("{name}-0"));
        let application = object["metadata"]["name"].as_str().unwrap_or_default();
        self.logs
            .lock()
            .unwrap()
            .retain(|key, _| key.split('/').next() != Some(application));
    }
}
