//! Events.

use o2_core::ErrorKind;
use serde_json::{Value, json};

use crate::world::World;

fn created() -> Value {
    json!({"eventType": "ResourcePoolCreated", "resourceType": "resourcePool", "resourceId": "pool-1",
           "payload": {"name": "edge"}})
}

#[tokio::test]
async fn events_are_published_with_id_and_time() {
    let world = World::new();
    let answer = world.call("POST", "/events/infrastructure", created()).await.good();
    let event = world.onap.state().infrastructure_events[0].clone();
    let id = event.event_id.unwrap();
    assert_eq!(answer.body, json!({"eventId": id, "status": "published"}));
    assert_eq!(id.len(), 36);
    assert_eq!(event.timestamp.unwrap().to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(
        (event.resource_id.as_str(), &event.payload["name"]),
        ("pool-1", &json!("edge"))
    );

    let body = json!({"eventId": "n-1", "eventType": "DeploymentReady", "deploymentId": "helm~d-1",
                      "timestamp": "2025-12-31T23:00:00Z"});
    let answer = world.call("POST", "/events/deployment?plugin=osm", body).await.good();
    assert_eq!(answer.body["eventId"], "n-1");
    let event = world.osm.state().deployment_events[0].clone();
    assert_eq!(
        (event.event_id.as_deref(), event.deployment_id.as_str()),
        (Some("n-1"), "helm~d-1")
    );
    assert_eq!(event.timestamp.unwrap().to_string(), "2025-12-31T23:00:00Z");
    assert!(world.onap.state().deployment_events.is_empty());
}

#[tokio::test]
async fn an_event_for_all_says_who_did_not_take_it() {
    let world = World::new();
    world.osm.state().failure = Some(ErrorKind::Unavailable);
    let answer = world
        .call("POST", "/events/infrastructure?plugin=*", created())
        .await
        .good();
    assert_eq!(answer.header("o2-partial"), "osm=unavailable");
    let published = world.onap.state().infrastructure_events[0].event_id.clone();
    assert_eq!(answer.body["eventId"].as_str(), published.as_deref());

    world.onap.state().failure = Some(ErrorKind::Timeout);
    world
        .call("POST", "/events/infrastructure?plugin=*", created())
        .await
        .failed(503, "scripted failure");
    world
        .call("POST", "/events/infrastructure", created())
        .await
        .failed(504, "scripted failure");
}

#[tokio::test]
async fn what_is_wrong_with_an_event_is_named() {
    let world = World::new();
    let with = |name: &str, value: Value| {
        let mut body = created();
        body[name] = value;
        body
    };
    for (body, at) in [
        (json!({}), "body"),
        (with("eventType", "".into()), "body.eventType"),
        (with("resourceType", " ".into()), "body.resourceType"),
        (with("resourceId", "".into()), "body.resourceId"),
        (with("eventId", "".into()), "body.eventId"),
        (with("eventId", "x".repeat(256).into()), "body.eventId"),
        (with("timestamp", "yesterday".into()), "body.timestamp"),
        (with("payload", "text".into()), "body.payload"),
        (with("deploymentId", "d".into()), "body.deploymentId"),
    ] {
        let answer = world.call("POST", "/events/infrastructure", body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["violations"][0]["at"]),
            (400, &json!(at)),
            "{body}"
        );
    }
    for (body, at) in [
        (json!({"eventType": "DeploymentReady"}), "body"),
        (json!({"eventType": "", "deploymentId": "d"}), "body.eventType"),
        (
            json!({"eventType": "DeploymentReady", "deploymentId": ""}),
            "body.deploymentId",
        ),
    ] {
        let answer = world.call("POST", "/events/deployment", body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["violations"][0]["at"]),
            (400, &json!(at)),
            "{body}"
        );
    }
    for path in ["/events/infrastructure", "/events/deployment"] {
        world
            .call("POST", path, "")
            .await
            .failed(400, "a JSON body is required");
    }
    world
        .call("POST", "/events/infrastructure?plugin=nobody", created())
        .await
        .failed(404, "there is no plugin 'nobody'");
    world
        .call("POST", "/events/infrastructure?to=osm", created())
        .await
        .failed(400, "to: unknown query parameter");
    assert!(world.onap.state().calls.is_empty());
}
