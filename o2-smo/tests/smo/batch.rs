//! Several items in one request.

use o2_core::ErrorKind;
use serde_json::{Value, json};

use crate::world::{Answer, World};

fn statuses(answer: &Answer) -> Vec<u64> {
    let results = answer.body["results"].as_array().unwrap();
    results.iter().map(|item| item["status"].as_u64().unwrap()).collect()
}

fn workflow(name: &str, plugin: &str) -> Value {
    json!({"workflowName": name, "pluginName": plugin})
}

#[tokio::test]
async fn workflows_are_started_and_stopped() {
    let world = World::new();
    let all = json!({"workflows": [workflow("a", "onap"), workflow("b", "osm")]});
    let started = world.call("POST", "/batch/workflows", all).await.good();
    assert_eq!(statuses(&started), [202, 202]);
    assert_eq!(started.body["results"][1]["data"]["executionId"], "osm~e1");

    let some = json!({"workflows": [workflow("c", "onap"), workflow("", "onap"), workflow("d", "nobody")]});
    let mixed = world.call("POST", "/batch/workflows", some).await;
    assert_eq!((mixed.status, statuses(&mixed)), (207, vec![202, 400, 400]));
    assert_eq!(
        (&mixed.body["successCount"], &mixed.body["failureCount"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        mixed.body["results"][2]["error"]["violations"][0]["at"],
        "body.pluginName"
    );

    let ids = json!({"executionIds": ["e1", "osm~e1", "e9"]});
    let stopped = world.call("POST", "/batch/workflows/cancel", ids).await;
    assert_eq!((stopped.status, statuses(&stopped)), (207, vec![204, 204, 404]));
    assert_eq!(
        world.call("GET", "/workflows/osm~e1", ()).await.good().body["status"],
        "cancelled"
    );
    world
        .call("POST", "/batch/workflows/cancel", json!({"executionIds": ["e2"]}))
        .await
        .good();
}

#[tokio::test]
async fn a_foreign_tenants_workflow_is_not_stopped() {
    let world = World::new();
    world
        .call_as(Some("red"), "POST", "/workflows", workflow("a", "onap"))
        .await
        .good();
    let stopped = world
        .call_as(
            Some("blue"),
            "POST",
            "/batch/workflows/cancel",
            json!({"executionIds": ["e1"]}),
        )
        .await;
    assert_eq!((stopped.status, statuses(&stopped)), (207, vec![404]));
    assert_eq!(world.onap.calls("cancel_workflow"), 0);
}

#[tokio::test]
async fn an_atomic_batch_undoes_what_it_did() {
    let world = World::new();
    let workflows = json!({"workflows": [workflow("a", "onap"), workflow("", "onap")], "atomic": true});
    let undone = world.call("POST", "/batch/workflows", workflows).await;
    assert_eq!((undone.status, statuses(&undone)), (207, vec![409, 400]));
    assert_eq!(
        world.call("GET", "/workflows/e1", ()).await.good().body["status"],
        "cancelled"
    );

    let good = json!({"name": "a", "version": "1"});
    let bad = json!({"name": "", "version": "1"});
    let models = json!({"serviceModels": [good, bad], "atomic": true});
    let undone = world.call("POST", "/batch/serviceModels", models).await;
    assert_eq!((undone.status, statuses(&undone)), (207, vec![409, 400]));
    assert!(world.onap.state().models.is_empty());

    // This orchestrator cannot remove models, and the answer says so.
    let kept = json!({"name": "a", "version": "1", "pluginName": "osm"});
    let models = json!({"serviceModels": [kept, bad], "atomic": true});
    let stuck = world.call("POST", "/batch/serviceModels", models).await;
    let detail = stuck.body["results"][0]["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("'osm~m1' could not be removed again"), "{detail}");
}

#[tokio::test]
async fn service_models_are_registered_and_removed() {
    let world = World::new();
    let models = json!({"serviceModels": [{"name": "a", "version": "1"}, {"name": "b", "version": "1"}]});
    let registered = world.call("POST", "/batch/serviceModels", models).await.good();
    assert_eq!(statuses(&registered), [201, 201]);
    let removed = world
        .call(
            "POST",
            "/batch/serviceModels/delete",
            json!({"modelIds": ["m1", "osm~m1", "m2"]}),
        )
        .await;
    assert_eq!((removed.status, statuses(&removed)), (207, vec![204, 501, 204]));
    assert!(world.onap.state().models.is_empty());
}

#[tokio::test]
async fn policies_are_applied() {
    let world = World::new();
    let policy = |name: &str| json!({"name": name, "policyType": "t"});
    let applied = world
        .call(
            "POST",
            "/batch/policies",
            json!({"policies": [policy("a"), policy("b")]}),
        )
        .await
        .good();
    assert_eq!(
        (statuses(&applied), applied.body["success"].clone()),
        (vec![201, 201], json!(true))
    );
    world.onap.state().failure = Some(ErrorKind::Unavailable);
    let failed = world
        .call("POST", "/batch/policies", json!({"policies": [policy("a")]}))
        .await;
    assert_eq!((failed.status, statuses(&failed)), (207, vec![503]));
}

#[tokio::test]
async fn what_is_wrong_with_a_batch_is_named() {
    let world = World::new();
    let many: Vec<_> = (0..101).map(|number| workflow(&number.to_string(), "onap")).collect();
    for (path, body, words) in [
        ("/batch/workflows", json!({"workflows": []}), "1 to 100 items, not 0"),
        (
            "/batch/workflows",
            json!({"workflows": many}),
            "1 to 100 items, not 101",
        ),
        ("/batch/workflows", json!({}), "missing field `workflows`"),
        (
            "/batch/workflows",
            json!({"workflows": [{"name": "a"}]}),
            "body.workflows[0].name: unknown field",
        ),
        (
            "/batch/workflows",
            json!({"workflows": [workflow("a", "onap")], "atomic": 1}),
            "body.atomic",
        ),
        (
            "/batch/workflows/cancel",
            json!({"executionIds": [1]}),
            "body.executionIds[0]",
        ),
        (
            "/batch/policies",
            json!({"policies": [], "atomic": true}),
            "unknown field `atomic`",
        ),
        (
            "/batch/workflows?plugin=osm",
            json!({"workflows": []}),
            "no query parameters are known here",
        ),
    ] {
        world.call("POST", path, body).await.failed(400, words);
    }
    assert!(world.onap.state().calls.is_empty());
}
