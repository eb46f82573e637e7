//! Lists and their pages.

use super::*;

fn nodes(server: &ApiServer, count: usize) {
    server.put_all((0..count).map(|number| node(&format!("n{number}"))));
}

#[test]
fn lists_are_of_all_namespaces_or_of_one_and_in_order() {
    let server = ApiServer::new();
    for (namespace, name) in [("b", "a"), ("a", "z"), ("a", "b")] {
        server.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}}));
    }
    let (status, list) = get(&server, "/api/v1/pods");
    assert_eq!((status, names(&list)), (200, vec!["b", "z", "a"]));
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("PodList"), &json!("v1")));
    assert_eq!(
        list["items"][0]["kind"],
        Value::Null,
        "items of built-in kinds have no type"
    );
    assert_eq!(names(&get(&server, "/api/v1/namespaces/a/pods").1), ["b", "z"]);
    assert_eq!(names(&get(&server, "/api/v1/namespaces/none/pods").1), [""; 0]);
}

#[test]
fn items_of_custom_kinds_have_the_version_that_was_asked_for() {
    let server = lab();
    server.put(pool("a", 1));
    let (_, list) = get(&server, "/apis/lab.example/v1beta1/pools");
    assert_eq!(list["apiVersion"], "lab.example/v1beta1");
    assert_eq!(list["items"][0]["apiVersion"], "lab.example/v1beta1");
    assert_eq!(list["items"][0]["kind"], "Pool");
}

#[test]
fn selectors_choose_and_wrong_ones_are_refused() {
    let server = ApiServer::new();
    nodes(&server, 3);
    server.update("Node", "", "n1", |node| {
        node["metadata"]["labels"] = json!({"role": "edge"});
    });
    server.update("Node", "", "n2", |node| node["spec"]["unschedulable"] = json!(true));
    for (query, expected) in [
        ("labelSelector=role%3Dedge", vec!["n1"]),
        ("labelSelector=!role", vec!["n0", "n2"]),
        ("fieldSelector=metadata.name%3Dn0", vec!["n0"]),
        (
            "fieldSelector=spec.unschedulable%3Dfalse&labelSelector=!role",
            vec!["n0"],
        ),
    ] {
        assert_eq!(names(&get(&server, &format!("{NODES}?{query}")).1), expected, "{query}");
    }
    for query in ["labelSelector=a+b", "fieldSelector=spec.podCIDR%3Dx"] {
        let (status, body) = get(&server, &format!("{NODES}?{query}"));
        assert_eq!((status, &body["reason"]), (400, &json!("BadRequest")), "{query}");
    }
}

#[test]
fn pages_are_of_the_moment_of_the_first() {
    let server = ApiServer::new();
    nodes(&server, 5);
    let (_, first) = get(&server, &format!("{NODES}?limit=2"));
    assert_eq!(
        (names(&first), &first["metadata"]["remainingItemCount"]),
        (vec!["n0", "n1"], &json!(3))
    );
    server.remove("Node", "", "n3");
    server.put(node("n9"));
    server.update("Node", "", "n4", |node| node["spec"]["providerID"] = json!("new"));

    let next = |page: &Value| {
        let token = page["metadata"]["continue"].as_str().unwrap();
        get(&server, &format!("{NODES}?limit=2&continue={token}"))
    };
    let (_, second) = next(&first);
    assert_eq!(names(&second), ["n2", "n3"]);
    assert_eq!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    let (_, third) = next(&second);
    assert_eq!(
        (names(&third), &third["metadata"]["continue"]),
        (vec!["n4"], &Value::Null)
    );
    assert_eq!(third["items"][0]["spec"], json!({}), "as it was then");

    server.forget();
    let (status, expired) = next(&first);
    assert_eq!((status, &expired["reason"]), (410, &json!("Expired")));
    let (_, rest) = next(&expired);
    assert_eq!(names(&rest), ["n2", "n4"], "goes on with what is there now");
}

#[test]
fn the_last_page_may_be_full() {
    let server = ApiServer::new();
    nodes(&server, 2);
    let (_, page) = get(&server, &format!("{NODES}?limit=2"));
    assert_eq!(
        (names(&page), &page["metadata"]["continue"]),
        (vec!["n0", "n1"], &Value::Null)
    );
}

#[test]
fn versions_can_be_asked_for() {
    let server = ApiServer::new();
    nodes(&server, 1);
    let version = get(&server, NODES).1["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    nodes(&server, 3);
    let exact = format!("{NODES}?resourceVersion={version}&resourceVersionMatch=Exact");
    assert_eq!(names(&get(&server, &exact).1), ["n0"]);
    let newer = format!("{NODES}?resourceVersion={version}&resourceVersionMatch=NotOlderThan");
    assert_eq!(names(&get(&server, &newer).1).len(), 3);
    let (status, body) = get(&server, &format!("{NODES}?resourceVersion=9999"));
    assert_eq!((status, &body["details"]["retryAfterSeconds"]), (504, &json!(1)));
    assert_eq!(get(&server, &format!("{NODES}?resourceVersion=x")).0, 500);
    server.forget();
    assert_eq!(get(&server, &exact).0, 410);
}

#[test]
fn metadata_can_be_had_alone() {
    let server = ApiServer::new();
    nodes(&server, 1);
    let ask = |path: &str, kind: &str| {
        let accept = format!("application/json;as={kind};g=meta.k8s.io;v=v1");
        send(&server, Request::get(path).header("accept", accept), &Value::Null).1
    };
    let list = ask(NODES, "PartialObjectMetadataList");
    assert_eq!(
        (&list["kind"], &list["apiVersion"]),
        (&json!("PartialObjectMetadataList"), &json!("meta.k8s.io/v1"))
    );
    assert_eq!(
        (&list["items"][0]["kind"], &list["items"][0]["spec"]),
        (&json!("PartialObjectMetadata"), &Value::Null)
    );
    let one = ask(&format!("{NODES}/n0"), "PartialObjectMetadata");
    assert_eq!(
        (&one["kind"], &one["metadata"]["name"]),
        (&json!("PartialObjectMetadata"), &json!("n0"))
    );
}
