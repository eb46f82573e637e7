//! Kinds with rules of their own: those with schemas, definitions, events, secrets.

use super::*;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

#[test]
fn what_a_schema_does_not_know_is_refused() {
    let server = ApiServer::new();
    let spec = json!({
        "type": "object",
        "required": ["clusterName"],
        "properties": {"clusterName": {"type": "string"}, "replicas": {"type": "integer"}},
    });
    let schema = json!({"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}});
    server.serve(Resource::new("lab.example", &["v1"], "Pool", "pools").with_schema(schema));
    let mut object = pool("a", 1);
    let (status, refused) = post(&server, POOLS, &object);
    assert_eq!((status, &refused["reason"]), (422, &json!("Invalid")));
    assert_eq!(
        refused["message"],
        "Pool.lab.example \"a\" is invalid: spec.clusterName: Required value"
    );
    let cause = json!({"reason": "FieldValueRequired", "message": "Required value", "field": "spec.clusterName"});
    assert_eq!(
        refused["details"],
        json!({"name": "a", "group": "lab.example", "kind": "Pool", "causes": [cause]})
    );
    object["spec"]["clusterName"] = json!("edge");
    assert_eq!(post(&server, POOLS, &object).0, 201);

    let path = format!("{POOLS}/a");
    let (status, refused) = patch(&server, &path, MERGE, &json!({"spec": {"replica": 2, "replicas": "2"}}));
    let fields: Vec<_> = refused["details"]["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cause| cause["field"].as_str().unwrap())
        .collect();
    assert_eq!((status, fields), (422, vec!["spec.replica", "spec.replicas"]));
    let mut applied = object.clone();
    applied["spec"]["unknown"] = json!(1);
    let path = format!("{path}?fieldManager=o2");
    assert_eq!(patch(&server, &path, "application/apply-patch+yaml", &applied).0, 422);
    let status = json!({"status": {"ready": 1}});
    assert_eq!(patch(&server, &format!("{POOLS}/a/status"), MERGE, &status).0, 422);
    server.put(pool("odd", 1));
}

#[test]
fn names_and_labels_are_looked_at() {
    let server = lab();
    for (metadata, status, field) in [
        (json!({"name": "Upper"}), 422, "metadata.name"),
        (json!({"name": "a", "labels": {"a": "b c"}}), 422, "metadata.labels"),
        (
            json!({"name": "a", "labels": {"a": "b".repeat(64)}}),
            422,
            "metadata.labels",
        ),
        (json!({"name": "a", "labels": {"-": ""}}), 422, "metadata.labels"),
        (
            json!({"name": "a", "annotations": {"a b": ""}}),
            422,
            "metadata.annotations",
        ),
        (json!({"name": "a", "labels": {"a": 1}}), 400, ""),
        (json!({"name": "a", "annotations": "x"}), 400, ""),
        (
            json!({"name": "a", "annotations": {"a.b/c": "d e"}, "labels": {"a.b/c": ""}}),
            201,
            "",
        ),
    ] {
        let object = json!({"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": metadata});
        let (got, body) = post(&server, POOLS, &object);
        let cause = body["details"]["causes"][0]["field"].as_str().unwrap_or_default();
        assert_eq!((got, cause), (status, field), "{metadata}");
    }
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}});
    assert_eq!(post(&server, "/api/v1/namespaces", &namespace).0, 422);
}

#[test]
fn kinds_that_a_test_serves_have_definitions() {
    let server = lab();
    let (status, definition) = get(&server, &format!("{DEFINITIONS}/pools.lab.example"));
    assert_eq!(status, 200);
    assert_eq!(definition["spec"]["names"]["kind"], "Pool");
    assert_eq!(definition["spec"]["versions"][1]["name"], "v1beta1");
    assert_eq!(definition["status"]["conditions"][1]["type"], "Established");
    server.put(pool("a", 1));
    server.stop_serving("Pool");
    assert_eq!(get(&server, &format!("{DEFINITIONS}/pools.lab.example")).0, 404);
    server.serve(Resource::new("lab.example", &["v1"], "Pool", "pools"));
    assert_eq!(
        names(&get(&server, POOLS).1),
        [""; 0],
        "the objects went with the definition"
    );
}

#[test]
fn what_is_defined_is_served() {
    let server = ApiServer::new();
    let version =
        |name: &str| json!({"name": name, "served": true, "storage": name == "v1", "subresources": {"status": {}}});
    let mut definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "pools.lab.example"},
        "spec": {
            "group": "lab.example",
            "scope": "Cluster",
            "names": {"kind": "Pool", "plural": "pools"},
            "versions": [version("v1beta1"), version("v1")],
        },
    });
    let all = "/apis/lab.example/v1/pools";
    assert_eq!(get(&server, all).0, 404);
    assert_eq!(post(&server, DEFINITIONS, &definition).0, 201);
    assert_eq!(get(&server, "/apis/lab.example").1["preferredVersion"]["version"], "v1");
    let (_, stored) = get(&server, &format!("{DEFINITIONS}/pools.lab.example"));
    assert_eq!(stored["status"]["storedVersions"], json!(["v1"]));
    assert_eq!(post(&server, all, &pool("a", 1)).0, 201);
    assert_eq!(get(&server, "/apis/lab.example/v1beta1/pools/a/status").0, 200);

    definition["spec"]["versions"] = json!([version("v1")]);
    server.put(definition);
    assert_eq!(get(&server, "/apis/lab.example/v1beta1/pools/a").0, 404);
    assert_eq!(get(&server, &format!("{all}/a")).0, 200);
    assert_eq!(
        delete(&server, &format!("{DEFINITIONS}/pools.lab.example"), &Value::Null).0,
        200
    );
    assert_eq!(get(&server, all), (404, json!("404 page not found\n")));
}

#[test]
fn events_are_the_same_in_both_groups() {
    let server = ApiServer::new();
    let about = |name: &str| json!({"kind": "Node", "name": name});
    server.put(json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "a"},
        "involvedObject": about("n1"),
        "message": "x",
        "type": "Warning",
    }));
    server.put(json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "b"},
        "regarding": about("n2"),
        "note": "y",
        "type": "Normal",
    }));
    let new = "/apis/events.k8s.io/v1/events";
    let (_, list) = get(&server, &format!("{new}?fieldSelector=regarding.kind%3DNode"));
    assert_eq!(names(&list), ["a", "b"]);
    assert_eq!(
        (&list["items"][0]["note"], &list["items"][0]["message"]),
        (&json!("x"), &Value::Null)
    );
    let (_, list) = get(&server, "/api/v1/events?fieldSelector=involvedObject.name%3Dn2");
    assert_eq!((names(&list), &list["items"][0]["message"]), (vec!["b"], &json!("y")));
    assert_eq!(
        names(&get(&server, &format!("{new}?fieldSelector=type%3DWarning")).1),
        ["a"]
    );
    assert_eq!(
        told(&mut watch(&server, &format!("{new}?watch=1"))),
        ["ADDED a", "ADDED b"]
    );
}

#[test]
fn texts_of_secrets_are_data_when_they_are_stored() {
    let server = ApiServer::new();
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"a": "text"},
    });
    let (status, stored) = post(&server, "/api/v1/namespaces/default/secrets", &secret);
    assert_eq!(
        (status, &stored["data"], &stored["type"]),
        (201, &json!({"a": "dGV4dA=="}), &json!("Opaque"))
    );
    assert_eq!(stored["stringData"], Value::Null);
    assert_eq!(
        names(&get(&server, "/api/v1/secrets?fieldSelector=type%3DOpaque").1),
        ["s"]
    );
}

#[test]
fn bodies_of_a_shape_that_cannot_be_are_refused_or_stored() {
    let server = lab();
    let object = |value: Value| json!({"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": value});
    assert_eq!(post(&server, POOLS, &object(json!("x"))).0, 400);
    let mut odd = object(json!({"name": "a"}));
    odd["spec"] = json!("odd");
    assert_eq!(post(&server, POOLS, &odd).0, 201);
    let (status, scale) = patch(
        &server,
        &format!("{POOLS}/a/scale"),
        MERGE,
        &json!({"spec": {"replicas": 1}}),
    );
    assert_eq!((status, &scale["spec"]["replicas"]), (200, &json!(1)));
    assert_eq!(patch(&server, &format!("{POOLS}/a"), MERGE, &json!("x")).0, 400);
    assert_eq!(
        patch(&server, &format!("{POOLS}/a"), MERGE, &json!({"metadata": null})).0,
        200
    );
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}, "spec": 1, "status": []});
    assert_eq!(post(&server, "/api/v1/namespaces", &namespace).0, 201);
}
