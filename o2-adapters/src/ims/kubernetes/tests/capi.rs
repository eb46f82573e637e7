//! Cluster API, played: it makes the machines that pools want, and nodes of them.

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};

pub(super) const VERSION: &str = "cluster.x-k8s.io/v1beta2";

pub(super) fn api(client: &Client, version: &str, kind: &str, namespace: Option<&str>) -> Api<DynamicObject> {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}

/// The definitions of the kinds, with the fields that are used, and of which others are thrown away.
pub(super) fn definitions() -> Vec<Value> {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let reference = json!({"type": "object", "properties": {
        "apiGroup": {"type": "string"}, "kind": {"type": "string"}, "name": {"type": "string"},
    }});
    let labels = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let machine = json!({"type": "object", "required": ["clusterName"], "properties": {
        "clusterName": {"type": "string"}, "version": {"type": "string"}, "failureDomain": {"type": "string"},
        "providerID": {"type": "string"}, "infrastructureRef": reference,
        "bootstrap": {"type": "object", "properties": {"configRef": reference, "dataSecretName": {"type": "string"}}},
    }});
    let group = json!({"type": "object", "required": ["clusterName", "selector"], "properties": {
        "clusterName": {"type": "string"}, "replicas": {"type": "integer"}, "paused": {"type": "boolean"},
        "selector": {"type": "object", "properties": {"matchLabels": labels}},
        "template": {"type": "object", "properties": {
            "metadata": {"type": "object", "properties": {"labels": labels, "annotations": labels}}, "spec": machine,
        }},
    }});
    [
        ("MachineDeployment", "machinedeployments", &group),
        ("Machine", "machines", &machine),
    ]
    .into_iter()
    .map(|(kind, plural, spec)| definition(kind, plural, spec, &open))
    .collect()
}

fn definition(kind: &str, plural: &str, spec: &Value, status: &Value) -> Value {
    let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.cluster.x-k8s.io"), "annotations": {
            "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/cluster-api",
        }},
        "spec": {
            "group": "cluster.x-k8s.io", "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase(), "listKind": format!("{kind}List")},
            "versions": [{"name": "v1beta2", "served": true, "storage": true, "schema": schema, "subresources": {"status": {}}}],
        },
    })
}

/// The controllers of one namespace, whose nodes have a label of their own.
#[derive(Clone)]
pub(super) struct Controllers {
    pub(super) client: Client,
    pub(super) namespace: String,
}

impl Controllers {
    pub(super) fn deployments(&self) -> Api<DynamicObject> {
        api(&self.client, VERSION, "MachineDeployment", Some(&self.namespace))
    }

    pub(super) fn machines(&self) -> Api<DynamicObject> {
        api(&self.client, VERSION, "Machine", Some(&self.namespace))
    }

    pub(super) fn nodes(&self) -> Api<DynamicObject> {
        api(&self.client, "v1", "Node", None)
    }

    /// Does what there is to do.
    pub(super) async fn reconcile(&self) {
        let deployments = self.deployments().list(&ListParams::default()).await.unwrap().items;
        let machines = self.machines().list(&ListParams::default()).await.unwrap().items;
        let owner = |machine: &DynamicObject| {
            let labels = machine.metadata.labels.clone().unwrap_or_default();
            labels
                .get("cluster.x-k8s.io/deployment-name")
                .cloned()
                .unwrap_or_default()
        };
        for machine in &machines {
            let owned = deployments
                .iter()
                .any(|deployment| deployment.metadata.name == Some(owner(machine)));
            if !owned {
                self.remove(machine).await;
            }
        }
        for deployment in &deployments {
            let name = deployment.metadata.name.clone().unwrap();
            let own: Vec<_> = machines.iter().filter(|machine| owner(machine) == name).collect();
            self.scale(deployment, &own).await;
        }
    }

    async fn scale(&self, deployment: &DynamicObject, own: &[&DynamicObject]) {
        let spec = &deployment.data["spec"];
        let wanted = usize::try_from(spec["replicas"].as_u64().unwrap_or(1)).unwrap();
        let mut own = own.to_vec();
        // Those that are marked go first, then the newest.
        own.sort_by_key(|machine| {
            let marked = machine
                .metadata
                .annotations
                .as_ref()
                .is_some_and(|all| all.contains_key("cluster.x-k8s.io/delete-machine"));
            (marked, machine.metadata.name.clone())
        });
        for machine in own.iter().skip(wanted) {
            self.remove(machine).await;
        }
        let mut number = own.len();
        for _ in own.len()..wanted {
            self.add(deployment, &mut number).await;
        }
        let status = json!({"status": {
            "replicas": wanted, "readyReplicas": wanted, "availableReplicas": wanted, "upToDateReplicas": wanted,
            "phase": "Running", "observedGeneration": deployment.metadata.generation,
        }});
        if deployment.data["status"] != status["status"] {
            let name = deployment.metadata.name.as_ref().unwrap();
            let patched = self
                .deployments()
                .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
                .await;
            patched.unwrap();
        }
    }

    async fn add(&self, deployment: &DynamicObject, number: &mut usize) {
        let template = &deployment.data["spec"]["template"];
        loop {
            let name = format!("{}-{number:02}", deployment.metadata.name.as_ref().unwrap());
            *number += 1;
            let machine = json!({
                "apiVersion": VERSION, "kind": "Machine",
                "metadata": {"name": name, "namespace": self.namespace, "labels": template["metadata"]["labels"]},
                "spec": template["spec"],
            });
            let machine: DynamicObject = serde_json::from_value(machine).unwrap();
            match self.machines().create(&PostParams::default(), &machine).await {
                Ok(_) => return self.boot(&name).await,
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The machine becomes a node.
    async fn boot(&self, name: &str) {
        let node = format!("{}-{name}", self.namespace);
        self.node(
            &node,
            json!({
                "cluster.x-k8s.io/machine": name, "cluster.x-k8s.io/cluster-namespace": self.namespace,
            }),
        )
        .await;
        let status = json!({"status": {"phase": "Running", "nodeRef": {"name": node}}});
        self.machines()
            .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await
            .unwrap();
    }

    /// A node of this world, whether or not there is a machine.
    pub(super) async fn node(&self, name: &str, annotations: Value) {
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"o2-test/run": self.namespace}, "annotations": annotations},
        });
        let node: DynamicObject = serde_json::from_value(node).unwrap();
        self.nodes().create(&PostParams::default(), &node).await.unwrap();
        let status = json!({"status": {
            "capacity": {"cpu": "8", "memory": "32Gi"}, "allocatable": {"cpu": "7800m", "memory": "30Gi"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "",
                "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        }});
        self.nodes()
            .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await
            .unwrap();
    }

    async fn remove(&self, machine: &DynamicObject) {
        let name = machine.metadata.name.as_ref().unwrap();
        if let Some(node) = machine.data["status"]["nodeRef"]["name"].as_str() {
            let gone = self.nodes().delete(node, &DeleteParams::default()).await;
            assert!(gone.is_ok() || missing(gone.as_ref().err()), "{gone:?}");
        }
        let gone = self.machines().delete(name, &DeleteParams::default()).await;
        assert!(gone.is_ok() || missing(gone.as_ref().err()), "{gone:?}");
    }
}

fn missing(error: Option<&kube::Error>) -> bool {
    matches!(error, Some(kube::Error::Api(status)) if status.code == 404)
}
