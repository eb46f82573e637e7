//! `?wait=`: answers when the work has ended.

use std::time::Duration;

use o2_core::Context;
use o2_core::ports::Clock;
use o2_dms::{DeploymentRequest, OperationState};
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn vdu() -> Value {
    json!({"name": "vdu-1", "packageId": "vdu-1.0"})
}

/// Seconds that have passed.
fn seconds(world: &World) -> f64 {
    world.clock.monotonic().as_secs_f64()
}

async fn came_up(world: &World) -> Answer {
    world.post("/deployments?wait=1m", vdu()).await.expect(201)
}

#[tokio::test]
async fn a_creation_ends_with_the_deployment() {
    let world = World::waiting();
    let created = came_up(&world).await;
    assert_eq!(created.header("location"), "/o2dms/v1/deployments/vdu-1");
    assert_eq!(created.header("etag"), "\"0-deployed\"");
    assert_eq!(
        (&created.body["deploymentId"], &created.body["status"]),
        (&json!("vdu-1"), &json!("deployed"))
    );
    // The work takes ten seconds; the pauses grow to two.
    assert!((10.0..12.0).contains(&seconds(&world)), "{}", seconds(&world));
    assert!(world.helm.count("get_deployment_status") < 12);
    assert_eq!(world.get("/operations").await.each("state"), ["COMPLETED"]);
}

#[tokio::test]
async fn other_work_ends_with_the_deployment_too() {
    let world = World::waiting();
    came_up(&world).await;
    for (method, path, body) in [
        ("PUT", "?wait=30s", json!({"description": "x"})),
        ("PATCH", "?wait=30s", json!({"values": {"a": 1}})),
        ("POST", "/scale?wait=30s", json!({"replicas": 2})),
        ("POST", "/upgrade?wait=30s", json!({"packageId": "vdu-2.0"})),
        ("POST", "/rollback?wait=30s", json!({})),
        ("POST", "/heal?wait=30s", json!({})),
    ] {
        let path = format!("/deployments/vdu-1{path}");
        let answer = world.request(method, &path).json(&body).send().await.expect(200);
        assert_eq!(answer.body["status"], "deployed", "{path}");
        assert!(answer.header("etag").ends_with("deployed\""));
    }
    let gone = world.delete("/deployments/vdu-1?wait=30s").await.expect(204);
    assert_eq!(gone.text, "");
    world.get("/deployments/vdu-1").await.expect(404);
}

#[tokio::test]
async fn what_failed_is_shown_as_failed() {
    let world = World::waiting();
    world.helm.script().fails = Some("image not found");
    let created = world.post("/deployments?wait=1m", vdu()).await.expect(201);
    assert_eq!(created.body["status"], "failed");
    assert_eq!(created.body["statusMessage"], "image not found");
    world.helm.script().fails = Some("still there");
    let kept = world.delete("/deployments/vdu-1?wait=1m").await.expect(200);
    assert_eq!(kept.body["statusMessage"], "still there");
    assert_eq!(world.get("/operations").await.each("state"), ["FAILED", "FAILED"]);
}

#[tokio::test]
async fn when_the_time_is_over_the_record_is_answered() {
    let world = World::waiting();
    world.helm.script().takes = Duration::from_secs(100);
    let accepted = world.post("/deployments?wait=20s", vdu()).await.expect(202);
    assert_eq!(seconds(&world), 20.0);
    assert_eq!(accepted.body["state"], "PROCESSING");
    assert!(accepted.body["progress"].as_u64().unwrap() >= 18);
    assert_eq!(accepted.header("content-location"), "/o2dms/v1/deployments/vdu-1");
    world.get(&accepted.operation()).await.expect(200);
}

#[tokio::test]
async fn nobody_waits_beyond_the_deadline_of_the_request() {
    let world = World::waiting();
    world.helm.script().takes = Duration::from_secs(100);
    let context = Context::new("req-1").with_deadline(Duration::from_secs(8));
    let request = world.request("POST", "/deployments?wait=1m").context(context);
    request.json(&vdu()).send().await.expect(202);
    assert_eq!(seconds(&world), 7.0);
}

#[tokio::test]
async fn a_backend_that_falls_silent_does_not_turn_success_into_failure() {
    let world = World::waiting();
    let accepted = world.post("/deployments", vdu()).await.expect(202);
    world.helm.script().down = true;
    let id = accepted.body["operationId"].as_str().unwrap().into();
    let limit = Duration::from_secs(15);
    let record = world
        .service
        .wait_for_operation(&Context::new("r"), &id, limit)
        .await
        .unwrap();
    assert_eq!(record.state, OperationState::Processing);
    assert_eq!(seconds(&world), 15.0);
}

#[tokio::test]
async fn waits_are_checked_before_anything_is_done() {
    let world = World::waiting();
    for wait in ["", "30", "forever", "-1s", "5m1s", "99999999999999999999h"] {
        let path = format!("/deployments?wait={wait}");
        world.post(&path, vdu()).await.expect_violation("wait");
    }
    assert_eq!(world.helm.count("create_deployment"), 0);
    world.post("/deployments?wait=0s", vdu()).await.expect(202);
    assert_eq!(seconds(&world), 0.0);
}

#[tokio::test]
async fn hosts_without_http_wait_too() {
    let world = World::waiting();
    let context = Context::new("r");
    let request = DeploymentRequest::new("vdu-1", "vdu-1.0");
    let started = world.service.create_deployment(&context, request).await.unwrap();
    assert_eq!(started.deployment.unwrap().deployment_id.as_str(), "vdu-1");
    let id = &started.operation.operation_id;
    let limit = Duration::from_secs(60);
    let record = world.service.wait_for_operation(&context, id, limit).await.unwrap();
    assert_eq!(record.state, OperationState::Completed);
    let nobody = world.service.wait_for_operation(&context, &"x".into(), limit).await;
    assert!(nobody.unwrap_err().is(o2_core::ErrorKind::NotFound));
}
