//! An API of machines, played: it makes the machines that pools want, and nodes of them.

use std::sync::Arc;

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use o2_core::Result;
use o2_core::ports::Ports;
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

/// How an API of machines words things.
pub(crate) struct Flavour {
    /// The kind of the backend.
    pub(crate) backend: &'static str,
    /// `cluster.x-k8s.io/v1beta2`.
    pub(crate) version: &'static str,
    /// The kind of groups of machines.
    pub(crate) group: &'static str,
    /// The label of machines that names their group.
    pub(crate) member: &'static str,
    /// The annotation of machines that go first.
    pub(crate) marked: &'static str,
    /// The kinds, as they are defined.
    pub(crate) kinds: fn() -> Vec<Resource>,
    /// A group with two members in a namespace, called `donor`.
    pub(crate) donor: fn(&str) -> Value,
    /// What a node says that is a machine, by namespace and name of that.
    pub(crate) annotations: fn(&str, &str) -> Value,
    /// A plugin that shows a namespace and its nodes.
    pub(crate) plugin: fn(&str, &Ports) -> Result<Arc<dyn IMSPlugin>>,
    /// A pool that can be created.
    pub(crate) new_pool: fn(&str) -> NewResourcePool,
}

pub(crate) fn api(client: &Client, version: &str, kind: &str, namespace: Option<&str>) -> Api<DynamicObject> {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}

/// A kind of which fields that it does not name are refused; a real server throws them away.
pub(crate) fn kind(api_version: &str, kind: &str, plural: &str, spec: &Value) -> Resource {
    let (group, version) = api_version.split_once('/').unwrap();
    let status = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let schema = json!({"type": "object", "properties": {"spec": spec, "status": status}});
    Resource::new(group, &[version], kind, plural).with_schema(schema)
}

/// The controllers of one namespace, whose nodes have a label of their own.
#[derive(Clone)]
pub(crate) struct Controllers {
    pub(crate) flavour: &'static Flavour,
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

impl Controllers {
    pub(crate) fn groups(&self) -> Api<DynamicObject> {
        api(
            &self.client,
            self.flavour.version,
            self.flavour.group,
            Some(&self.namespace),
        )
    }

    pub(crate) fn machines(&self) -> Api<DynamicObject> {
        api(&self.client, self.flavour.version, "Machine", Some(&self.namespace))
    }

    pub(crate) fn nodes(&self) -> Api<DynamicObject> {
        api(&self.client, "v1", "Node", None)
    }

    /// Does what there is to do.
    pub(crate) async fn reconcile(&self) {
        let groups = self.groups().list(&ListParams::default()).await.unwrap().items;
        let machines = self.machines().list(&ListParams::default()).await.unwrap().items;
        let owner = |machine: &DynamicObject| {
            let labels = machine.metadata.labels.clone().unwrap_or_default();
            labels.get(self.flavour.member).cloned().unwrap_or_default()
        };
        for machine in &machines {
            let owned = groups.iter().any(|group| group.metadata.name == Some(owner(machine)));
            if !owned {
                self.remove(machine).await;
            }
        }
        for group in &groups {
            let name = group.metadata.name.clone().unwrap();
            let own: Vec<_> = machines.iter().filter(|machine| owner(machine) == name).collect();
            self.scale(group, &own).await;
        }
    }

    async fn scale(&self, group: &DynamicObject, own: &[&DynamicObject]) {
        let spec = &group.data["spec"];
        let wanted = usize::try_from(spec["replicas"].as_u64().unwrap_or(1)).unwrap();
        let mut own = own.to_vec();
        // Those that are marked go first, then the newest.
        own.sort_by_key(|machine| {
            let marked = machine
                .metadata
                .annotations
                .as_ref()
                .is_some_and(|all| all.contains_key(self.flavour.marked));
            (marked, machine.metadata.name.clone())
        });
        for machine in own.iter().skip(wanted) {
            self.remove(machine).await;
        }
        let mut number = own.len();
        for _ in own.len()..wanted {
            self.add(group, &mut number).await;
        }
        let status = json!({"status": {
            "replicas": wanted, "readyReplicas": wanted, "availableReplicas": wanted, "upToDateReplicas": wanted,
            "phase": "Running", "observedGeneration": group.metadata.generation,
        }});
        if group.data["status"] != status["status"] {
            let name = group.metadata.name.as_ref().unwrap();
            let patched = self
                .groups()
                .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
                .await;
            patched.unwrap();
        }
    }

    async fn add(&self, group: &DynamicObject, number: &mut usize) {
        let template = &group.data["spec"]["template"];
        loop {
            let name = format!("{}-{number:02}", group.metadata.name.as_ref().unwrap());
            *number += 1;
            let machine = json!({
                "apiVersion": self.flavour.version, "kind": "Machine",
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
        self.node(&node, (self.flavour.annotations)(&self.namespace, name))
            .await;
        let status = json!({"status": {"phase": "Running", "nodeRef": {"name": node}}});
        self.machines()
            .patch_status(name, &PatchParams::default(), &Patch::Merge(status))
            .await
            .unwrap();
    }

    /// A node of this world, whether or not there is a machine.
    pub(crate) async fn node(&self, name: &str, annotations: Value) {
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
