//! Samples of the services, and what O2 shows of them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ims::openstack::capacity::{Amount, sum};
use crate::ims::openstack::draw::{Settings, draw, state_of};
use crate::ims::openstack::read::World;
use crate::ims::openstack::wire::{Aggregate, Hypervisor};

/// As Nova 2.87 sends them; one is of Ironic and says little.
fn hypervisors() -> Vec<Hypervisor> {
    let full = json!({
        "id": "0ed09b23-92cb-42d8-830d-c41f6fdc57ac", "hypervisor_hostname": "host-a.lab", "state": "down",
        "status": "enabled", "hypervisor_type": "QEMU", "hypervisor_version": 8_000_000, "host_ip": "127.0.0.1",
        "service": {"id": "452ca272-3842-4d9f-9241-192b1fe001fe", "host": "host-a", "disabled_reason": null},
        "vcpus": 64, "memory_mb": 262_144, "local_gb": 1000, "free_ram_mb": null, "cpu_info": {},
    });
    let bare = json!({
        "id": "1", "hypervisor_hostname": "node", "state": "levitating", "status": "enabled",
        "hypervisor_type": "ironic", "service": {"host": "host-b"}, "vcpus": null, "memory_mb": null, "cpu_info": "",
    });
    [full, bare].map(|host| serde_json::from_value(host).unwrap()).into()
}

fn aggregate(id: u64, zone: Option<&str>, hosts: &[&str]) -> Aggregate {
    serde_json::from_value(json!({
        "id": id, "uuid": format!("u-{id}"), "name": format!("n-{id}"), "availability_zone": zone, "hosts": hosts,
        "metadata": {"o2ims:description": "the edge", "o2ims:tags": "[\"5g\"]", "rack": "r1"},
        "created_at": "2016-12-27T23:47:32.911515", "updated_at": null,
    }))
    .unwrap()
}

#[test]
fn hosts_are_in_the_aggregate_with_the_zone_and_then_in_the_oldest() {
    for (aggregates, pools) in [
        (vec![], ["unassigned", "unassigned"]),
        (
            vec![aggregate(1, None, &["host-a"]), aggregate(2, Some("z"), &["host-a"])],
            ["u-2", "unassigned"],
        ),
        (
            vec![aggregate(3, None, &["host-b"]), aggregate(2, None, &["host-b"])],
            ["unassigned", "u-2"],
        ),
    ] {
        let world = World {
            aggregates: Arc::new(aggregates),
            hypervisors: Arc::new(hypervisors()),
            ..World::default()
        };
        let drawn = draw(&Settings::default(), &world);
        let pool = |id: &str| drawn.resources[id].resource_pool_id.as_str().to_owned();
        assert_eq!([pool("0ed09b23-92cb-42d8-830d-c41f6fdc57ac"), pool("1")], pools);
    }
}

#[test]
fn hosts_and_aggregates_are_shown() {
    let world = World {
        region: "RegionOne".to_owned(),
        aggregates: Arc::new(vec![aggregate(1, Some("dallas"), &["host-a"])]),
        hypervisors: Arc::new(hypervisors()),
        ..World::default()
    };
    let drawn = draw(&Settings::default(), &world);
    let pool = json!(drawn.pools["u-1"]);
    assert_eq!(
        pool,
        json!({
            "resourcePoolId": "u-1", "name": "n-1", "description": "the edge", "oCloudId": "RegionOne",
            "location": "dallas", "labels": {"rack": "r1"}, "tags": ["5g"], "createdAt": pool["createdAt"],
            "health": {"status": "unhealthy", "message": "down: host-a.lab"},
            "extensions": {"openstack.aggregateId": 1, "openstack.hosts": ["host-a"]},
        })
    );
    assert!(
        pool["createdAt"]
            .as_str()
            .unwrap()
            .starts_with("2016-12-27T23:47:32.911515")
    );
    let full = &drawn.resources["0ed09b23-92cb-42d8-830d-c41f6fdc57ac"];
    assert_eq!(full.resource_type_id.as_str(), "hypervisor-qemu-64-262144");
    assert_eq!(json!(full.health)["status"], "unhealthy");
    let bare = &drawn.resources["1"];
    assert_eq!(bare.resource_type_id.as_str(), "hypervisor-ironic-unknown-unknown");
    assert_eq!(json!(bare.health), Value::Null);
    assert_eq!(drawn.managers["RegionOne"].supported_locations, ["dallas"]);
}

#[test]
fn the_state_of_an_aggregate_changes_with_what_it_has() {
    let one = aggregate(1, Some("z"), &["a", "b"]);
    assert_eq!(state_of(&one), state_of(&aggregate(1, Some("z"), &["b", "a"])));
    for other in [
        aggregate(2, Some("z"), &["a", "b"]),
        aggregate(1, None, &["a", "b"]),
        aggregate(1, Some("z"), &["a"]),
    ] {
        assert_ne!(state_of(&one), state_of(&other));
    }
}

#[test]
fn capacities_add_up() {
    let amount = |capacity| Amount {
        total: 1,
        reserved: 0,
        allocation_ratio: 1.0,
        capacity,
        used: 0,
    };
    let one = Arc::new([("VCPU".to_owned(), amount(64))].into());
    let two = Arc::new([("VCPU".to_owned(), amount(2)), ("DISK_GB".to_owned(), amount(u64::MAX))].into());
    let both = sum([&one, &two, &two]);
    assert_eq!(json!(both), json!({"VCPU": 68, "DISK_GB": u64::MAX}));
}
