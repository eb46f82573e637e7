//! Volumes are resources, and what ails nodes raises alarms.

use o2_ims::model::{PerceivedSeverity, ResourceClass};
use serde_json::json;

use super::{NODE, drawn, empty, read, sample};

#[test]
fn volumes_are_resources_of_the_types_that_storage_classes_are() {
    let mut world = empty();
    world.volumes.push(read(json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": "pv-1", "uid": "pv-uid", "resourceVersion": "7"},
        "spec": {
            "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
            "persistentVolumeReclaimPolicy": "Delete", "claimRef": {"namespace": "ran", "name": "data", "uid": "x"},
            "csi": {"driver": "csi.example.com", "volumeHandle": "vol-1"},
        },
        "status": {"phase": "Bound"},
    })));
    world.classes.push(read(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast", "uid": "sc"},
        "provisioner": "csi.example.com", "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer",
    })));
    let drawn = drawn(&world);
    let volume = &drawn.resources["pv-uid"];
    assert_eq!(
        (volume.resource_pool_id.as_str(), volume.resource_type_id.as_str()),
        ("storage", "storage.fast")
    );
    assert_eq!(volume.global_asset_id.as_deref(), Some("vol-1"));
    assert_eq!(volume.extensions["kubernetes.capacityBytes"], json!(10_737_418_240_u64));
    assert_eq!(
        volume.extensions["kubernetes.claim"],
        json!({"namespace": "ran", "name": "data"})
    );
    let of_volume = &drawn.types["storage.fast"];
    assert_eq!(
        (of_volume.vendor.as_str(), of_volume.resource_class),
        ("csi.example.com", ResourceClass::Storage)
    );
    assert!(drawn.pools.contains_key("storage"));
}

#[test]
fn conditions_of_nodes_raise_alarms() {
    for (condition, expected) in [
        (json!({"type": "Ready", "status": "True"}), None),
        (
            json!({"type": "Ready", "status": "False"}),
            Some(("NODE_DOWN", PerceivedSeverity::Critical)),
        ),
        (
            json!({"type": "Ready", "status": "Unknown"}),
            Some(("NODE_DOWN", PerceivedSeverity::Critical)),
        ),
        (
            json!({"type": "DiskPressure", "status": "True"}),
            Some(("NODE_DISK_PRESSURE", PerceivedSeverity::Major)),
        ),
        (json!({"type": "DiskPressure", "status": "False"}), None),
        (
            json!({"type": "KernelDeadlock", "status": "True"}),
            Some(("NODE_PROBLEM", PerceivedSeverity::Minor)),
        ),
        (json!({"type": "KernelDeadlock", "status": "Unknown"}), None),
    ] {
        let mut object = sample(NODE);
        object["status"]["conditions"] = json!([condition]);
        let mut world = empty();
        world.nodes.push(read(object));
        let drawn = drawn(&world);
        let alarms: Vec<_> = drawn.alarms.values().collect();
        let shown = alarms
            .first()
            .map(|alarm| (alarm.alarm_definition_id.as_str(), alarm.perceived_severity));
        assert_eq!(
            (shown, alarms.len()),
            (expected, usize::from(expected.is_some())),
            "{condition}"
        );
        if let Some(alarm) = alarms.first() {
            assert!(drawn.resources.contains_key(alarm.object_id.as_str()));
        }
    }
}
