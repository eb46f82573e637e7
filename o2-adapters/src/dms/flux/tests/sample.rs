//! Objects as Flux leaves them behind, and what is shown of them.

use kube::api::DynamicObject;
use o2_core::Timestamp;
use serde_json::{Value, json};

use crate::dms::flux::FluxConfig;
use crate::dms::flux::draw::{Drawn, draw};
use crate::dms::flux::objects::{Engine, Object};
use crate::dms::flux::sources::{Places, Source, SourceKind};
use crate::kube::{Cached, ClusterConfig, Kind, objects};

fn read<T>(kind: &Kind, object: &Value, read: fn(&Kind, DynamicObject) -> Option<T>) -> T {
    let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
    read(kind, object).unwrap()
}

fn drawn(manifest: &str, engine: Engine, source: SourceKind) -> Drawn {
    let all = objects(manifest, |_| true);
    let object = read(engine.kind(), &all[0], Object::read);
    let source = read(source.kind(), &all[1], <Source as Cached>::read);
    let config = FluxConfig::of(ClusterConfig::default()).with_replicas_path("replicaCount");
    let now = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
    draw(&config, object, &Places::of(&[source]), now)
}

#[test]
fn a_release_is_a_deployment() {
    let manifest = include_str!("helmrelease.yaml");
    let drawn = drawn(manifest, Engine::Helm, SourceKind::OciRepository);
    assert_eq!(
        json!(*drawn.deployment),
        json!({
            "deploymentId": "6f1c2d8e-0000-4000-8000-000000000001",
            "name": "demo-1",
            "description": "",
            "namespace": "edge-a",
            "packageId": "6f1c2d8e-0000-4000-8000-00000000000a",
            "packageVersion": "0.2.0",
            "status": "deployed",
            "statusMessage": "UpgradeSucceeded: Helm upgrade succeeded for release edge-a/demo-1.v2 with chart o2demo@0.2.0+8c2c21b00755",
            "replicas": 3,
            "revision": 2,
            "values": {"replicaCount": 3},
            "tenantId": "acme",
            "labels": {"team": "edge"},
            "createdAt": "2026-11-20T08:59:59Z",
            "updatedAt": "2026-11-20T09:10:09Z",
            "extensions": {"flux.object": "HelmRelease/edge-a/demo-1"},
        })
    );
}

#[test]
fn a_kustomization_is_a_deployment() {
    let manifest = include_str!("kustomization.yaml");
    let drawn = drawn(manifest, Engine::Kustomize, SourceKind::GitRepository);
    let shown = json!(*drawn.deployment);
    let found = |member: &str| shown[member].clone();
    assert_eq!(found("packageId"), "6f1c2d8e-0000-4000-8000-00000000000b");
    assert_eq!(found("packageVersion"), "3a1f0c1c7b9c6d4be2f4fbb0b3f4b6dfcb0f3c11");
    // The patch in YAML is the one that says the number.
    assert_eq!((found("replicas"), found("values")), (json!(3), Value::Null));
    assert_eq!(found("status"), "deployed");
}
