//! Values of both kinds: read, written, and the number of replicas.

use serde_json::{Value, json};

use crate::dms::flux::objects::{Content, Engine};
use crate::dms::flux::values::{Replicas, set_values, values};

fn content(engine: Engine, spec: Value) -> Content {
    Content::of(engine, &spec).unwrap()
}

fn map(value: Value) -> o2_core::Extensions {
    value.as_object().cloned().unwrap()
}

const PATCH: &str = r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#;

#[test]
fn values_of_a_release_are_replaced_and_nothing_else() {
    let from = json!([{"kind": "Secret", "name": "more"}]);
    let mut release = content(
        Engine::Helm,
        json!({"chartRef": {"name": "a"}, "values": {"a": 1, "b": 2}, "valuesFrom": from}),
    );
    assert_eq!(Value::Object(values(&release, None)), json!({"a": 1, "b": 2}));
    set_values(&mut release, &map(json!({"a": 3})), None).unwrap();
    assert_eq!(
        release.value(),
        json!({"chartRef": {"name": "a"}, "values": {"a": 3}, "valuesFrom": from})
    );
    set_values(&mut release, &map(json!({})), None).unwrap();
    assert_eq!(release.value(), json!({"chartRef": {"name": "a"}, "valuesFrom": from}));
    let error = set_values(&mut release, &map(json!({"a": {"b": null}})), None).unwrap_err();
    assert!(error.message().starts_with("values.a.b: "), "{error}");
}

#[test]
fn values_of_a_kustomization_are_what_is_changed_in_manifests() {
    let replicas = Replicas {
        engine: Engine::Kustomize,
        of: "web".to_owned(),
    };
    let own = json!({"target": {"kind": "Deployment", "name": "web"}, "patch": PATCH});
    let other = json!({"target": {"kind": "Deployment", "name": "db"}, "patch": PATCH});
    let mut kustomization = content(
        Engine::Kustomize,
        json!({
            "sourceRef": {"name": "a"}, "path": "./", "patches": [other, own],
            "postBuild": {"substitute": {"a": "1"}, "substituteFrom": [{"kind": "ConfigMap", "name": "c"}]},
        }),
    );
    // The patch that says the number is no value.
    assert_eq!(
        Value::Object(values(&kustomization, Some(&replicas))),
        json!({"substitute": {"a": "1"}, "patches": [other]})
    );
    assert_eq!(replicas.count(&kustomization), Some(3));
    set_values(
        &mut kustomization,
        &map(json!({"images": [{"name": "x"}]})),
        Some(&replicas),
    )
    .unwrap();
    assert_eq!(
        kustomization.value(),
        json!({
            "sourceRef": {"name": "a"}, "path": "./", "images": [{"name": "x"}], "patches": [own],
            "postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "c"}]},
        })
    );
    for (wrong, at) in [
        (json!({"replicaCount": 1}), "values.replicaCount: "),
        (json!({"substitute": {"a": 1}}), "values.substitute: "),
        (json!({"images": {}}), "values.images: "),
    ] {
        let error = set_values(&mut kustomization, &map(wrong), None).unwrap_err();
        assert!(error.message().starts_with(at), "{error}");
    }
}

#[test]
fn replicas_are_where_somebody_says() {
    let replicas = |engine, of: &str| Replicas {
        engine,
        of: of.to_owned(),
    };
    let yaml = "- op: replace\n  path: /spec/replicas\n  value: 2\n";
    let target = |kind: &str| json!({"kind": kind, "name": "web"});
    for (replicas, spec, count, after) in [
        (
            replicas(Engine::Helm, "web.count"),
            json!({"chartRef": {}, "values": {"web": {"count": 2}}}),
            Some(2),
            json!({"chartRef": {}, "values": {"web": {"count": 3}}}),
        ),
        (
            replicas(Engine::Helm, "count"),
            json!({"chartRef": {}}),
            None,
            json!({"chartRef": {}, "values": {"count": 3}}),
        ),
        (
            replicas(Engine::Kustomize, "StatefulSet/web"),
            json!({"path": "a", "patches": [{"target": target("StatefulSet"), "patch": yaml}]}),
            Some(2),
            json!({"path": "a", "patches": [{"target": target("StatefulSet"), "patch": PATCH}]}),
        ),
        (
            replicas(Engine::Kustomize, "web"),
            // Another kind of patch of the same workload stays.
            json!({"path": "a", "patches": [{"target": target("Deployment"), "patch": "spec: {paused: true}"}]}),
            None,
            json!({"path": "a", "patches": [
                {"target": target("Deployment"), "patch": "spec: {paused: true}"},
                {"target": target("Deployment"), "patch": PATCH},
            ]}),
        ),
    ] {
        let mut content = content(replicas.engine, spec);
        assert_eq!(replicas.count(&content), count);
        replicas.set(&mut content, 3).unwrap();
        assert_eq!(content.value(), after);
        assert_eq!(replicas.count(&content), Some(3));
    }
}
