//! Operation records: what they say while the work goes on and when it has ended.

use o2_core::ErrorKind;
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// State and progress of an operation.
async fn state(world: &World, operation: &str) -> (String, u64) {
    let record = world.get(operation).await.expect(200);
    let text = record.body["state"].as_str().unwrap().to_owned();
    (text, record.body["progress"].as_u64().unwrap())
}

fn is(state: &str, progress: u64) -> (String, u64) {
    (state.to_owned(), progress)
}

#[tokio::test]
async fn a_record_follows_the_work_to_its_end() {
    let world = World::new();
    let body = json!({"name": "vdu-1", "packageId": "vdu-1.0", "values": {"password": "hunter2"}});
    let accepted = world.post("/deployments", body).await.expect(202);
    assert!(!accepted.text.contains("hunter2"));
    let id = accepted.body["operationId"].as_str().unwrap();
    assert_eq!(accepted.operation(), format!("/operations/{id}"));
    assert_eq!(
        accepted.body,
        json!({
            "operationId": id, "operation": "create", "deploymentId": "vdu-1", "state": "PROCESSING", "progress": 0,
            "startedAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
            "stateEnteredTime": "2026-01-01T00:00:00Z", "parameters": {"name": "vdu-1", "packageId": "vdu-1.0"},
        })
    );
    world.pass(4);
    assert_eq!(state(&world, &accepted.operation()).await, is("PROCESSING", 40));
    world.pass(8);
    let ended = world.get(&accepted.operation()).await.expect(200);
    assert_eq!(
        (&ended.body["state"], &ended.body["progress"]),
        (&json!("COMPLETED"), &json!(100))
    );
    assert_eq!(ended.body["stateEnteredTime"], "2026-01-01T00:00:12Z");
    assert_eq!(ended.body["startedAt"], "2026-01-01T00:00:00Z");

    // An end that was seen stays, whatever becomes of the deployment.
    world.helm.lose("vdu-1");
    world.pass(5);
    assert_eq!(world.get(&accepted.operation()).await.body, ended.body);
}

#[tokio::test]
async fn every_kind_of_work_has_a_record() {
    let world = World::new();
    world.deployed("vdu-1").await;
    for (method, path, body, operation, parameters) in [
        ("PATCH", "", json!({"values": {"b": 1}}), "update", Value::Null),
        (
            "POST",
            "/scale",
            json!({"replicas": 3}),
            "scale",
            json!({"replicas": 3}),
        ),
        (
            "POST",
            "/upgrade",
            json!({"packageId": "vdu-2.0"}),
            "upgrade",
            json!({"packageId": "vdu-2.0"}),
        ),
        (
            "POST",
            "/rollback",
            json!({"revision": 1}),
            "rollback",
            json!({"revision": 1}),
        ),
        (
            "POST",
            "/heal",
            json!({"cause": "stuck"}),
            "heal",
            json!({"cause": "stuck"}),
        ),
        ("DELETE", "", Value::Null, "delete", Value::Null),
    ] {
        let path = format!("/deployments/vdu-1{path}");
        let mut request = world.request(method, &path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let accepted = request.send().await.expect(202);
        assert_eq!(
            (&accepted.body["operation"], &accepted.body["parameters"]),
            (&json!(operation), &parameters)
        );
        assert_eq!(accepted.body["deploymentId"], "vdu-1");
        world.pass(5);
        assert_eq!(
            state(&world, &accepted.operation()).await,
            is("PROCESSING", 50),
            "{operation}"
        );
        world.pass(5);
        assert_eq!(
            state(&world, &accepted.operation()).await,
            is("COMPLETED", 100),
            "{operation}"
        );
    }
    world.get("/deployments/vdu-1").await.expect(404);
}

#[tokio::test]
async fn a_backend_without_reports_is_asked_for_the_deployment() {
    let world = World::new();
    let accepted = world
        .post("/deployments", json!({"name": "a", "packageId": "argo~repo"}))
        .await
        .expect(202);
    assert_eq!(accepted.body["deploymentId"], "argo~a");
    assert_eq!(state(&world, &accepted.operation()).await, is("PROCESSING", 0));
    world.pass(10);
    assert_eq!(state(&world, &accepted.operation()).await, is("COMPLETED", 100));
    assert_eq!(world.argo.count("get_deployment_status"), 0);
}

#[tokio::test]
async fn work_that_fails_says_why() {
    let world = World::new();
    world.deployed("vdu-1").await;
    world.helm.script().fails = Some("image not found");
    let accepted = world
        .post("/deployments/vdu-1/upgrade", json!({"packageId": "vdu-2.0"}))
        .await
        .expect(202);
    world.pass(10);
    let failed = world.get(&accepted.operation()).await.expect(200);
    assert_eq!(failed.body["state"], "FAILED");
    let error = &failed.body["error"];
    assert_eq!(
        (&error["status"], &error["operation"]),
        (&json!(502), &json!("upgrade_deployment"))
    );
    assert_eq!(error["detail"], "the deployment failed: image not found");
    assert_eq!(
        world
            .get("/operations?filter=(eq,error/status,502)")
            .await
            .each("operation"),
        ["upgrade"]
    );
}

#[tokio::test]
async fn a_refused_call_is_answered_and_recorded() {
    let world = World::new();
    world.deployed("vdu-1").await;
    world.helm.script().refuses = Some(ErrorKind::Conflict);
    let refused = world
        .post("/deployments/vdu-1/scale", json!({"replicas": 2}))
        .await
        .expect(409);
    let records = world.get("/operations?operation=scale").await.expect(200);
    let record = &records.body["items"][0];
    assert_eq!(
        (&record["state"], &record["deploymentId"]),
        (&json!("FAILED"), &json!("vdu-1"))
    );
    assert_eq!(record["error"]["detail"], refused.body["detail"]);
    assert_eq!(
        (&record["error"]["plugin"], &record["error"]["requestId"]),
        (&json!("helm"), &json!("req-1"))
    );

    let body = json!({"name": "vdu-1", "packageId": "vdu-1.0"});
    world.post("/deployments", body).await.expect(409);
    let failed = world.get("/operations?operation=create&state=FAILED").await.expect(200);
    assert_eq!(failed.body["items"][0]["deploymentId"], Value::Null);
    assert_eq!(failed.body["items"][0]["error"]["status"], 409);
}

#[tokio::test]
async fn work_that_ended_unseen_is_judged_before_the_next_begins() {
    let world = World::new();
    let created = world.deployed("vdu-1").await;
    let scaled = world
        .post("/deployments/vdu-1/scale", json!({"replicas": 2}))
        .await
        .expect(202);
    world.pass(10);
    world.helm.script().fails = Some("image not found");
    let upgraded = world
        .post("/deployments/vdu-1/upgrade", json!({"packageId": "vdu-2.0"}))
        .await
        .expect(202);
    world.pass(10);
    let ends = async |operation: &Answer| state(&world, &operation.operation()).await.0;
    assert_eq!(ends(&created).await, "COMPLETED");
    assert_eq!(ends(&scaled).await, "COMPLETED");
    assert_eq!(ends(&upgraded).await, "FAILED");
    let deleted = world.delete("/deployments/vdu-1").await.expect(202);
    assert_eq!(ends(&deleted).await, "PROCESSING");
    world.pass(10);
    assert_eq!(ends(&deleted).await, "COMPLETED");
    assert_eq!(ends(&upgraded).await, "FAILED");
}

#[tokio::test]
async fn silence_of_the_backend_says_nothing() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let deleted = world.delete("/deployments/vdu-1").await.expect(202);
    world.helm.script().down = true;
    world.pass(60);
    assert_eq!(state(&world, &deleted.operation()).await.0, "PROCESSING");
    world.helm.script().down = false;
    let gone = world.service.plugins().registry().unregister("helm").unwrap();
    assert_eq!(state(&world, &deleted.operation()).await.0, "PROCESSING");
    let back = o2_core::registry::RegisterOptions::new().as_default();
    world
        .service
        .plugins()
        .registry()
        .register(gone.plugin().clone(), back)
        .unwrap();
    assert_eq!(state(&world, &deleted.operation()).await.0, "COMPLETED");
}

#[tokio::test]
async fn a_deployment_that_disappears_ends_the_work_on_it() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let scaled = world
        .post("/deployments/vdu-1/scale", json!({"replicas": 2}))
        .await
        .expect(202);
    world.helm.lose("vdu-1");
    let failed = world.get(&scaled.operation()).await.expect(200);
    assert_eq!(
        (&failed.body["state"], &failed.body["error"]["status"]),
        (&json!("FAILED"), &json!(404))
    );
}

#[tokio::test]
async fn lists_show_the_present_state() {
    let world = World::new();
    world.deployed("a").await;
    world.deployed("b").await;
    world
        .post("/deployments/b/scale", json!({"replicas": 2}))
        .await
        .expect(202);
    let all = world.get("/operations").await.expect(200);
    assert_eq!(all.each("state"), ["COMPLETED", "COMPLETED", "PROCESSING"]);
    assert_eq!(all.each("operation"), ["create", "create", "scale"]);
    assert_eq!(
        world
            .get("/operations?deploymentId=b&state=PROCESSING")
            .await
            .each("operation"),
        ["scale"]
    );
    assert_eq!(
        world.get("/operations?sort=-startedAt&limit=1").await.each("operation"),
        ["scale"]
    );
    assert_eq!(
        world
            .get("/operations?filter=(eq,parameters/replicas,2)")
            .await
            .each("deploymentId"),
        ["b"]
    );
    let slim = world.get("/operations?exclude_fields=parameters").await.expect(200);
    assert_eq!(slim.body["items"][2]["parameters"], Value::Null);
    world
        .get("/operations?filter=(eq,stat,x)")
        .await
        .expect_violation("filter:4");
}
