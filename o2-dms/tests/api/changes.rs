//! Changing deployments: PUT, PATCH, and the requests of the lifecycle.

use std::sync::Arc;

use o2_core::Context;
use o2_core::identity::{Principal, Role};
use serde_json::json;

use crate::world::{Answer, World};

async fn send(world: &World, method: &str, path: &str, body: serde_json::Value) -> Answer {
    world.request(method, path).json(&body).send().await
}

#[tokio::test]
async fn put_replaces_and_patch_merges() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let patch = json!({"description": "edge", "values": {"b": 2}, "labels": {"site": "dallas"}});
    send(&world, "PATCH", "/deployments/vdu-1", patch).await.expect(202);
    let sent = world.helm.script().request.clone();
    assert_eq!(
        (&sent["description"], &sent["values"]),
        (&json!("edge"), &json!({"a": 1, "b": 2}))
    );
    world.pass(10);

    let patch = json!({"parameterValues": {"a": null}, "labels": null});
    send(&world, "PATCH", "/nfDeployments/vdu-1", patch).await.expect(202);
    let sent = world.helm.script().request.clone();
    assert_eq!(sent, json!({"description": "edge", "values": {"b": 2}}));
    world.pass(10);

    send(
        &world,
        "PUT",
        "/deployments/vdu-1",
        json!({"parameterValues": {"c": 3}}),
    )
    .await
    .expect(202);
    let sent = world.helm.script().request.clone();
    assert_eq!(sent, json!({"description": "", "values": {"c": 3}}));
    assert_eq!(world.helm.count("upgrade_deployment"), 0);
}

#[tokio::test]
async fn another_package_is_an_upgrade() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let body = json!({"packageId": "vdu-2.0", "values": {"b": 2}});
    let upgraded = send(&world, "PUT", "/deployments/vdu-1", body).await.expect(202);
    assert_eq!(upgraded.body["operation"], "upgrade");
    assert_eq!(
        world.helm.script().request,
        json!({"packageId": "vdu-2.0", "values": {"b": 2}})
    );
    world.pass(10);

    send(
        &world,
        "PUT",
        "/deployments/vdu-1",
        json!({"nfDeploymentDescriptorId": "vdu-1.0"}),
    )
    .await
    .expect(202);
    assert_eq!(world.helm.script().request, json!({"packageId": "vdu-1.0"}));
    world.pass(10);
    send(
        &world,
        "PATCH",
        "/deployments/vdu-1",
        json!({"nfDeploymentDescriptorId": "vdu-2.0"}),
    )
    .await
    .expect(202);
    assert_eq!(
        world.helm.script().request,
        json!({"packageId": "vdu-2.0", "values": {"b": 2}})
    );
    assert_eq!(world.helm.count("update_deployment"), 0);
    world.pass(10);

    let same = json!({"packageId": "vdu-2.0", "description": "x"});
    let updated = send(&world, "PATCH", "/deployments/vdu-1", same).await.expect(202);
    assert_eq!(updated.body["operation"], "update");
}

#[tokio::test]
async fn an_upgrade_changes_nothing_else() {
    let world = World::new();
    world.deployed("vdu-1").await;
    send(
        &world,
        "PATCH",
        "/deployments/vdu-1",
        json!({"labels": {"site": "dallas"}}),
    )
    .await
    .expect(202);
    world.pass(10);
    for (method, body, at) in [
        (
            "PUT",
            json!({"packageId": "vdu-2.0", "description": "x"}),
            "body.description",
        ),
        (
            "PATCH",
            json!({"packageId": "vdu-2.0", "labels": {"a": "b"}}),
            "body.labels",
        ),
        (
            "PUT",
            json!({"packageId": "vdu-2.0", "extensions": {"a": 1}}),
            "body.extensions",
        ),
        ("PATCH", json!({"packageId": "vdu-2.0", "labels": null}), "body.labels"),
        ("PUT", json!({"packageId": "unknown"}), "body.packageId"),
        ("PUT", json!({"packageId": "argo~repo"}), "body.packageId"),
        ("PUT", json!({"packageId": ""}), "body.packageId"),
        ("PUT", json!({"name": "other"}), "body.name"),
        ("PATCH", json!([1]), "body"),
        ("PATCH", json!({"status": "deployed"}), "body.status"),
    ] {
        send(&world, method, "/deployments/vdu-1", body)
            .await
            .expect_violation(at);
    }
    let other = send(
        &world,
        "POST",
        "/deployments/vdu-1/upgrade",
        json!({"packageId": "argo~repo"}),
    )
    .await;
    let other = other.expect_violation("body.packageId");
    assert!(
        other
            .text
            .contains("is a package of plugin 'argo', the deployment is one of 'helm'")
    );
    assert_eq!(world.helm.count("upgrade_deployment"), 0);
    assert_eq!(world.helm.count("update_deployment"), 1);
}

#[tokio::test]
async fn who_may_update_may_not_therefore_upgrade() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let role = Role::custom("editor", ["deployments:update:all", "deployments:read:all"]).unwrap();
    let editor = Arc::new(Principal::new("ed", None, vec![role]));
    let put = |body| {
        let context = Context::for_principal("req-1", Arc::clone(&editor));
        world
            .request("PUT", "/deployments/vdu-1")
            .context(context)
            .json(&body)
            .send()
    };
    put(json!({"packageId": "vdu-2.0"})).await.expect(403);
    put(json!({"packageId": "vdu-1.0", "description": "x"}))
        .await
        .expect(202);
}

#[tokio::test]
async fn lifecycle_requests_reach_the_backend() {
    let world = World::new();
    world.deployed("vdu-1").await;
    for (path, body, method, request) in [
        (
            "upgrade",
            Some(json!({"packageId": "vdu-2.0"})),
            "upgrade_deployment",
            json!({"packageId": "vdu-2.0"}),
        ),
        ("rollback", None, "rollback_deployment", json!({})),
        (
            "rollback",
            Some(json!({"revision": 2})),
            "rollback_deployment",
            json!({"revision": 2}),
        ),
        (
            "rollback",
            Some(json!({"targetRevision": 1})),
            "rollback_deployment",
            json!({"revision": 1}),
        ),
        ("heal", None, "heal_deployment", json!({})),
        (
            "heal",
            Some(json!({"cause": "stuck", "component": "du"})),
            "heal_deployment",
            json!({"cause": "stuck", "component": "du"}),
        ),
        (
            "upgrade",
            Some(json!({"nfDeploymentDescriptorId": "vdu-1.0", "parameterValues": {"x": 1}})),
            "upgrade_deployment",
            json!({"packageId": "vdu-1.0", "values": {"x": 1}}),
        ),
    ] {
        let before = world.helm.count(method);
        let mut asked = world.request("POST", &format!("/deployments/vdu-1/{path}"));
        if let Some(body) = &body {
            asked = asked.json(body);
        }
        asked.send().await.expect(202);
        assert_eq!(
            (world.helm.count(method), &world.helm.script().request),
            (before + 1, &request),
            "{path} {body:?}"
        );
        world.pass(10);
    }
}

#[tokio::test]
async fn wrong_lifecycle_requests_name_the_place() {
    let world = World::new();
    world.deployed("vdu-1").await;
    for (path, body, at) in [
        ("scale", json!({"replicas": -1}), "body.replicas"),
        ("scale", json!({"replicas": 10_001}), "body.replicas"),
        ("scale", json!({"replicas": 5_000_000_000_u64}), "body.replicas"),
        ("scale", json!({"replicas": "3"}), "body.replicas"),
        ("scale", json!({"replicas": 1.5}), "body.replicas"),
        ("scale", json!({}), "body"),
        ("scale", json!({"replica": 1}), "body.replica"),
        ("rollback", json!({"revision": -1}), "body.revision"),
        ("rollback", json!({"revision": 7}), "revision"),
        ("rollback", json!({"revision": 1, "targetRevision": 1}), "body"),
        ("upgrade", json!({}), "body"),
        ("upgrade", json!({"packageId": "unknown"}), "body.packageId"),
        ("heal", json!({"component": ""}), "body.component"),
        ("heal", json!({"why": "x"}), "body.why"),
    ] {
        send(&world, "POST", &format!("/deployments/vdu-1/{path}"), body)
            .await
            .expect_violation(at);
    }
    send(
        &world,
        "POST",
        "/deployments/vdu-1/scale?force=true",
        json!({"replicas": 1}),
    )
    .await
    .expect_violation("force");
    assert_eq!(world.helm.count("scale_deployment"), 0);
    send(&world, "POST", "/deployments/vdu-1/scale", json!({"replicas": 0}))
        .await
        .expect(202);
}

#[tokio::test]
async fn changes_can_depend_on_what_was_seen() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let seen = world.get("/deployments/vdu-1").await.header("etag").to_owned();
    let requests = [
        ("PUT", "", json!({"description": "x"})),
        ("PATCH", "", json!({"description": "x"})),
        ("POST", "/scale", json!({"replicas": 2})),
        ("POST", "/rollback", json!({})),
        ("POST", "/upgrade", json!({"packageId": "vdu-2.0"})),
        ("POST", "/heal", json!({})),
        ("DELETE", "", json!(null)),
    ];
    for (method, path, body) in &requests {
        let path = format!("/deployments/vdu-1{path}");
        let request = || {
            let request = world.request(method, &path);
            if body.is_null() { request } else { request.json(body) }
        };
        let stale = request().header("if-match", "\"other\"").send().await.expect(412);
        assert!(stale.text.contains("0-deployed"), "{}", stale.text);
        request()
            .header("if-match", "other")
            .send()
            .await
            .expect_violation("If-Match");
    }
    assert_eq!(world.get("/operations").await.each("operation"), ["create"]);
    let put = world.request("PUT", "/deployments/vdu-1").header("if-match", &seen);
    put.json(&json!({"description": "x"})).send().await.expect(202);
    // The backend checks it once more: somebody may have been faster since.
    assert_eq!(world.helm.script().expected.as_deref(), Some("0-deployed"));
    let delete = world.request("DELETE", "/deployments/vdu-1").header("if-match", &seen);
    delete.send().await.expect(412);
}
