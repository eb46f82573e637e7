//! Which pools there are, and what belongs to them.

use super::*;

#[test]
fn the_control_plane_is_a_pool_of_its_own() {
    let master = json!({"machine.openshift.io/cluster-api-machine-role": "master"});
    let mut world = empty();
    world.machines.push(machine("m0", master, |_| {}));
    world
        .nodes
        .push(node("n0", json!({"node-role.kubernetes.io/master": ""}), Some("m0")));
    assert_eq!(
        drawn(&world).resources["uid-m0"].resource_pool_id.as_str(),
        "role.control-plane"
    );
    world.groups.push(of_role("master"));
    assert_eq!(
        drawn(&world).resources["uid-m0"].resource_pool_id.as_str(),
        "mcp-master"
    );
    world.groups.push(read(json!({
        "apiVersion": "machine.openshift.io/v1", "kind": "ControlPlaneMachineSet",
        "metadata": {"name": "cluster", "namespace": "openshift-machine-api", "uid": "cpms"},
        "spec": {"replicas": 3, "state": "Active", "template": {
            "machineType": "machines_v1beta1_machine_openshift_io",
            "machines_v1beta1_machine_openshift_io": {"spec": {"providerSpec": {"value": {
                "kind": "AWSMachineProviderConfig", "instanceType": "m6i.xlarge", "placement": {"region": "eu-north-1"},
            }}}},
        }},
        "status": {"replicas": 3, "readyReplicas": 2},
    })));
    let drawn = drawn(&world);
    assert_eq!(drawn.resources["uid-m0"].resource_pool_id.as_str(), "cpms");
    let pool = &drawn.pools["cpms"];
    assert_eq!((pool.replicas, pool.location.as_deref()), (Some(3), Some("eu-north-1")));
    assert_eq!(pool.health.as_ref().unwrap().status, HealthStatus::Degraded);
    assert_eq!(pool.extensions["openshift.instanceType"], json!("m6i.xlarge"));
}

#[test]
fn nodes_without_a_set_are_in_the_pool_of_their_configuration() {
    let worker = json!({"node-role.kubernetes.io/worker": ""});
    let both = json!({"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/infra": ""});
    let all = json!({"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/master": ""});
    let own = json!({"o2ims.oran.org/pool": "gold"});
    for (labels, pool) in [
        (worker, "mcp-worker"),
        (both, "mcp-infra"),
        (all, "mcp-master"),
        (own, "pool.gold"),
        (json!({}), "pool.default"),
    ] {
        let mut world = empty();
        world.groups = vec![of_role("worker"), of_role("infra"), of_role("master")];
        world.nodes.push(node("n", labels.clone(), None));
        let mut drawn = drawn(&world);
        assert_eq!(drawn.resources["uid-n"].resource_pool_id.as_str(), pool, "{labels}");
        assert!(
            drawn.pools.contains_key("mcp-worker"),
            "where there are no sets, all are shown"
        );
        world.groups.push(read(set()));
        drawn = super::super::draw(&settings(Pools::MachineSets), &world, &mut Memo::default());
        let mut shown = vec![SET_UID, pool];
        shown.sort_unstable();
        assert_eq!(drawn.pools.keys().collect::<Vec<_>>(), shown, "{labels}");
    }
}

#[test]
fn selectors_of_configurations_are_understood() {
    let expression = |operator: &str, values: Value| json!({"matchExpressions": [{"key": "rack", "operator": operator, "values": values}]});
    for (selector, selected) in [
        (expression("In", json!(["7", "8"])), true),
        (expression("In", json!(["8"])), false),
        (expression("NotIn", json!(["7"])), false),
        (expression("NotIn", json!(["8"])), true),
        (expression("Exists", json!([])), true),
        (expression("DoesNotExist", json!([])), false),
        (expression("Near", json!(["7"])), false),
        (json!({}), false),
        (json!(null), false),
    ] {
        let pool = config_pool("custom", &selector, &json!({}));
        assert_eq!(
            pool.selects(&node("n", json!({"rack": "7"}), None)),
            selected,
            "{selector}"
        );
    }
}

#[test]
fn pools_of_configurations_can_be_the_pools_of_everything() {
    let mut world = empty();
    world.groups = vec![read(set()), of_role("worker")];
    world.machines = vec![
        of_set("m1"),
        machine(
            "m2",
            json!({"machine.openshift.io/cluster-api-machine-role": "worker"}),
            |_| {},
        ),
    ];
    world
        .nodes
        .push(node("n1", json!({"node-role.kubernetes.io/worker": ""}), Some("m1")));
    let drawn = super::super::draw(&settings(Pools::MachineConfigPools), &world, &mut Memo::default());
    assert_eq!(drawn.pools.keys().collect::<Vec<_>>(), ["mcp-worker"]);
    for id in ["uid-m1", "uid-m2"] {
        assert_eq!(drawn.resources[id].resource_pool_id.as_str(), "mcp-worker");
    }
    let pool = &drawn.pools["mcp-worker"];
    assert_eq!(
        (pool.replicas, &pool.extensions["openshift.maxUnavailable"]),
        (None, &json!(1))
    );
}
