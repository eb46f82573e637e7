//! The SMO plugins themselves.

use std::time::Duration;

use o2_core::HealthStatus;
use o2_core::registry::RegisterOptions;
use serde_json::json;

use crate::orchestrator::Orchestrator;
use crate::world::World;

#[tokio::test]
async fn plugins_are_listed_with_what_they_can_do() {
    let world = World::new();
    let listed = world.call("GET", "/plugins", ()).await.good();
    assert_eq!(listed.items("name"), ["onap", "osm"]);
    let mut plugin = world.call("GET", "/plugins/osm", ()).await.good().body;
    let operations = plugin.as_object_mut().unwrap().remove("operations").unwrap();
    assert_eq!(
        plugin,
        json!({"name": "osm", "kind": "scripted", "version": "1.2.3", "status": "active", "isDefault": false,
               "capabilities": ["inventory-sync", "event-publishing", "workflow-orchestration", "service-modeling",
                                "policy-management"]})
    );
    let operations = operations.as_array().unwrap();
    assert!(operations.contains(&json!("sync_infrastructure")) && !operations.contains(&json!("delete_service_model")));

    let check = async |query: &str, expected: &[&str]| {
        let listed = world.call("GET", &format!("/plugins?{query}"), ()).await.good();
        assert_eq!(listed.items("name"), expected, "{query}");
    };
    check("isDefault=true", &["onap"]).await;
    check("filter=(cont,capabilities,policy)&sort=-name", &["osm", "onap"]).await;
    world.plugins.disable("osm").unwrap();
    check("status=disabled", &["osm"]).await;
    world
        .call("GET", "/plugins/nobody", ())
        .await
        .failed(404, "there is no plugin 'nobody'");
    world.call("GET", "/plugins?colour=red", ()).await.failed(400, "colour");
}

#[tokio::test]
async fn a_plugin_of_other_tenants_is_not_there() {
    let world = World::with(|plugins, clock| {
        let private = Orchestrator::new("private", clock, &[]);
        plugins
            .register(private, RegisterOptions::new().for_tenants(["red".into()]))
            .unwrap();
    });
    for (tenant, sees) in [(Some("red"), true), (Some("blue"), false), (None, true)] {
        let listed = world.call_as(tenant, "GET", "/plugins", ()).await.good();
        assert_eq!(listed.items("name").contains(&"private"), sees, "{tenant:?}");
        let read = world.call_as(tenant, "GET", "/plugins/private", ()).await;
        assert_eq!(read.status, if sees { 200 } else { 404 });
        let checked = world.call_as(tenant, "GET", "/health", ()).await.good();
        assert_eq!(
            checked.body["plugins"].as_array().unwrap().len(),
            if sees { 3 } else { 2 }
        );
        let started = world
            .call_as(
                tenant,
                "POST",
                "/workflows",
                json!({"workflowName": "w", "pluginName": "private"}),
            )
            .await;
        assert_eq!(started.status, if sees { 202 } else { 400 });
        assert_eq!(started.body.to_string().contains("(known: onap, osm)"), !sees);
    }
}

#[tokio::test]
async fn health_is_checked_when_it_is_asked_for() {
    use HealthStatus::{Degraded, Healthy, Unhealthy};
    for (onap, osm, expected) in [
        (Healthy, Healthy, "healthy"),
        (Healthy, Degraded, "degraded"),
        (Degraded, Degraded, "degraded"),
        (Healthy, Unhealthy, "degraded"),
        (Unhealthy, Unhealthy, "unhealthy"),
    ] {
        let world = World::new();
        world.clock.advance(Duration::from_secs(1));
        world.onap.state().health = onap;
        world.osm.state().health = osm;
        let health = world.call("GET", "/health", ()).await.good().body;
        assert_eq!(
            (&health["status"], &health["timestamp"]),
            (&json!(expected), &json!("2026-01-01T00:00:01Z"))
        );
        let plugins = health["plugins"].as_array().unwrap();
        assert_eq!(plugins[0]["health"]["status"], onap.as_str());
        assert_eq!(plugins[1]["health"]["status"], osm.as_str());
        let read = world.call("GET", "/plugins/osm", ()).await.good();
        assert_eq!(read.body["health"], plugins[1]["health"]);
    }
}

#[tokio::test]
async fn disabled_plugins_do_not_count_and_nobody_is_unhealthy() {
    let world = World::new();
    world.osm.state().health = HealthStatus::Unhealthy;
    world.plugins.disable("osm").unwrap();
    let health = world.call("GET", "/health", ()).await.good().body;
    assert_eq!(
        (&health["status"], &health["plugins"][1]["status"]),
        (&json!("healthy"), &json!("disabled"))
    );
    world.plugins.disable("onap").unwrap();
    assert_eq!(
        world.call("GET", "/health", ()).await.good().body["status"],
        "unhealthy"
    );
    world.call("GET", "/health?deep", ()).await.failed(400, "deep");
}

#[tokio::test]
async fn what_a_backend_says_is_for_those_above_tenants() {
    let world = World::new();
    world.osm.state().health = HealthStatus::Degraded;
    let above = world.call("GET", "/health", ()).await.good().body;
    assert_eq!(above["plugins"][1]["health"]["details"]["aai"], "10.0.0.5 is slow");
    let tenant = world.call_as(Some("red"), "GET", "/health", ()).await.good().body;
    assert_eq!(tenant["plugins"][1]["health"]["status"], "degraded");
    assert!(!tenant.to_string().contains("slow"), "{tenant}");
}
