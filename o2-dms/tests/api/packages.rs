//! Packages.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn an_uploaded_package_can_be_read_and_deployed() {
    let world = World::new();
    let upload = json!({"packageURL": "oci://registry/cu", "packageType": "helm", "checksum": format!("sha256:{}", "a0".repeat(32)), "name": "cu", "version": "3.1"});
    let created = world.post("/deploymentPackages", upload).await.expect(201);
    assert_eq!(created.header("location"), "/o2dms/v1/deploymentPackages/cu-3.1");
    assert_eq!(created.body["packageType"], "helm-chart");
    assert_eq!(world.helm.script().request["packageType"], "helm-chart");
    assert_eq!(world.helm.script().request["packageUrl"], "oci://registry/cu");
    let read = world.get("/nfDeploymentDescriptors/cu-3.1").await.expect(200);
    assert_eq!(read.body, created.body);
    world
        .post("/deployments", json!({"name": "cu-1", "packageId": "cu-3.1"}))
        .await
        .expect(202);

    let used = world.delete("/deploymentPackages/cu-3.1").await.expect(409);
    assert!(used.text.contains("deployment 'cu-1' uses it"));
    world.pass(10);
    world.delete("/deployments/cu-1").await.expect(202);
    world.helm.lose("cu-1");
    world.delete("/deploymentPackages/cu-3.1").await.expect(204);
    world.get("/deploymentPackages/cu-3.1").await.expect(404);
}

#[tokio::test]
async fn content_can_come_along() {
    let world = World::new();
    let upload = json!({"packageType": "helm-chart", "content": "aGVsbG8=", "name": "cu"});
    world.post("/nfDeploymentDescriptors", upload).await.expect(201);
    assert_eq!(world.helm.script().request["content"], "aGVsbG8=");
}

#[tokio::test]
async fn the_type_says_which_backend_gets_it() {
    let world = World::new();
    let upload = |path: &'static str, kind: &'static str, name: &'static str| {
        world.post(
            path,
            json!({"packageType": kind, "packageUrl": "https://git/x", "name": name}),
        )
    };
    let git = upload("/deploymentPackages", "git", "a").await.expect(201);
    assert_eq!(git.body["packageId"], "argo~a-1.0");
    assert_eq!(git.header("location"), "/o2dms/v1/deploymentPackages/argo~a-1.0");
    let helm = upload("/deploymentPackages", "helm", "a").await.expect(201);
    assert_eq!(helm.body["packageId"], "a-1.0");
    let picked = upload("/deploymentPackages?plugin=argo", "helm", "b").await.expect(201);
    assert_eq!(picked.body["packageId"], "argo~b-1.0");
    let picked = upload("/deploymentPackages?adapter=helm", "git", "b").await.expect(201);
    assert_eq!(picked.body["packageId"], "b-1.0");
    upload("/deploymentPackages?adapter=nobody", "git", "b")
        .await
        .expect_violation("adapter");
}

#[tokio::test]
async fn wrong_uploads_name_the_place() {
    let world = World::new();
    let good = json!({"packageType": "helm", "packageUrl": "oci://r/x"});
    for (change, at) in [
        (json!({"packageType": ""}), "body.packageType"),
        (json!({"packageType": null}), "body.packageType"),
        (json!({"checksum": "sha256:12"}), "body.checksum"),
        (json!({"checksum": format!("md5:{}", "a".repeat(64))}), "body.checksum"),
        (json!({"packageUrl": null}), "body.packageUrl"),
        (json!({"packageUrl": "https://user:hunter2@host/x"}), "body.packageUrl"),
        (json!({"content": "aGVsbG8="}), "body.content"),
        (json!({"content": "not base64!"}), "body.content"),
        (json!({"version": 2}), "body.version"),
        (json!({"url": "x"}), "body.url"),
    ] {
        let mut body = good.clone();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = world.post("/deploymentPackages", body).await.expect_violation(at);
        assert!(!answer.text.contains("hunter2"));
    }
    world
        .post("/deploymentPackages", json!({"packageUrl": "x"}))
        .await
        .expect_violation("body");
    assert_eq!(world.helm.count("upload_deployment_package"), 0);
    world.post("/deploymentPackages", good.clone()).await.expect(201);
    world.post("/deploymentPackages", good).await.expect(409);
}

#[tokio::test]
async fn packages_are_listed() {
    let world = World::new();
    let all = world.get("/deploymentPackages?sort=packageId").await.expect(200);
    assert_eq!(all.each("packageId"), ["vdu-1.0", "vdu-2.0"]);
    assert_eq!(all.body.get("pagination"), None::<&Value>);
    let one = world
        .get("/nfDeploymentDescriptors?filter=(cont,name,2.0)")
        .await
        .expect(200);
    assert_eq!(one.each("name"), ["vdu-2.0"]);
    world.get("/deploymentPackages/argo~repo").await.expect(501);
    world.get("/deploymentPackages/nothing").await.expect(404);
    world.delete("/deploymentPackages/nothing").await.expect(404);
}
