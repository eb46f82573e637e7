//! Keeping operation records: crashes between the steps, a store that fails, retention, and who sees them.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use o2_core::http::IfMatch;
use o2_core::{Context, ErrorKind};
use o2_dms::{OperationState, ScaleRequest};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn the_record_is_there_before_the_backend_is_asked() {
    let world = World::new();
    world.deployed("vdu-1").await;
    world.store.break_commits(true);
    world
        .post("/deployments/vdu-1/scale", json!({"replicas": 2}))
        .await
        .expect(503);
    assert_eq!(world.helm.count("scale_deployment"), 0);
}

#[tokio::test]
async fn a_request_that_is_cut_off_leaves_a_record() {
    let world = World::new();
    world.helm.script().hangs = true;
    let cut_off = world.post("/deployments", json!({"name": "vdu-1", "packageId": "vdu-1.0"}));
    assert!(cut_off.now_or_never().is_none());

    let records = world.get("/operations").await.expect(200);
    let record = &records.body["items"][0];
    assert_eq!(
        (&record["state"], &record["operation"]),
        (&json!("STARTING"), &json!("create"))
    );
    let path = format!("/operations/{}", record["operationId"].as_str().unwrap());
    world.pass(600);
    assert_eq!(world.get(&path).await.body["state"], "STARTING");
    world.pass(1);
    let failed = world.get(&path).await.expect(200);
    assert_eq!(
        (&failed.body["state"], &failed.body["error"]["error"]),
        (&json!("FAILED"), &json!("timeout"))
    );
    assert!(failed.text.contains("read the deployment"));
    // The backend did it after all, and the deployment can be worked with.
    world.get("/deployments/vdu-1").await.expect(200);
    world.delete("/deployments/vdu-1").await.expect(202);
    assert_eq!(world.get(&path).await.body, failed.body);
}

#[tokio::test]
async fn a_cut_off_request_does_not_block_the_next() {
    let world = World::new();
    world.deployed("vdu-1").await;
    world.helm.script().hangs = true;
    let cut_off = world.post("/deployments/vdu-1/scale", json!({"replicas": 2}));
    assert!(cut_off.now_or_never().is_none());
    world.pass(10);
    let healed = world.post("/deployments/vdu-1/heal", json!({})).await.expect(202);
    world.pass(10);
    assert_eq!(world.get(&healed.operation()).await.body["state"], "COMPLETED");
    assert_eq!(
        world.get("/operations").await.each("state"),
        ["COMPLETED", "STARTING", "COMPLETED"]
    );
}

#[tokio::test]
async fn what_the_backend_accepted_is_answered_though_the_store_fails() {
    let world = World::new();
    world.deployed("vdu-1").await;
    let (context, id) = (Context::new("r"), "vdu-1".into());
    world.helm.script().hangs = true;
    let mut scaling = Box::pin(world.service.scale_deployment(
        &context,
        &id,
        &IfMatch::Unconditional,
        ScaleRequest::new(2),
    ));
    assert!(futures::poll!(&mut scaling).is_pending());
    drop(scaling);

    // The record is written, the store goes away, the answer comes.
    let store = Arc::clone(&world.store);
    world.helm.script().before_answer = Some(Box::new(move || store.break_commits(true)));
    let started = world
        .service
        .scale_deployment(&context, &id, &IfMatch::Unconditional, ScaleRequest::new(3))
        .await
        .unwrap();
    assert_eq!(started.operation.state, OperationState::Processing);
    world.store.break_commits(false);
    let kept = world
        .service
        .get_operation(&context, &started.operation.operation_id)
        .await
        .unwrap();
    assert_eq!(kept.state, OperationState::Starting);
}

#[tokio::test]
async fn ends_are_shown_though_they_cannot_be_stored() {
    let world = World::new();
    let accepted = world.deployed("vdu-1").await;
    world.store.break_commits(true);
    assert_eq!(
        world.get(&accepted.operation()).await.expect(200).body["state"],
        "COMPLETED"
    );
}

#[tokio::test]
async fn old_records_are_dropped_when_new_ones_come() {
    let world = World::new();
    let old = world.deployed("a").await;
    world.pass(7 * 24 * 3600 - 10);
    let kept = world.deployed("b").await;
    world.get(&old.operation()).await.expect(200);
    world.pass(1);
    world.deployed("c").await;
    world.get(&old.operation()).await.expect(404);
    world.get(&kept.operation()).await.expect(200);
    assert_eq!(world.get("/operations").await.each("deploymentId"), ["b", "c"]);
    // Nothing of the dropped record is left behind.
    use o2_core::store::Store;
    let entries = world.store.scan("", None, 1000).await.unwrap();
    assert!(entries.iter().all(|entry| !entry.key.ends_with("/a")), "{entries:?}");
    world.delete("/deployments/a").await.expect(202);
}

#[tokio::test]
async fn many_old_records_are_dropped_a_few_at_a_time() {
    let world = World::new();
    world.helm.script().takes = Duration::ZERO;
    for number in 0..100 {
        world
            .post(
                "/deployments",
                json!({"name": format!("d-{number}"), "packageId": "vdu-1.0"}),
            )
            .await
            .expect(202);
    }
    world.pass(8 * 24 * 3600);
    for left in [69, 38, 7, 4] {
        world.post("/deployments/d-0/heal", json!({})).await.expect(202);
        let all = world.get("/operations?limit=1000").await.expect(200);
        assert_eq!(all.body["items"].as_array().unwrap().len(), left);
    }
}

#[tokio::test]
async fn the_host_says_how_long_records_are_kept() {
    let world = World::new();
    let plugins = Arc::clone(world.service.plugins());
    let subscriptions =
        o2_core::subscription::Subscriptions::new(world.store.clone(), world.clock.clone(), plugins.page_limits());
    let service = o2_dms::DmsService::new(plugins, world.store.clone(), world.clock.clone(), subscriptions)
        .with_operation_retention(Duration::from_secs(60));
    let context = Context::new("r");
    let scale = async || {
        let id = "vdu-1".into();
        let scaled = service
            .scale_deployment(&context, &id, &IfMatch::Unconditional, ScaleRequest::new(2))
            .await;
        scaled.unwrap().operation
    };
    let created = world.deployed("vdu-1").await;
    let first = scale().await;
    world.pass(60);
    scale().await;
    world.get(&created.operation()).await.expect(404);
    assert!(service.get_operation(&context, &first.operation_id).await.is_ok());
}

#[tokio::test]
async fn a_tenant_sees_its_own_operations() {
    let world = World::new();
    let create = |tenant: Option<&'static str>, name: &'static str, package: &'static str| {
        let mut request = world.request("POST", "/deployments");
        if let Some(tenant) = tenant {
            request = request.tenant(tenant);
        }
        world.pass(1);
        request.json(&json!({"name": name, "packageId": package})).send()
    };
    let alphas = create(Some("alpha"), "a", "vdu-1.0").await.expect(202);
    create(Some("beta"), "b", "vdu-1.0").await.expect(202);
    create(None, "shared", "vdu-1.0").await.expect(202);
    create(None, "shared", "vdu-1.0").await.expect(409);
    world.pass(10);
    assert_eq!(alphas.body["tenantId"], "alpha");
    let list = |tenant: &'static str| world.request("GET", "/operations").tenant(tenant).send();
    // What an operator tried in vain is nobody else's business; what is shared is everybody's.
    assert_eq!(list("alpha").await.each("deploymentId"), ["a", "shared"]);
    assert_eq!(list("beta").await.each("deploymentId"), ["b", "shared"]);
    assert_eq!(
        world.get("/operations").await.body["items"].as_array().unwrap().len(),
        4
    );
    let read = |tenant: &'static str| world.request("GET", &alphas.operation()).tenant(tenant).send();
    read("alpha").await.expect(200);
    read("beta").await.expect(404);

    // Who stands above tenants acts on a tenant's deployment: the tenant sees it.
    world
        .post("/deployments/a/scale", json!({"replicas": 2}))
        .await
        .expect(202);
    assert_eq!(list("alpha").await.each("operation"), ["create", "create", "scale"]);
    assert_eq!(list("beta").await.each("operation"), ["create", "create"]);
    world.pass(10);
    world.helm.script().refuses = Some(ErrorKind::Unavailable);
    world
        .post("/deployments/a/scale", json!({"replicas": 3}))
        .await
        .expect(503);
    world.pass(1);
    world.delete("/deployments/a").await.expect(202);
    assert_eq!(list("alpha").await.each("operation")[2..], ["scale", "scale", "delete"]);
    assert_eq!(list("beta").await.each("operation"), ["create", "create"]);
}
