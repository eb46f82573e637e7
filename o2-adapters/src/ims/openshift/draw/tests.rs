//! Samples of what clusters send, and what is shown of them.

mod hosts_and_alarms;
mod pools;

use kube::api::DynamicObject;
use o2_core::TenantId;
use o2_core::plugin::HealthStatus;
use o2_ims::model::ResourceKind;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::kube::{Cached, Kind};

const SET: &str = include_str!("../samples/machineset-aws.json");
const SET_UID: &str = "2f0c9a51-6f0e-4b0c-8f59-0a3d3c1f7b11";
const SET_NAME: &str = "edge-7k2wq-worker-eu-north-1b";

fn set() -> Value {
    serde_json::from_str(SET).unwrap()
}

fn read<T: Cached>(object: Value) -> Arc<T> {
    let text = |at: &str| object[at].as_str().unwrap().to_owned();
    let (group, version) = match text("apiVersion").split_once('/') {
        Some((group, version)) => (group.to_owned(), version.to_owned()),
        None => (String::new(), text("apiVersion")),
    };
    let kind = Kind {
        group: group.into(),
        version: version.into(),
        name: text("kind").into(),
        plural: "".into(),
        namespaced: true,
    };
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    Arc::new(T::read(&kind, object).expect("a sample can be understood"))
}

fn settings(pools: Pools) -> Settings {
    let config = crate::ims::openshift::OpenshiftConfig::default();
    Settings {
        plugin: "edge".to_owned(),
        o_cloud_id: None,
        service_uri: None,
        tenant_label: config.tenant_label,
        pools,
        host_pool_labels: config.host_pool_labels,
        pool_labels: config.pool_labels,
    }
}

fn empty() -> World {
    let version = json!({"spec": {"clusterID": "0b1c"}, "status": {"desired": {"version": "4.18.3"}}});
    let infrastructure = json!({"status": {
        "infrastructureName": "edge-7k2wq", "platformStatus": {"type": "AWS"}, "apiServerURL": "https://api.edge:6443",
        "controlPlaneTopology": "HighlyAvailable", "infrastructureTopology": "SingleReplica", "cpuPartitioning": "AllNodes",
    }});
    World {
        site: Arc::new(Site::sample(version, infrastructure)),
        nodes: Vec::new(),
        machines: Vec::new(),
        groups: Vec::new(),
        hosts: Vec::new(),
        volumes: Vec::new(),
        classes: Vec::new(),
        operators: Vec::new(),
        partial: false,
    }
}

fn drawn(world: &World) -> Drawn {
    super::draw(&settings(Pools::MachineSets), world, &mut Memo::default())
}

fn node(name: &str, labels: Value, machine: Option<&str>) -> Arc<Node> {
    let annotations = machine.map_or(
        json!({}),
        |machine| json!({"machine.openshift.io/machine": format!("openshift-machine-api/{machine}")}),
    );
    read(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("uid-{name}"), "labels": labels, "annotations": annotations},
        "status": {
            "capacity": {"cpu": "4", "memory": "16Gi"}, "allocatable": {"cpu": "3500m", "memory": "15Gi"},
            "conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"architecture": "amd64"},
        },
    }))
}

fn machine(name: &str, labels: Value, change: impl FnOnce(&mut Value)) -> Arc<Machine> {
    let mut object = json!({
        "apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
        "metadata": {
            "name": name, "namespace": "openshift-machine-api", "uid": format!("uid-{name}"), "labels": labels,
            "annotations": {"machine.openshift.io/instance-state": "running"},
        },
        "spec": {"providerID": format!("aws:///eu-north-1b/{name}"), "providerSpec": {"value": {
            "kind": "AWSMachineProviderConfig", "instanceType": "m5.xlarge",
            "placement": {"availabilityZone": "eu-north-1b", "region": "eu-north-1"},
        }}},
        "status": {"phase": "Provisioned"},
    });
    change(&mut object);
    read(object)
}

fn of_set(name: &str) -> Arc<Machine> {
    machine(
        name,
        json!({"machine.openshift.io/cluster-api-machineset": SET_NAME}),
        |_| {},
    )
}

fn config_pool(name: &str, selector: &Value, status: &Value) -> Arc<Group> {
    read(json!({
        "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfigPool",
        "metadata": {"name": name, "uid": format!("mcp-{name}")},
        "spec": {"nodeSelector": selector, "paused": false, "maxUnavailable": 1}, "status": status,
    }))
}

fn of_role(name: &str) -> Arc<Group> {
    let label = format!("node-role.kubernetes.io/{name}");
    config_pool(name, &json!({"matchLabels": {label: ""}}), &json!({}))
}

#[test]
fn a_set_is_a_pool() {
    let mut world = empty();
    world.groups.push(read(set()));
    let drawn = drawn(&world);
    let pool = &drawn.pools[SET_UID];
    assert_eq!((pool.name.as_str(), pool.replicas), (SET_NAME, Some(2)));
    assert_eq!(pool.location.as_deref(), Some("eu-north-1b"));
    assert_eq!(pool.version.as_ref().unwrap().as_str(), "15437");
    assert_eq!(pool.health.as_ref().unwrap().status, HealthStatus::Healthy);
    assert!(pool.labels.is_empty(), "{:?}", pool.labels);
    for (name, value) in [
        ("instanceType", json!("m5.xlarge")),
        ("platform", json!("AWS")),
        ("region", json!("eu-north-1")),
        ("cpusPerMember", json!(4)),
        ("memoryMebibytesPerMember", json!(16384)),
        ("readyReplicas", json!(2)),
    ] {
        assert_eq!(pool.extensions[&format!("openshift.{name}")], value, "{name}");
    }
}

#[test]
fn platforms_say_in_their_own_words_what_and_where_machines_are() {
    for (value, of, zone, region) in [
        (
            json!({"kind": "AzureMachineProviderSpec", "vmSize": "Standard_D4s_v3", "zone": "2", "location": "westeurope"}),
            Some("Standard_D4s_v3"),
            Some("2"),
            Some("westeurope"),
        ),
        (
            json!({"kind": "GCPMachineProviderSpec", "machineType": "n2-standard-4", "zone": "europe-west1-b", "region": "europe-west1"}),
            Some("n2-standard-4"),
            Some("europe-west1-b"),
            Some("europe-west1"),
        ),
        (
            json!({"kind": "VSphereMachineProviderSpec", "numCPUs": 4, "memoryMiB": 16384, "workspace": {"datacenter": "dc1"}}),
            Some("4cpu-16384Mi"),
            Some("dc1"),
            None,
        ),
        (
            json!({"kind": "OpenstackProviderSpec", "flavor": "m1.large", "availabilityZone": "nova"}),
            Some("m1.large"),
            Some("nova"),
            None,
        ),
        (json!({"kind": "BareMetalMachineProviderSpec"}), None, None, None),
        (json!(null), None, None, None),
        (json!([1]), None, None, None),
    ] {
        let mut object = set();
        object["spec"]["template"]["spec"]["providerSpec"]["value"] = value.clone();
        let group: Arc<Group> = read(object);
        let provider = group.provider();
        assert_eq!(
            (provider.instance_type().as_deref(), provider.zone(), provider.region()),
            (of, zone, region),
            "{value}"
        );
    }
}

#[test]
fn a_machine_and_its_node_are_one_resource_that_keeps_its_id_and_type() {
    let mut world = empty();
    world.groups.push(read(set()));
    world.machines.push(of_set("m1"));
    let before = drawn(&world);
    let resource = &before.resources["uid-m1"];
    assert_eq!(
        (resource.resource_pool_id.as_str(), resource.resource_type_id.as_str()),
        (SET_UID, "node.m5.xlarge")
    );
    assert_eq!(resource.health.as_ref().unwrap().status, HealthStatus::Degraded);
    assert_eq!(before.types["node.m5.xlarge"].vendor, "Amazon");
    let labels = json!({"node.kubernetes.io/instance-type": "m5.xlarge", "node-role.kubernetes.io/worker": ""});
    for (claims, refers) in [(true, false), (false, true)] {
        world.machines = vec![machine(
            "m1",
            json!({"machine.openshift.io/cluster-api-machineset": SET_NAME}),
            |machine| {
                if refers {
                    machine["status"]["nodeRef"] = json!({"kind": "Node", "name": "n1"});
                }
            },
        )];
        world.nodes = vec![node("n1", labels.clone(), claims.then_some("m1"))];
        let after = drawn(&world);
        assert_eq!(after.resources.keys().collect::<Vec<_>>(), ["uid-m1"]);
        let resource = &after.resources["uid-m1"];
        assert_eq!(resource.name.as_deref(), Some("n1"));
        assert_eq!(
            (resource.resource_pool_id.as_str(), resource.resource_type_id.as_str()),
            (SET_UID, "node.m5.xlarge")
        );
        assert_eq!(resource.extensions["openshift.instanceState"], json!("running"));
        assert_eq!(after.pools.keys().collect::<Vec<_>>(), [SET_UID]);
    }
}

#[test]
fn the_cluster_is_a_deployment_manager() {
    let mut world = empty();
    world
        .nodes
        .push(node("n", json!({"topology.kubernetes.io/zone": "eu-north-1b"}), None));
    let managers = drawn(&world).managers;
    let manager = &managers["0b1c"];
    assert_eq!(
        (
            manager.service_uri.as_str(),
            manager.description.as_str(),
            manager.o_cloud_id.as_str()
        ),
        ("https://api.edge:6443", "OpenShift cluster 4.18.3", "0b1c")
    );
    assert_eq!(manager.capacity["cpuMillicores"], json!(3500));
    for (name, value) in [
        ("openshiftVersion", "4.18.3"),
        ("platform", "AWS"),
        ("kubernetesVersion", "v1.31.6"),
        ("infrastructureTopology", "SingleReplica"),
        ("cpuPartitioning", "AllNodes"),
    ] {
        assert_eq!(manager.extensions[&format!("openshift.{name}")], json!(value), "{name}");
    }
    world.site = Arc::new(Site::sample(json!({}), json!({})));
    let managers = drawn(&world).managers;
    assert_eq!(managers["kube-system-uid"].service_uri, "/o2dms/v1");
}

#[test]
fn what_belongs_to_a_set_of_somebody_else_is_not_shown() {
    let mut world = empty();
    world.machines.push(of_set("m1"));
    world.nodes = vec![node("n1", json!({}), Some("m1")), node("n2", json!({}), Some("m2"))];
    world.partial = true;
    assert!(drawn(&world).resources.is_empty());
    world.partial = false;
    assert_eq!(drawn(&world).resources.len(), 2);
}

#[test]
fn what_has_not_changed_is_the_very_same() {
    let mut world = empty();
    world.groups.push(read(set()));
    world.machines = vec![of_set("a"), of_set("b")];
    let mut memo = Memo::default();
    let settings = settings(Pools::MachineSets);
    let first = super::draw(&settings, &world, &mut memo);
    world.machines[1] = machine(
        "b",
        json!({"machine.openshift.io/cluster-api-machineset": SET_NAME}),
        |machine| {
            machine["status"]["phase"] = json!("Running");
        },
    );
    let second = super::draw(&settings, &world, &mut memo);
    assert!(Arc::ptr_eq(&first.resources["uid-a"], &second.resources["uid-a"]));
    assert_ne!(first.resources["uid-b"], second.resources["uid-b"]);
    assert!(Arc::ptr_eq(&first.pools[SET_UID], &second.pools[SET_UID]));
}

proptest! {
    /// Whatever is there, and in whatever way pools are made: everything that is referred to is there.
    #[test]
    fn references_lead_somewhere(
        nodes in prop::collection::vec((0_u8..9, prop::option::of(0_u8..6), 0_usize..4), 0..12),
        machines in prop::collection::vec((0_u8..6, 0_usize..5, prop::option::of(0_u8..4)), 0..8),
        hosts in prop::collection::vec((0_u8..4, any::<bool>()), 0..4),
        pools in prop::sample::select(vec![Pools::MachineSets, Pools::MachineConfigPools, Pools::BareMetalHosts]),
        partial in any::<bool>(),
    ) {
        let labels = [
            json!({}), json!({"node-role.kubernetes.io/worker": ""}), json!({"node-role.kubernetes.io/master": ""}),
            json!({"machine.openshift.io/cluster-api-machineset": SET_NAME}),
            json!({"machine.openshift.io/cluster-api-machineset": "gone"}),
        ];
        let mut world = empty();
        world.partial = partial;
        world.groups = vec![read(set()), of_role("worker")];
        for (number, of, with) in nodes {
            let machine = of.map(|of| format!("m{of}"));
            world.nodes.push(node(&format!("n{number}"), labels[with].clone(), machine.as_deref()));
        }
        for (number, with, host) in machines {
            world.machines.push(machine(&format!("m{number}"), labels[with].clone(), |machine| {
                if let Some(host) = host {
                    machine["metadata"]["annotations"]["metal3.io/BareMetalHost"] = json!(format!("h/h{host}"));
                }
            }));
        }
        for (number, labelled) in hosts {
            world.hosts.push(hosts_and_alarms::host(&format!("h{number}"), labelled, |_| {}));
        }
        let drawn = super::draw(&settings(pools), &world, &mut Memo::default());
        for resource in drawn.resources.values() {
            prop_assert!(drawn.pools.contains_key(resource.resource_pool_id.as_str()), "{resource:?}");
            prop_assert!(drawn.types.contains_key(resource.resource_type_id.as_str()), "{resource:?}");
        }
    }
}
