//! Subresources and reviews.

use super::*;

#[test]
fn replicas_are_read_and_set_through_the_scale() {
    let server = lab();
    let mut object = pool("a", 2);
    object["status"] = json!({"replicas": 1, "selector": "pool=a"});
    server.put(object);
    let path = format!("{POOLS}/a/scale");
    let (status, scale) = get(&server, &path);
    assert_eq!(
        (status, &scale["kind"], &scale["apiVersion"]),
        (200, &json!("Scale"), &json!("autoscaling/v1"))
    );
    assert_eq!(
        (&scale["spec"], &scale["status"]),
        (&json!({"replicas": 2}), &json!({"replicas": 1, "selector": "pool=a"}))
    );
    let (status, scale) = patch(&server, &path, MERGE, &json!({"spec": {"replicas": 3}}));
    assert_eq!((status, &scale["spec"]["replicas"]), (200, &json!(3)));
    let object = server.get("Pool", "default", "a").unwrap();
    assert_eq!(
        (&object["spec"]["replicas"], &object["metadata"]["generation"]),
        (&json!(3), &json!(2))
    );

    let mut stale = scale.clone();
    stale["spec"]["replicas"] = json!(4);
    assert_eq!(put(&server, &path, &stale).1["spec"]["replicas"], 4);
    assert_eq!(put(&server, &path, &stale).0, 409);
    let (status, refused) = patch(&server, &path, MERGE, &json!({"spec": {"replicas": -1}}));
    assert_eq!(
        (status, &refused["details"]["causes"][0]["field"]),
        (422, &json!(".spec.replicas"))
    );
    assert_eq!(
        patch(
            &server,
            &format!("{path}?dryRun=All"),
            MERGE,
            &json!({"spec": {"replicas": 9}})
        )
        .0,
        200
    );
    assert_eq!(server.get("Pool", "default", "a").unwrap()["spec"]["replicas"], 4);
    assert_eq!(get(&server, &format!("{POOLS}/b/scale")).0, 404);
    patch(&server, &path, MERGE, &json!({"spec": {"replicas": 0}}));
    assert_eq!(get(&server, &path).1["spec"], json!({}), "what is zero is left out");
}

#[test]
fn deployments_say_their_selector_as_text() {
    let server = ApiServer::new();
    let spec = json!({"replicas": 1, "selector": {"matchLabels": {"app": "web", "a.b/c": "d"}}});
    server.put(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec}));
    let (_, scale) = get(&server, "/apis/apps/v1/namespaces/default/deployments/a/scale");
    assert_eq!(scale["status"]["selector"], "a.b/c=d,app=web");
    let path = "/apis/apps/v1/namespaces/default/deployments/a/scale";
    let (status, refused) = patch(&server, path, MERGE, &json!({"spec": {"replicas": -1}}));
    assert_eq!((status, &refused["details"]["kind"]), (422, &json!("Scale")));
}

fn pod(server: &ApiServer, containers: &[&str]) {
    let containers: Vec<_> = containers.iter().map(|name| json!({"name": name})).collect();
    let spec = json!({"containers": containers});
    server.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}));
}

#[test]
fn logs_are_those_that_the_test_gives() {
    let clock = crate::ManualClock::new();
    let server = ApiServer::with_clock(clock.clone());
    pod(&server, &["main"]);
    server.set_log(
        "default",
        "p",
        "2025-12-31T23:59:00Z one\n2025-12-31T23:59:30Z two\nthree",
    );
    for (query, log) in [
        ("", "one\ntwo\nthree\n"),
        ("container=main", "one\ntwo\nthree\n"),
        ("tailLines=2", "two\nthree\n"),
        ("limitBytes=5", "one\nt"),
        ("sinceSeconds=40", "two\nthree\n"),
        ("sinceTime=2026-01-01T00:00:00Z", "three\n"),
        ("timestamps=true&tailLines=1", "2026-01-01T00:00:00Z three\n"),
    ] {
        let (status, text) = get(&server, &format!("{PODS}/p/log?{query}"));
        assert_eq!((status, text), (200, json!(log)), "{query}");
    }
    assert_eq!(get(&server, &format!("{PODS}/q/log")).0, 404);
    assert_eq!(get(&server, &format!("{PODS}/p/log?previous=true")).0, 400);
    assert_eq!(get(&server, &format!("{PODS}/p/log?sinceTime=yesterday")).0, 400);
}

#[test]
fn one_of_several_containers_has_to_be_named() {
    let server = ApiServer::new();
    pod(&server, &["a", "b"]);
    server.set_container_log("default", "p", "a", "of a");
    let (status, body) = get(&server, &format!("{PODS}/p/log"));
    assert_eq!(status, 400);
    assert_eq!(
        body["message"],
        "a container name must be specified for pod p, choose one of: [a b]"
    );
    assert_eq!(get(&server, &format!("{PODS}/p/log?container=a")).1, "of a\n");
    assert_eq!(get(&server, &format!("{PODS}/p/log?container=b")).1, "");
    assert_eq!(
        get(&server, &format!("{PODS}/p/log?container=c")).1["message"],
        "container c is not valid for pod p"
    );
}

#[test]
fn reviews_say_what_is_denied() {
    let server = lab();
    server.deny("nodes", &["list"]);
    server.deny("pools.lab.example/scale", &["patch"]);
    server.deny("pods", &["*"]);
    for (group, resource, part, verb, allowed) in [
        ("", "nodes", "", "list", false),
        ("", "nodes", "", "watch", true),
        ("", "nodes", "", "*", false),
        ("", "pods", "", "get", false),
        ("", "pods", "log", "get", true),
        ("lab.example", "pools", "", "patch", true),
        ("lab.example", "pools", "scale", "patch", false),
        ("", "pools", "scale", "patch", true),
    ] {
        let attributes = json!({"group": group, "resource": resource, "subresource": part, "verb": verb});
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        });
        let (status, answer) = post(
            &server,
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            &review,
        );
        assert_eq!(
            (status, &answer["status"]["allowed"]),
            (201, &json!(allowed)),
            "{attributes}"
        );
    }
    server.put(pool("a", 1));
    assert_eq!(patch(&server, &format!("{POOLS}/a/scale"), MERGE, &json!({})).0, 403);
}
