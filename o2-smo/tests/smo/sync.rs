//! Inventories: those that callers send, and those that the gateway makes.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::registry::RegisterOptions;
use serde_json::{Value, json};

use crate::orchestrator::Orchestrator;
use crate::world::World;

const ALL: &str = "*";

#[tokio::test]
async fn without_body_the_gateways_own_inventory_is_handed_out() {
    // Some clients always send an object; that shall not empty the orchestrator.
    for body in ["", " ", "{}", " { } "] {
        let world = World::new();
        world.clock.advance(Duration::from_secs(60));
        let answer = world.call("POST", "/sync/infrastructure", body).await.good();
        assert_eq!(
            answer.body,
            json!({"status": "synced", "message": "4 created, 1 updated, 0 deleted",
                   "created": 4, "updated": 1, "deleted": 0})
        );
        assert_eq!(answer.header("o2-partial"), "");
        let inventory = world.onap.state().infrastructure[0].clone();
        let ids: Vec<_> = inventory
            .resources
            .iter()
            .map(|resource| resource.resource_id.as_str())
            .collect();
        let edge = (0..10).map(|n| format!("node-{n}"));
        let core = (0..5).map(|n| format!("core~node-{n}"));
        assert_eq!(ids, edge.chain(core).collect::<Vec<_>>());
        assert_eq!(inventory.resources[10].resource_pool_id.as_str(), "core~pool-0");
        assert_eq!(inventory.deployment_managers.len(), 2);
        assert!(inventory.resource_types.is_empty(), "no backend has types");
        assert!(!inventory.partial);
        assert_eq!(inventory.timestamp.unwrap().to_string(), "2026-01-01T00:01:00Z");
    }
}

#[tokio::test]
async fn the_deployments_are_handed_out_in_the_same_way() {
    let world = World::new();
    let answer = world.call("POST", "/sync/deployments?plugin=osm", ()).await.good();
    assert_eq!(
        (&answer.body["status"], &answer.body["created"]),
        (&json!("synced"), &json!(9))
    );
    let inventory = world.osm.state().deployments[0].clone();
    assert_eq!(
        (inventory.packages.len(), inventory.deployments.len(), inventory.partial),
        (1, 9, false)
    );
    assert!(world.onap.state().deployments.is_empty());

    world.helm.fail(ALL, ErrorKind::Unavailable, false);
    world
        .call("POST", "/sync/deployments", ())
        .await
        .failed(503, "scripted failure");
    assert!(world.onap.state().deployments.is_empty());
}

#[tokio::test]
async fn a_tenant_hands_out_what_it_sees() {
    let world = World::new();
    for (tenant, pools) in [(Some("red"), 4), (Some("blue"), 2), (None, 4)] {
        world.call_as(tenant, "POST", "/sync/infrastructure", ()).await.good();
        let inventory = world.onap.state().infrastructure.pop().unwrap();
        assert_eq!(inventory.resource_pools.len(), pools, "{tenant:?}");
    }
}

#[tokio::test]
async fn an_inventory_with_gaps_is_marked_partial() {
    // Which lists fail, how many resources are left, and whether the header names the backend once.
    for (operation, later_pages, resources) in [
        ("list_resources", false, 10),
        ("list_resources", true, 13),
        ("list_resource_pools", false, 15),
        (ALL, false, 10),
    ] {
        let world = World::new();
        world.core.fail(operation, ErrorKind::Timeout, later_pages);
        let answer = world.call("POST", "/sync/infrastructure", ()).await.good();
        assert_eq!(answer.header("o2-partial"), "core=timeout", "{operation}");
        assert_eq!(answer.body["status"], "partial");
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.ends_with("; missing: core=timeout"), "{message}");
        let inventory = world.onap.state().infrastructure[0].clone();
        assert!(inventory.partial);
        assert_eq!(inventory.resources.len(), resources, "{operation} {later_pages}");
    }
}

#[tokio::test]
async fn when_nobody_answers_nothing_is_handed_out() {
    let world = World::new();
    world.edge.fail(ALL, ErrorKind::Timeout, false);
    world.core.fail(ALL, ErrorKind::Unavailable, false);
    let answer = world.call("POST", "/sync/infrastructure", ()).await;
    answer.failed(503, "scripted failure");
    assert_eq!(answer.body["plugin"], "core");
    assert!(world.onap.state().infrastructure.is_empty());
}

fn inventory() -> Value {
    json!({"resourcePools": [{"resourcePoolId": "p1", "name": "pool"}], "timestamp": "2025-01-01T00:00:00Z",
           "partial": true})
}

#[tokio::test]
async fn an_inventory_in_the_body_is_handed_out_as_it_is() {
    let world = World::new();
    let answer = world
        .call("POST", "/sync/infrastructure?plugin=osm", inventory())
        .await
        .good();
    assert_eq!(
        (&answer.body["status"], &answer.body["created"]),
        (&json!("synced"), &json!(1))
    );
    let taken = world.osm.state().infrastructure[0].clone();
    assert_eq!(
        (taken.resource_pools[0].resource_pool_id.as_str(), taken.partial),
        ("p1", true)
    );
    assert_eq!(taken.timestamp.unwrap().to_string(), "2025-01-01T00:00:00Z");

    // Nothing, said with a list, is an inventory.
    world
        .call("POST", "/sync/deployments", json!({"deployments": []}))
        .await
        .good();
    let taken = world.onap.state().deployments[0].clone();
    assert!(taken.deployments.is_empty() && taken.timestamp.is_some());
}

#[tokio::test]
async fn all_plugins_that_can_get_it() {
    let world = World::with(|plugins, clock| {
        let events_only = Orchestrator::new("ves", clock, &[&o2_smo::op::SYNC_INFRASTRUCTURE]);
        plugins.register(events_only, RegisterOptions::new()).unwrap();
    });
    let answer = world
        .call("POST", "/sync/infrastructure?plugin=*", inventory())
        .await
        .good();
    assert_eq!(
        answer.body,
        json!({"status": "synced", "message": "onap: 1 created, 1 updated, 0 deleted; osm: 1 created, 1 updated, 0 deleted",
               "created": 2, "updated": 2, "deleted": 0})
    );
    world.osm.state().failure = Some(ErrorKind::Unavailable);
    world.edge.fail(ALL, ErrorKind::Timeout, false);
    let answer = world.call("POST", "/sync/infrastructure?plugin=*", ()).await.good();
    assert_eq!(answer.header("o2-partial"), "edge=timeout, osm=unavailable");
    assert_eq!(
        (&answer.body["status"], &answer.body["updated"]),
        (&json!("partial"), &json!(1))
    );

    let refused = world.call("POST", "/sync/infrastructure?plugin=ves", ()).await;
    refused.failed(501, "operation sync_infrastructure is not supported");
    assert_eq!(refused.body["plugin"], "ves");
    world
        .call("POST", "/sync/infrastructure?plugin=nobody", ())
        .await
        .failed(404, "there is no plugin 'nobody'");
    world.onap.state().failure = Some(ErrorKind::Timeout);
    world
        .call("POST", "/sync/infrastructure?plugin=*", inventory())
        .await
        .failed(503, "scripted failure");
}

#[tokio::test]
async fn what_is_wrong_with_an_inventory_is_named() {
    let world = World::new();
    let twice = json!({"resources": [{"resourceId": "r"}, {"resourceId": "s"}, {"resourceId": "r"}]});
    for (path, body, at) in [
        ("infrastructure", json!([]), "body"),
        ("infrastructure", json!({"pools": []}), "body.pools"),
        ("infrastructure", json!({"resourcePools": {}}), "body.resourcePools"),
        (
            "infrastructure",
            json!({"resourcePools": [{"name": 1}]}),
            "body.resourcePools[0].name",
        ),
        (
            "infrastructure",
            json!({"resourcePools": [{"name": "x"}]}),
            "body.resourcePools[0].resourcePoolId",
        ),
        (
            "infrastructure",
            json!({"resourceTypes": [{}]}),
            "body.resourceTypes[0].resourceTypeId",
        ),
        (
            "infrastructure",
            json!({"deploymentManagers": [{}]}),
            "body.deploymentManagers[0].deploymentManagerId",
        ),
        ("infrastructure", twice, "body.resources[2].resourceId"),
        ("infrastructure", json!({"timestamp": "now"}), "body.timestamp"),
        (
            "deployments",
            json!({"deployments": [{"name": "x"}]}),
            "body.deployments[0].deploymentId",
        ),
        ("deployments", json!({"packages": [{}]}), "body.packages[0].packageId"),
        ("deployments", json!({"resourcePools": []}), "body.resourcePools"),
    ] {
        let answer = world.call("POST", &format!("/sync/{path}"), body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["violations"][0]["at"]),
            (400, &json!(at)),
            "{body}"
        );
    }
    world
        .call("POST", "/sync/infrastructure", "{")
        .await
        .failed(400, "line 1");
    world
        .call("POST", "/sync/infrastructure", "{} {}")
        .await
        .failed(400, "body");
    world
        .call("POST", "/sync/infrastructure?all", ())
        .await
        .failed(400, "all: unknown query parameter");
    assert!(world.onap.state().calls.is_empty());
}
