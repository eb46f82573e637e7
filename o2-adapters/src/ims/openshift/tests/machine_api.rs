//! The Machine API, as far as the played controllers and the worlds of the conformance suite need it.

use std::sync::Arc;

use o2_core::ports::Ports;
use o2_core::{Category, PluginInfo, Result};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

use crate::ims::openshift::{Openshift, OpenshiftConfig};
use crate::kube::ClusterConfig;
use crate::kube::testing::{Flavour, kind};

pub(super) const VERSION: &str = "machine.openshift.io/v1beta1";
pub(super) const SET: &str = "machine.openshift.io/cluster-api-machineset";

pub(super) static MACHINE_API: Flavour = Flavour {
    backend: "openshift",
    version: VERSION,
    group: "MachineSet",
    member: SET,
    marked: "machine.openshift.io/delete-machine",
    kinds,
    donor: |namespace| set("donor", namespace),
    annotations: |namespace, machine| json!({"machine.openshift.io/machine": format!("{namespace}/{machine}")}),
    plugin,
    new_pool,
};

/// The kinds, with the fields that they have; others are refused.
pub(super) fn kinds() -> Vec<Resource> {
    let labels = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let metadata = json!({"type": "object", "properties": {"labels": labels, "annotations": labels}});
    let authority = json!({"type": "string", "enum": ["MachineAPI", "ClusterAPI"]});
    let machine = json!({"type": "object", "properties": {
        "metadata": metadata,
        "providerID": {"type": "string"},
        "taints": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        "lifecycleHooks": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "authoritativeAPI": authority,
        "providerSpec": {"type": "object", "properties": {
            "value": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }},
    }});
    let set = json!({"type": "object", "properties": {
        "replicas": {"type": "integer", "minimum": 0},
        "minReadySeconds": {"type": "integer"},
        "deletePolicy": {"type": "string", "enum": ["Random", "Newest", "Oldest"]},
        "authoritativeAPI": authority,
        "selector": {"type": "object", "properties": {"matchLabels": labels}},
        "template": {"type": "object", "properties": {"metadata": metadata, "spec": machine}},
    }});
    [("MachineSet", "machinesets", &set), ("Machine", "machines", &machine)]
        .into_iter()
        .map(|(name, plural, spec)| kind(VERSION, name, plural, spec))
        .collect()
}

/// A set of two machines.
pub(super) fn set(name: &str, namespace: &str) -> Value {
    let cluster = "machine.openshift.io/cluster-api-cluster";
    json!({
        "apiVersion": VERSION, "kind": "MachineSet",
        "metadata": {"name": name, "namespace": namespace, "labels": {cluster: "edge"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {cluster: "edge", SET: name}},
            "template": {
                "metadata": {"labels": {
                    cluster: "edge", SET: name,
                    "machine.openshift.io/cluster-api-machine-role": "worker",
                    "machine.openshift.io/cluster-api-machine-type": "worker",
                }},
                "spec": {"providerSpec": {"value": {
                    "apiVersion": "machine.openshift.io/v1beta1", "kind": "AWSMachineProviderConfig",
                    "instanceType": "m5.xlarge",
                    "placement": {"availabilityZone": "eu-north-1a", "region": "eu-north-1"},
                }}},
            },
        },
    })
}

fn plugin(namespace: &str, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let mut config = OpenshiftConfig::of(ClusterConfig::of_client("test"));
    config.node_selector = format!("o2-test/run={namespace}");
    namespace.clone_into(&mut config.namespace);
    config.volumes = false;
    let info = PluginInfo::new(Category::Ims, "openshift", "test", "1")?;
    Ok(Arc::new(Openshift::new(info, config, ports)?))
}

fn new_pool(name: &str) -> NewResourcePool {
    let mut new = NewResourcePool::new(name);
    let machine = json!({
        "apiVersion": "machine.openshift.io/v1beta1", "kind": "AWSMachineProviderConfig", "instanceType": "m5.large",
    });
    new.extensions.insert("openshift.providerSpec".to_owned(), machine);
    new.extensions
        .insert("openshift.infrastructureName".to_owned(), json!("edge"));
    new
}
