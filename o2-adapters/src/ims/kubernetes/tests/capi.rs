//! Cluster API, as far as the played controllers and the worlds of the conformance suite need it.

use std::sync::Arc;

use o2_core::ports::Ports;
use o2_core::{Category, PluginInfo, Result};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

use crate::ims::kubernetes::{Kubernetes, KubernetesConfig};
use crate::kube::ClusterConfig;
use crate::kube::testing::{Flavour, kind};

pub(super) const VERSION: &str = "cluster.x-k8s.io/v1beta2";

pub(super) static CAPI: Flavour = Flavour {
    backend: "kubernetes",
    version: VERSION,
    group: "MachineDeployment",
    member: "cluster.x-k8s.io/deployment-name",
    marked: "cluster.x-k8s.io/delete-machine",
    kinds,
    donor,
    annotations: |namespace, machine| json!({"cluster.x-k8s.io/machine": machine, "cluster.x-k8s.io/cluster-namespace": namespace}),
    plugin,
    new_pool,
};

/// The kinds, with the fields that are used, and of which others are thrown away.
pub(super) fn kinds() -> Vec<Resource> {
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
    .map(|(name, plural, spec)| kind(VERSION, name, plural, spec))
    .collect()
}

fn donor(namespace: &str) -> Value {
    json!({
        "apiVersion": VERSION, "kind": "MachineDeployment",
        "metadata": {"name": "donor", "namespace": namespace},
        "spec": {
            "clusterName": "edge", "replicas": 2,
            "selector": {"matchLabels": {"cluster.x-k8s.io/deployment-name": "donor"}},
            "template": {
                "metadata": {"labels": {"cluster.x-k8s.io/deployment-name": "donor"}},
                "spec": {"clusterName": "edge", "version": "v1.34.1", "failureDomain": "rack-1"},
            },
        },
    })
}

fn plugin(namespace: &str, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let mut config = KubernetesConfig::of(ClusterConfig::of_client("test"));
    config.node_selector = format!("o2-test/run={namespace}");
    config.namespace = Some(namespace.to_owned());
    config.volumes = false;
    let info = PluginInfo::new(Category::Ims, "kubernetes", "test", "1")?;
    Ok(Arc::new(Kubernetes::new(info, config, ports)?))
}

fn new_pool(name: &str) -> NewResourcePool {
    let mut new = NewResourcePool::new(name);
    let reference = |kind: &str| json!({"apiGroup": "test.cluster.x-k8s.io", "kind": kind, "name": "edge"});
    new.extensions
        .insert("kubernetes.clusterName".to_owned(), json!("edge"));
    new.extensions.insert(
        "kubernetes.infrastructureRef".to_owned(),
        reference("TestMachineTemplate"),
    );
    new.extensions.insert(
        "kubernetes.bootstrapConfigRef".to_owned(),
        reference("TestConfigTemplate"),
    );
    new
}
