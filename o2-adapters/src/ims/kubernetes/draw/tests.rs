//! Samples of what servers send, and what is shown of them.

mod volumes_and_alarms;

use kube::api::DynamicObject;
use o2_core::plugin::HealthStatus;
use o2_ims::model::{ResourceClass, ResourceKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::kube::{Cached, Kind};
use o2_core::TenantId;

const NODE: &str = include_str!("../samples/node.json");
const MACHINE: &str = include_str!("../samples/machine-v1beta2.json");
const OLD_DEPLOYMENT: &str = include_str!("../samples/machinedeployment-v1beta1.json");
const NEW_DEPLOYMENT: &str = include_str!("../samples/machinedeployment-v1beta2.json");

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
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

fn settings() -> Settings {
    Settings {
        plugin: "edge".to_owned(),
        o_cloud_id: None,
        service_uri: "https://10.0.0.1:6443".to_owned(),
        tenant_label: "o2ims.oran.org/tenant".to_owned(),
        pool_labels: super::super::KubernetesConfig::default().pool_labels,
    }
}

fn empty() -> World {
    World {
        about: Arc::new(About {
            id: "cluster-1".to_owned(),
            version: "v1.34.1".to_owned(),
            platform: "linux/amd64".to_owned(),
        }),
        nodes: Vec::new(),
        machines: Vec::new(),
        groups: Vec::new(),
        volumes: Vec::new(),
        classes: Vec::new(),
        partial: false,
    }
}

fn drawn(world: &World) -> Drawn {
    super::draw(&settings(), world, &mut Memo::default())
}

fn node(name: &str, labels: Value) -> Arc<Node> {
    read(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "uid": format!("uid-{name}"), "labels": labels},
        "status": {
            "capacity": {"cpu": "8", "memory": "32Gi"}, "allocatable": {"cpu": "7800m", "memory": "30Gi"},
            "conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"architecture": "amd64"},
        },
    }))
}

#[test]
fn a_node_is_a_resource_of_the_pool_that_its_labels_name() {
    let mut world = empty();
    world.nodes.push(read(sample(NODE)));
    let drawn = drawn(&world);
    let resource = &drawn.resources["8d1d3c9e-62f1-4f5b-93d0-5f0e5b8f2a41"];
    assert_eq!(resource.name.as_deref(), Some("du-host-7"));
    assert_eq!(resource.resource_pool_id.as_str(), "nodegroup.du-hosts");
    assert_eq!(resource.resource_type_id.as_str(), "node.c7g.4xlarge");
    assert_eq!(
        resource.global_asset_id.as_deref(),
        Some("aws:///eu-north-1c/i-0aa11bb22cc33dd44")
    );
    assert_eq!(
        resource.health.as_ref().unwrap().status,
        HealthStatus::Healthy,
        "a cordoned node is well"
    );
    let extensions = &resource.extensions;
    assert_eq!(extensions["kubernetes.unschedulable"], json!(true));
    assert_eq!(
        extensions["kubernetes.allocatable"]["cpu"],
        json!({"quantity": "15890m", "millicores": 15890})
    );
    assert_eq!(
        extensions["kubernetes.capacity"]["memory"]["value"],
        json!(33_238_286_336_u64)
    );
    assert_eq!(
        extensions["kubernetes.conditions"],
        json!({"DiskPressure": "False", "Ready": "True"})
    );

    let pool = &drawn.pools["nodegroup.du-hosts"];
    assert_eq!(
        (pool.name.as_str(), pool.location.as_deref()),
        ("du-hosts", Some("eu-north-1c"))
    );
    assert_eq!((pool.o_cloud_id.as_str(), pool.replicas), ("cluster-1", None));
    let of_node = &drawn.types["node.c7g.4xlarge"];
    assert_eq!(
        (of_node.vendor.as_str(), of_node.model.as_str()),
        ("Amazon", "c7g.4xlarge")
    );
    assert_eq!(
        (of_node.resource_kind, of_node.resource_class),
        (ResourceKind::Logical, ResourceClass::Compute)
    );
    let manager = &drawn.managers["cluster-1"];
    assert_eq!(
        (manager.name.as_str(), manager.service_uri.as_str()),
        ("edge", "https://10.0.0.1:6443")
    );
    assert_eq!(
        (&manager.capacity["cpuMillicores"], &manager.capacity["nodes"]),
        (&json!(15890), &json!(1))
    );
    assert_eq!(manager.supported_locations, ["eu-north-1c"]);
}

#[test]
fn both_versions_of_cluster_api_are_the_same_pool() {
    for (text, version) in [(OLD_DEPLOYMENT, "v1beta1"), (NEW_DEPLOYMENT, "v1beta2")] {
        let mut world = empty();
        world.groups.push(read(sample(text)));
        let drawn = drawn(&world);
        let pool = &drawn.pools["c0f5c7de-79c0-4a55-bb18-0f0d7fb6a7b1"];
        assert_eq!((pool.name.as_str(), pool.replicas), ("ran-du", Some(4)), "{version}");
        assert_eq!(pool.location.as_deref(), Some("rack-2"));
        assert_eq!(pool.version.as_ref().unwrap().as_str(), "88431");
        let health = pool.health.as_ref().unwrap();
        assert_eq!(health.status, HealthStatus::Degraded);
        assert!(health.message.as_ref().unwrap().contains('4'), "{health:?}");
        let shown = |name: &str| pool.extensions[&format!("kubernetes.{name}")].clone();
        assert_eq!(shown("apiVersion"), json!(format!("cluster.x-k8s.io/{version}")));
        assert_eq!(
            (shown("upToDateReplicas"), shown("readyReplicas")),
            (json!(4), json!(3))
        );
        assert_eq!(shown("infrastructureRef")["kind"], json!("Metal3MachineTemplate"));
        assert!(
            pool.labels.is_empty(),
            "labels of the system are not the user's: {:?}",
            pool.labels
        );
    }
}

#[test]
fn a_machine_and_its_node_are_one_resource_that_keeps_its_id() {
    let mut world = empty();
    world.groups.push(read(sample(NEW_DEPLOYMENT)));
    world.machines.push(read(sample(MACHINE)));
    let machine = "51b5f9aa-3a3f-4c3c-a3ce-2a4a1c1f9be2";
    let pool = "c0f5c7de-79c0-4a55-bb18-0f0d7fb6a7b1";
    let before = drawn(&world);
    assert_eq!(before.resources.len(), 1);
    assert_eq!(before.resources[machine].resource_pool_id.as_str(), pool);
    assert_eq!(
        before.resources[machine].resource_type_id.as_str(),
        "machine.Metal3Machine"
    );
    assert_eq!(
        before.types["machine.Metal3Machine"].resource_kind,
        ResourceKind::Physical
    );

    world.nodes.push(read(sample(NODE)));
    let after = drawn(&world);
    assert_eq!(after.resources.keys().collect::<Vec<_>>(), [machine]);
    let resource = &after.resources[machine];
    assert_eq!(
        (resource.name.as_deref(), resource.resource_pool_id.as_str()),
        (Some("du-host-7"), pool)
    );
    assert_eq!(
        resource.extensions["kubernetes.machine"],
        json!("clusters/ran-du-9kx2f-q8zt5")
    );
    assert!(
        !after.pools.contains_key("nodegroup.du-hosts"),
        "its labels name no pool any more"
    );
}

#[test]
fn nodes_without_a_pool_of_their_own_share_one() {
    for (labels, pool) in [
        (json!({}), "pool.default"),
        (
            json!({"node-role.kubernetes.io/control-plane": ""}),
            "role.control-plane",
        ),
        (
            json!({"node-role.kubernetes.io/master": "", "node-role.kubernetes.io/worker": ""}),
            "role.control-plane",
        ),
        (
            json!({"cloud.google.com/gke-nodepool": "np", "agentpool": "ap"}),
            "gke-nodepool.np",
        ),
        (
            json!({"o2ims.oran.org/pool": "own", "cloud.google.com/gke-nodepool": "np"}),
            "pool.own",
        ),
        (json!({"agentpool": ""}), "pool.default"),
    ] {
        let mut world = empty();
        world.nodes.push(node("n", labels.clone()));
        let drawn = drawn(&world);
        assert_eq!(drawn.resources["uid-n"].resource_pool_id.as_str(), pool, "{labels}");
        assert_eq!(drawn.pools.keys().collect::<Vec<_>>(), [pool], "{labels}");
        assert_eq!(
            drawn.resources["uid-n"].resource_type_id.as_str(),
            "node.8cpu-32Gi-amd64"
        );
    }
}

#[test]
fn a_set_that_a_deployment_manages_is_no_pool() {
    let set = |owners: Value| {
        read::<Group>(json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet",
            "metadata": {"name": "s", "namespace": "d", "uid": "u", "ownerReferences": owners}, "spec": {"replicas": 1},
        }))
    };
    let owner = json!({"kind": "MachineDeployment", "name": "d", "uid": "x", "controller": true, "apiVersion": "v1"});
    for (owners, pools) in [(json!([]), 1), (json!([owner]), 0)] {
        let mut world = empty();
        world.groups.push(set(owners.clone()));
        assert_eq!(drawn(&world).pools.len(), pools, "{owners}");
    }
}

#[test]
fn what_belongs_to_a_group_of_somebody_else_is_not_shown() {
    let mut world = empty();
    world.machines.push(read(sample(MACHINE)));
    world.nodes.push(read(sample(NODE)));
    world.partial = true;
    let drawn = drawn(&world);
    assert!(drawn.resources.is_empty(), "{:?}", drawn.resources.keys());
}

#[test]
fn a_tenant_is_named_by_the_node_its_machine_or_its_group() {
    let labelled = |text: &str| {
        let mut object = sample(text);
        object["metadata"]["labels"]["o2ims.oran.org/tenant"] = json!("acme");
        object
    };
    let plain = |text: &str| sample(text);
    for (node, machine, group) in [
        (labelled(NODE), plain(MACHINE), plain(NEW_DEPLOYMENT)),
        (plain(NODE), labelled(MACHINE), plain(NEW_DEPLOYMENT)),
        (plain(NODE), plain(MACHINE), labelled(NEW_DEPLOYMENT)),
    ] {
        let mut world = empty();
        world.nodes.push(read(node));
        world.machines.push(read(machine));
        world.groups.push(read(group));
        let drawn = drawn(&world);
        let tenants: Vec<_> = drawn
            .resources
            .values()
            .map(|resource| resource.tenant_id.clone())
            .collect();
        assert_eq!(tenants, [Some(TenantId::new("acme"))]);
    }
}

#[test]
fn what_has_not_changed_is_the_very_same() {
    let mut world = empty();
    world.nodes = vec![node("a", json!({})), node("b", json!({}))];
    world.groups.push(read(sample(NEW_DEPLOYMENT)));
    let mut memo = Memo::default();
    let first = super::draw(&settings(), &world, &mut memo);
    world.nodes[1] = node("b", json!({"agentpool": "other"}));
    let second = super::draw(&settings(), &world, &mut memo);
    assert!(Arc::ptr_eq(&first.resources["uid-a"], &second.resources["uid-a"]));
    assert_ne!(first.resources["uid-b"], second.resources["uid-b"]);
    let pool = "c0f5c7de-79c0-4a55-bb18-0f0d7fb6a7b1";
    assert!(Arc::ptr_eq(&first.pools[pool], &second.pools[pool]));
}

proptest! {
    /// Whatever nodes say: everything that is referred to is there.
    #[test]
    fn references_lead_somewhere(
        nodes in prop::collection::vec((0_u8..30, prop::option::of(0_u8..3), prop::option::of("[a-z]{1,3}")), 0..20),
        machines in prop::collection::vec((0_u8..6, 0_u8..3), 0..8),
        partial in any::<bool>(),
    ) {
        let mut world = empty();
        world.partial = partial;
        for (number, machine, pool) in nodes {
            let mut object = sample(NODE);
            object["metadata"]["name"] = json!(format!("n{number}"));
            object["metadata"]["uid"] = json!(format!("n{number}"));
            object["metadata"]["labels"] = pool.map_or(json!({}), |pool| json!({"agentpool": pool}));
            let annotations = object["metadata"]["annotations"].as_object_mut().unwrap();
            annotations.remove("cluster.x-k8s.io/machine");
            annotations.extend(machine.map(|machine| ("cluster.x-k8s.io/machine".to_owned(), json!(format!("m{machine}")))));
            world.nodes.push(read(object));
        }
        for (number, group) in machines {
            let mut object = sample(MACHINE);
            object["metadata"]["name"] = json!(format!("m{number}"));
            object["metadata"]["uid"] = json!(format!("m{number}"));
            object["metadata"]["labels"] = json!({"cluster.x-k8s.io/deployment-name": format!("g{group}")});
            world.machines.push(read(object));
        }
        let mut group = sample(NEW_DEPLOYMENT);
        group["metadata"]["name"] = json!("g1");
        world.groups.push(read(group));
        let drawn = drawn(&world);
        for resource in drawn.resources.values() {
            prop_assert!(drawn.pools.contains_key(resource.resource_pool_id.as_str()), "{resource:?}");
            prop_assert!(drawn.types.contains_key(resource.resource_type_id.as_str()), "{resource:?}");
        }
    }
}
