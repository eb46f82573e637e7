//! Bare machines, and what raises alarms.

use o2_ims::model::PerceivedSeverity;

use super::*;

pub(super) fn host(name: &str, labelled: bool, change: impl FnOnce(&mut Value)) -> Arc<Host> {
    let labels = if labelled {
        json!({
            "resources.clcm.openshift.io/resourcePoolName": "edge-pool", "resources.clcm.openshift.io/siteId": "site-7",
        })
    } else {
        json!({})
    };
    let mut object = json!({
        "apiVersion": "metal3.io/v1alpha1", "kind": "BareMetalHost",
        "metadata": {"name": name, "namespace": "h", "uid": format!("uid-{name}"), "labels": labels},
        "spec": {"online": true, "bootMACAddress": "00:1b:21:0a:0b:0c", "bmc": {"address": "redfish://10.0.0.9/1"}},
        "status": {
            "provisioning": {"state": "provisioned", "ID": "x"}, "operationalStatus": "OK", "poweredOn": true,
            "errorMessage": "", "errorCount": 0,
            "hardware": {
                "systemVendor": {"manufacturer": "Dell Inc.", "productName": "PowerEdge XR8620t (SKU=0B)", "serialNumber": "ABC1234"},
                "cpu": {"arch": "x86_64", "model": "Xeon", "count": 64, "clockMegahertz": 2400.5, "flags": ["avx"]},
                "ramMebibytes": 262_144,
                "nics": [{"name": "eno1", "mac": "00:1b:21:0a:0b:0c", "speedGbps": 25}],
                "storage": [{"name": "/dev/nvme0n1", "type": "NVME", "sizeBytes": 960_197_124_096_u64}],
            },
        },
    });
    change(&mut object);
    read(object)
}

fn on_host(host: &str) -> Arc<Machine> {
    machine("m1", json!({}), |machine| {
        machine["metadata"]["annotations"]["metal3.io/BareMetalHost"] = json!(format!("h/{host}"));
    })
}

#[test]
fn hosts_are_resources_of_the_pools_that_their_labels_name() {
    let mut world = empty();
    world.hosts = vec![host("h1", true, |_| {}), host("h2", false, |_| {})];
    world.machines = vec![on_host("h1")];
    world.nodes = vec![node("n1", json!({}), Some("m1")), node("n2", json!({}), None)];
    let drawn = super::super::draw(&settings(Pools::BareMetalHosts), &world, &mut Memo::default());
    assert_eq!(
        drawn.resources.keys().collect::<Vec<_>>(),
        ["uid-h1", "uid-h2", "uid-n2"]
    );
    let resource = &drawn.resources["uid-h1"];
    assert_eq!(resource.name.as_deref(), Some("n1"), "the host is a node");
    assert_eq!(resource.resource_pool_id.as_str(), "resourcePoolName.edge-pool");
    let of = "host.Dell-Inc.PowerEdge-XR8620t-SKU-0B";
    assert_eq!(resource.resource_type_id.as_str(), of);
    assert_eq!(resource.global_asset_id.as_deref(), Some("ABC1234"));
    assert_eq!(resource.extensions["openshift.memoryMebibytes"], json!(262_144));
    assert!(
        !format!("{resource:?}").contains("redfish://"),
        "where to control it is nobody's business"
    );
    let of_host = &drawn.types[of];
    assert_eq!(
        (of_host.vendor.as_str(), of_host.resource_kind),
        ("Dell Inc.", ResourceKind::Physical)
    );
    let pool = &drawn.pools["resourcePoolName.edge-pool"];
    assert_eq!(
        (pool.name.as_str(), pool.location.as_deref()),
        ("edge-pool", Some("site-7"))
    );
    assert_eq!(drawn.resources["uid-h2"].resource_pool_id.as_str(), "hosts.unassigned");
}

#[test]
fn a_host_says_more_about_its_machine_where_machines_are_shown() {
    let by_consumer = host("h1", true, |host| {
        host["spec"]["consumerRef"] = json!({"kind": "Machine", "namespace": "openshift-machine-api", "name": "m1"});
    });
    for (machine, host) in [
        (on_host("h1"), host("h1", true, |_| {})),
        (machine("m1", json!({}), |_| {}), by_consumer),
    ] {
        let mut world = empty();
        (world.machines, world.hosts) = (vec![machine], vec![host]);
        let drawn = drawn(&world);
        assert_eq!(drawn.resources.keys().collect::<Vec<_>>(), ["uid-m1"]);
        assert_eq!(
            drawn.resources["uid-m1"].extensions["openshift.serialNumber"],
            json!("ABC1234")
        );
    }
}

#[test]
fn a_node_on_a_host_of_somebody_else_is_not_shown() {
    let mut world = empty();
    world.hosts = vec![host("h1", true, |_| {})];
    world.machines = vec![on_host("h9")];
    world.nodes = vec![node("n1", json!({}), Some("m1"))];
    for (partial, shown) in [(true, 1), (false, 2)] {
        world.partial = partial;
        let drawn = super::super::draw(&settings(Pools::BareMetalHosts), &world, &mut Memo::default());
        assert_eq!(drawn.resources.len(), shown);
    }
}

#[test]
fn a_tenant_is_named_by_the_machine_or_its_set() {
    let mut owned = set();
    owned["metadata"]["labels"]["o2ims.oran.org/tenant"] = json!("acme");
    let mut world = empty();
    world.groups.push(read(owned));
    world.machines.push(of_set("m1"));
    let tenant = drawn(&world).resources["uid-m1"].tenant_id.clone();
    assert_eq!(tenant, Some(TenantId::new("acme")));
}

/// What alarms say: object, definition, cause, severity.
fn alarms(world: &World) -> Vec<(String, String, String, PerceivedSeverity)> {
    let alarms = drawn(world).alarms;
    let told = alarms.values().map(|alarm| {
        (
            alarm.object_id.as_str().to_owned(),
            alarm.alarm_definition_id.clone(),
            alarm.probable_cause_id.clone(),
            alarm.perceived_severity,
        )
    });
    told.collect()
}

fn alarm(
    object: &str,
    definition: &str,
    cause: &str,
    severity: PerceivedSeverity,
) -> (String, String, String, PerceivedSeverity) {
    (object.to_owned(), definition.to_owned(), cause.to_owned(), severity)
}

#[test]
fn machines_and_hosts_that_fail_raise_alarms() {
    let mut world = empty();
    world.machines = vec![machine("m1", json!({}), |machine| {
        machine["status"] =
            json!({"phase": "Failed", "errorReason": "InsufficientResources", "errorMessage": "none left"});
    })];
    let expected = alarm(
        "uid-m1",
        "MACHINE_FAILED",
        "InsufficientResources",
        PerceivedSeverity::Major,
    );
    assert_eq!(alarms(&world), [expected]);
    assert_eq!(
        drawn(&world).resources["uid-m1"]
            .health
            .as_ref()
            .unwrap()
            .message
            .as_deref(),
        Some("none left")
    );
    world.machines = vec![on_host("h1")];
    world.hosts = vec![host("h1", true, |host| {
        host["status"]["operationalStatus"] = json!("error");
        host["status"]["errorType"] = json!("power management error");
    })];
    let expected = alarm(
        "uid-m1",
        "HOST_ERROR",
        "power management error",
        PerceivedSeverity::Major,
    );
    assert_eq!(alarms(&world), [expected]);
}

#[test]
fn configurations_that_degrade_raise_alarms() {
    let holds = |kind: &str, status: &str| json!({"type": kind, "status": status, "reason": "3 nodes"});
    for (conditions, expected) in [
        (json!([holds("Updated", "True"), holds("Degraded", "False")]), None),
        (json!([holds("Degraded", "True")]), Some("CONFIG_POOL_DEGRADED")),
        (
            json!([holds("Degraded", "True"), holds("NodeDegraded", "True")]),
            Some("CONFIG_POOL_NODE_DEGRADED"),
        ),
        (
            json!([holds("RenderDegraded", "True")]),
            Some("CONFIG_POOL_RENDER_DEGRADED"),
        ),
    ] {
        let mut world = empty();
        let status = json!({"machineCount": 3, "readyMachineCount": 3, "conditions": conditions});
        world.groups = vec![config_pool("worker", &json!({"matchLabels": {"a": "b"}}), &status)];
        let expected = expected.map(|definition| alarm("mcp-worker", definition, "3 nodes", PerceivedSeverity::Major));
        assert_eq!(alarms(&world), Vec::from_iter(expected), "{conditions}");
    }
}

#[test]
fn parts_of_the_cluster_that_do_not_work_raise_alarms() {
    let mut world = empty();
    for (name, kind, status) in [
        ("dns", "Available", "True"),
        ("etcd", "Degraded", "True"),
        ("ingress", "Available", "False"),
        ("network", "Progressing", "True"),
        ("storage", "Degraded", "Unknown"),
    ] {
        world.operators.push(read(json!({
            "apiVersion": "config.openshift.io/v1", "kind": "ClusterOperator", "metadata": {"name": name, "uid": name},
            "status": {"conditions": [{"type": kind, "status": status, "reason": "Broken",
                "lastTransitionTime": "2026-01-01T00:00:00Z"}]},
        })));
    }
    let expected = [
        alarm("0b1c", "OPERATOR_DEGRADED", "Broken", PerceivedSeverity::Major),
        alarm("0b1c", "OPERATOR_UNAVAILABLE", "Broken", PerceivedSeverity::Critical),
    ];
    assert_eq!(alarms(&world), expected);
}
