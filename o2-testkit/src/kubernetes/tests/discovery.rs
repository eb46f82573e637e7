//! What discovery shows.

use serde_json::{Value, json};

use super::*;

#[test]
fn groups_versions_and_kinds_are_shown_in_the_real_documents() {
    let server = lab();
    let (_, versions) = get(&server, "/api");
    assert_eq!(
        (&versions["kind"], &versions["versions"]),
        (&json!("APIVersions"), &json!(["v1"]))
    );

    let (_, groups) = get(&server, "/apis");
    assert_eq!(groups["kind"], "APIGroupList");
    let entry = json!({
        "name": "lab.example",
        "versions": [
            {"groupVersion": "lab.example/v1", "version": "v1"},
            {"groupVersion": "lab.example/v1beta1", "version": "v1beta1"},
        ],
        "preferredVersion": {"groupVersion": "lab.example/v1", "version": "v1"},
    });
    assert!(groups["groups"].as_array().unwrap().contains(&entry));
    let (_, group) = get(&server, "/apis/lab.example");
    assert_eq!(
        (&group["kind"], &group["versions"]),
        (&json!("APIGroup"), &entry["versions"])
    );

    let (_, resources) = get(&server, "/apis/lab.example/v1beta1");
    assert_eq!(resources["kind"], "APIResourceList");
    assert_eq!(resources["groupVersion"], "lab.example/v1beta1");
    let names: Vec<&Value> = resources["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["pools", "pools/scale", "pools/status"]);

    let (_, core) = get(&server, "/api/v1");
    let resources = core["resources"].as_array().unwrap();
    let node = resources.iter().find(|resource| resource["name"] == "nodes").unwrap();
    assert_eq!((&node["namespaced"], &node["kind"]), (&json!(false), &json!("Node")));
    assert!(resources.iter().any(|resource| resource["name"] == "pods/log"));
    assert_eq!(get(&server, "/version").1["major"], "1");
    assert_eq!(get(&server, "/readyz"), (200, json!("ok")));
}

#[test]
fn what_leads_nowhere_is_no_status() {
    let server = lab();
    for path in [
        "/",
        "/apis/cluster.x-k8s.io",
        "/apis/cluster.x-k8s.io/v1beta2/machines",
        "/apis/lab.example/v2",
        "/apis/lab.example/v1/racks",
        "/apis/lab.example/v1/namespaces/default/pools/a/log",
        "/api/v2/nodes",
    ] {
        assert_eq!(get(&server, path), (404, json!("404 page not found\n")), "{path}");
    }
    assert_eq!(
        post(&server, "/apis/lab.example/v1/pools", &pool("a", 1)).1,
        "404 page not found\n"
    );
    server.stop_serving("Pool");
    assert_eq!(get(&server, "/apis/lab.example").0, 404);
}

#[test]
fn what_built_in_groups_do_not_have_is_a_status() {
    let server = lab();
    for path in [
        "/api/v1/racks",
        "/api/v1/namespaces/default/nodes",
        "/api/v1/pods/a",
        "/api/v1/nodes/a/scale",
        "/api/v1/nodes/a/status/b",
        "/apis/apps/v1/namespaces/default/pools/a",
    ] {
        let (status, body) = get(&server, path);
        assert_eq!((status, &body["details"]), (404, &json!({})), "{path}");
        assert_eq!(body["message"], "the server could not find the requested resource");
    }
}

#[test]
fn methods_that_do_not_fit_are_refused() {
    let server = lab();
    for (method, path) in [
        (http::Method::PUT, NODES),
        (http::Method::PATCH, NODES),
        (http::Method::POST, "/api/v1/nodes/a"),
        (http::Method::DELETE, "/api/v1/nodes/a/status"),
        (http::Method::POST, "/api/v1/pods"),
        (
            http::Method::GET,
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        ),
    ] {
        let request = Request::builder().method(method.clone()).uri(path);
        let (status, body) = send(&server, request, &json!({}));
        assert_eq!(
            (status, &body["reason"]),
            (405, &json!("MethodNotAllowed")),
            "{method} {path}"
        );
    }
}

#[test]
fn discovery_can_be_had_in_one_document() {
    let server = lab();
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let ask = |path: &str| send(&server, Request::get(path).header("accept", accept), &Value::Null).1;
    let groups = ask("/apis");
    assert_eq!(
        (&groups["kind"], &groups["apiVersion"]),
        (&json!("APIGroupDiscoveryList"), &json!("apidiscovery.k8s.io/v2"))
    );
    let items = groups["items"].as_array().unwrap();
    let lab = items
        .iter()
        .find(|group| group["metadata"]["name"] == "lab.example")
        .unwrap();
    let pools = &lab["versions"][1]["resources"][0];
    assert_eq!(
        (&pools["resource"], &pools["scope"]),
        (&json!("pools"), &json!("Namespaced"))
    );
    assert_eq!(pools["responseKind"]["version"], "v1beta1");
    assert_eq!(pools["subresources"][0]["responseKind"]["kind"], "Scale");
    assert_eq!(ask("/api")["items"][0]["versions"][0]["version"], "v1");
}
