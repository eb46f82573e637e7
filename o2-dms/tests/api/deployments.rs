//! Deployments: creating, reading, listing, and whose they are.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_deployment_is_accepted_and_comes_up() {
    let world = World::new();
    let body = json!({
        "name": "vdu-1", "packageId": "vdu-1.0", "resourcePoolId": "aws~edge", "namespace": "ran",
        "values": {"replicaCount": 3}, "labels": {"site": "dallas"}, "extensions": {"x": 1},
    });
    let accepted = world.post("/deployments", body).await.expect(202);
    assert_eq!(accepted.header("content-location"), "/o2dms/v1/deployments/vdu-1");
    assert_eq!(accepted.body["deploymentId"], "vdu-1");
    assert_eq!(world.helm.script().request["values"], json!({"replicaCount": 3}));
    assert_eq!(world.helm.script().request["resourcePoolId"], "aws~edge");

    let deployment = world.get("/deployments/vdu-1").await.expect(200);
    assert_eq!(deployment.body["status"], "instantiating");
    world.pass(10);
    let deployment = world.get("/deployments/vdu-1").await.expect(200);
    assert_eq!(deployment.body["status"], "deployed");
    assert_eq!(deployment.body["labels"], json!({"site": "dallas"}));
    assert_eq!(deployment.header("etag"), "\"0-deployed\"");
}

#[tokio::test]
async fn the_package_says_which_backend_deploys() {
    let world = World::new();
    let create = |name: &'static str, path: &'static str, package: &'static str| {
        world.post(path, json!({"name": name, "packageId": package}))
    };
    let accepted = create("a", "/deployments", "argo~repo").await.expect(202);
    assert_eq!(accepted.body["deploymentId"], "argo~a");
    assert_eq!(accepted.header("content-location"), "/o2dms/v1/deployments/argo~a");
    assert_eq!(world.argo.script().request["packageId"], "repo");
    let deployment = world.get("/deployments/argo~a").await.expect(200);
    assert_eq!(deployment.body["packageId"], "argo~repo");

    for path in ["/deployments?plugin=argo", "/deployments?adapter=argo"] {
        let accepted = create(if path.contains("plugin") { "b" } else { "c" }, path, "repo").await;
        assert!(
            accepted.expect(202).body["deploymentId"]
                .as_str()
                .unwrap()
                .starts_with("argo~")
        );
    }
    create("d", "/deployments?plugin=argo", "argo~repo").await.expect(202);
    create("e", "/deployments?plugin=helm", "argo~repo")
        .await
        .expect_violation("body.packageId");
    create("e", "/deployments?plugin=nobody", "repo")
        .await
        .expect_violation("plugin");
    create("e", "/deployments?plugin=helm&adapter=helm", "repo")
        .await
        .expect_violation("adapter");
    create("e", "/deployments", "nobody~repo")
        .await
        .expect_violation("body.packageId");
    assert_eq!(world.helm.count("create_deployment"), 0);
}

#[tokio::test]
async fn other_spellings_mean_the_same() {
    let world = World::new();
    let body = json!({"name": "vdu-1", "nfDeploymentDescriptorId": "vdu-1.0", "parameterValues": {"a": 1}});
    world.post("/nfDeployments", body).await.expect(202);
    assert_eq!(world.helm.script().request["values"], json!({"a": 1}));
    world.pass(10);
    let deployment = world.get("/nfDeployments/vdu-1").await.expect(200);
    assert_eq!(
        (&deployment.body["deploymentId"], &deployment.body["packageId"]),
        (&json!("vdu-1"), &json!("vdu-1.0"))
    );
    let scaled = world
        .post("/nfDeployments/vdu-1/scale", json!({"replicas": 2}))
        .await
        .expect(202);
    assert!(scaled.header("location").starts_with("/o2dms/v1/operations/"));
    world.pass(10);
    world.get("/nfDeployments/vdu-1/status").await.expect(200);
}

#[tokio::test]
async fn wrong_requests_name_the_place_and_do_nothing() {
    let world = World::new();
    let good = json!({"name": "vdu-1", "packageId": "vdu-1.0"});
    for (change, at) in [
        (json!({"name": null}), "body.name"),
        (json!({"name": "Vdu 1"}), "body.name"),
        (json!({"name": "vdu-1.0"}), "body.name"),
        (json!({"name": "é"}), "body.name"),
        (json!({"packageId": ""}), "body.packageId"),
        (json!({"packageId": "unknown"}), "body.packageId"),
        (json!({"namespace": "a/b"}), "body.namespace"),
        (json!({"description": "x".repeat(1001)}), "body.description"),
        (json!({"values": [1]}), "body.values"),
        (json!({"labels": {"a": 1}}), "body.labels.a"),
        (json!({"replicas": 3}), "body.replicas"),
        (json!({"extensions": {"k": "x".repeat(5000)}}), "body.extensions.k"),
    ] {
        let mut body = good.clone();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        world.post("/deployments", body).await.expect_violation(at);
    }
    world
        .post("/deployments", json!({"name": "vdu-1"}))
        .await
        .expect_violation("body");
    for raw in ["", "{", "[]", "null", "{\"name\":\"a\"} x"] {
        let answer = world.request("POST", "/deployments").raw(raw).send().await;
        answer.expect_violation("body");
    }
    world
        .post("/deployments?waits=1s", good)
        .await
        .expect_violation("waits");
    assert_eq!(world.helm.count("create_deployment"), 0);
    assert_eq!(world.get("/operations").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let again = world
        .post("/deployments", json!({"name": "vdu-1", "packageId": "vdu-1.0"}))
        .await
        .expect(409);
    assert_eq!(again.body["error"], "alreadyExists");
    assert_eq!(
        (&again.body["plugin"], &again.body["operation"]),
        (&json!("helm"), &json!("create_deployment"))
    );
}

#[tokio::test]
async fn unknown_ids_are_not_found_whatever_they_look_like() {
    let world = World::new();
    for id in [
        "nothing",
        "argo~nothing",
        "nobody~x",
        "~",
        "a%2Fb",
        "100%25",
        "gr%C3%B6%C3%9Fe",
        "x~y~z",
        "%7E%7E",
    ] {
        for path in ["", "/status", "/history", "/logs"] {
            let path = format!("/deployments/{id}{path}");
            let answer = world.get(&path).await;
            let lacks = id.starts_with("argo~") && path.ends_with("/status");
            answer.expect(if lacks { 501 } else { 404 });
        }
        world.delete(&format!("/deployments/{id}")).await.expect(404);
        world
            .post(&format!("/deployments/{id}/scale"), json!({"replicas": 1}))
            .await
            .expect(404);
    }
    world.get("/operations/nothing").await.expect(404);
    world.get("/deploymentTemplates/nothing").await.expect(404);
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged_over_all_backends() {
    let world = World::new();
    for (name, package) in [("b", "vdu-1.0"), ("a", "vdu-2.0"), ("c", "argo~repo")] {
        let body = json!({"name": name, "packageId": package, "namespace": name});
        world.post("/deployments", body).await.expect(202);
    }
    assert_eq!(
        world.get("/deployments?sort=name").await.each("deploymentId"),
        ["a", "b", "argo~c"]
    );
    assert_eq!(world.get("/deployments?namespace=c").await.each("name"), ["c"]);
    assert_eq!(world.get("/deployments?packageId=argo~repo").await.each("name"), ["c"]);
    assert_eq!(world.get("/deployments?status=deployed").await.body["items"], json!([]));
    world.pass(10);
    assert_eq!(
        world.get("/deployments?status=deployed&sort=-name").await.each("name"),
        ["c", "b", "a"]
    );

    let first = world.get("/deployments?sort=name&limit=2").await.expect(200);
    let next = first.body["pagination"]["nextPage"]
        .as_str()
        .unwrap()
        .strip_prefix("/o2dms/v1")
        .unwrap()
        .to_owned();
    assert_eq!(world.get(&next).await.each("name"), ["c"]);
    let other = next.replace("sort=name", "sort=-name");
    world.get(&other).await.expect(400);
    for (query, at) in [
        ("limit=-1", "limit"),
        ("limit=1000000", "limit"),
        ("filter=(eq,nmae,x)", "filter:4"),
        ("sort=x", "sort"),
        ("fields=x", "fields"),
        ("marker=x", "marker"),
        ("offset=1", "offset"),
        ("colour=red", "colour"),
    ] {
        world.get(&format!("/deployments?{query}")).await.expect_violation(at);
    }
    world.argo.script().down = true;
    let partial = world.get("/deployments?sort=name").await.expect(200);
    assert_eq!(partial.each("name"), ["a", "b"]);
    assert_eq!(partial.header("o2-partial"), "argo=unavailable");
}

#[tokio::test]
async fn status_and_history_speak_of_ids_as_the_service_does() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let report = world.get("/deployments/vdu-1/status").await.expect(200);
    assert_eq!(report.body["deploymentId"], "vdu-1");
    assert_eq!(
        (&report.body["status"], &report.body["progress"]),
        (&json!("deployed"), &json!(100))
    );
    let history = world.get("/deployments/vdu-1/history").await.expect(200);
    assert_eq!(history.each("packageId"), ["vdu-1.0"]);

    world
        .post("/deployments", json!({"name": "a", "packageId": "argo~repo"}))
        .await
        .expect(202);
    let history = world.get("/deployments/argo~a/history").await.expect(200);
    assert_eq!(history.each("packageId"), ["argo~repo"]);
    world
        .get("/deployments/argo~a/history?limit=1")
        .await
        .expect_violation("limit");
}

#[tokio::test]
async fn what_a_backend_cannot_do_says_so() {
    let world = World::new();
    world
        .post("/deployments", json!({"name": "a", "packageId": "argo~repo"}))
        .await
        .expect(202);
    let answer = world
        .post("/deployments/argo~a/scale", json!({"replicas": 2}))
        .await
        .expect(501);
    assert_eq!(
        (&answer.body["plugin"], &answer.body["operation"]),
        (&json!("argo"), &json!("scale_deployment"))
    );
    assert_eq!(answer.body["error"], "unsupported");
}

#[tokio::test]
async fn other_tenants_deployments_do_not_exist() {
    let world = World::new();
    world.helm.add_package("secret", Some("alpha"));
    let create = |tenant: &'static str, name: &'static str, package: &'static str| {
        let request = world.request("POST", "/deployments").tenant(tenant);
        request.json(&json!({"name": name, "packageId": package})).send()
    };
    create("alpha", "mine", "secret").await.expect(202);
    create("beta", "theirs", "secret")
        .await
        .expect_violation("body.packageId");
    create("beta", "theirs", "vdu-1.0").await.expect(202);
    for leaks in [false, true] {
        world.helm.script().leaks = leaks;
        let read = |method: &'static str, path: &'static str| world.request(method, path).tenant("beta").send();
        read("GET", "/deployments/mine").await.expect(404);
        read("DELETE", "/deployments/mine").await.expect(404);
        assert_eq!(read("GET", "/deployments").await.each("name"), ["theirs"]);
        create("beta", "more", "secret")
            .await
            .expect_violation("body.packageId");
        let scale = world.request("POST", "/deployments/mine/scale").tenant("beta");
        scale.json(&json!({"replicas": 2})).send().await.expect(404);
    }
    assert_eq!(
        world.helm.count("delete_deployment") + world.helm.count("scale_deployment"),
        0
    );
}
