//! Policies.

use serde_json::{Value, json};

use crate::world::World;

fn scaling() -> Value {
    json!({"name": "scale-out", "policyType": "autoscale", "scope": {"site": "dallas"},
           "rules": [{"if": "cpu > 80", "then": "scale"}], "extensions": {"onap.pdp": "drools"}})
}

#[tokio::test]
async fn a_policy_is_put_in_force_and_replaced() {
    let world = World::new();
    let applied = world.call("POST", "/policies?plugin=osm", scaling()).await.good();
    assert_eq!(applied.header("location"), "/o2smo/v1/policies/osm~p1/status");
    assert_eq!(
        applied.body,
        json!({"policyId": "osm~p1", "status": "active", "enforcementCount": 0, "violationCount": 0})
    );
    let status = world.call("GET", "/policies/osm~p1/status", ()).await.good();
    assert_eq!(status.body, applied.body);

    // Under the id that the first answer gave it.
    let mut changed = scaling();
    changed["policyId"] = "osm~p1".into();
    changed["enabled"] = false.into();
    let replaced = world.call("POST", "/policies", changed.clone()).await.good();
    assert_eq!(
        (&replaced.body["policyId"], &replaced.body["status"]),
        (&json!("osm~p1"), &json!("disabled"))
    );
    assert_eq!(world.osm.state().policies.len(), 1);
    let known = world.osm.state().policies["p1"].0.clone();
    assert_eq!(
        (known.policy_id.unwrap().as_str(), known.rules),
        ("p1", scaling()["rules"].clone())
    );

    // Or under the plugin's own id, with the plugin named.
    changed["policyId"] = "p1".into();
    world.call("POST", "/policies?plugin=osm", changed.clone()).await.good();
    assert_eq!(world.osm.state().policies.len(), 1);
    assert_eq!(
        world.call("POST", "/policies", changed).await.good().body["policyId"],
        "p1"
    );
    assert_eq!(world.onap.state().policies.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_policy_is_named() {
    let world = World::new();
    for (body, at) in [
        (json!({"policyType": "t"}), "body"),
        (json!({"name": "n"}), "body"),
        (json!({"name": "", "policyType": "t"}), "body.name"),
        (json!({"name": "n", "policyType": ""}), "body.policyType"),
        (json!({"name": "n", "policyType": "t", "scope": "all"}), "body.scope"),
        (
            json!({"name": "n", "policyType": "t", "enabled": "yes"}),
            "body.enabled",
        ),
        (json!({"name": "n", "policyType": "t", "policyId": ""}), "body.policyId"),
        (
            json!({"name": "n", "policyType": "t", "policyId": "nobody~p1"}),
            "body.policyId",
        ),
        (
            json!({"name": "n", "policyType": "t", "policyId": "osm~p1", "pluginName": "onap"}),
            "body.policyId",
        ),
        (
            json!({"name": "n", "policyType": "t", "pluginName": "nobody"}),
            "body.pluginName",
        ),
        (json!({"name": "n", "policyType": "t", "kind": "t"}), "body.kind"),
        (
            json!({"name": "n", "policyType": "t", "extensions": {"k": "x".repeat(5000)}}),
            "body.extensions.k",
        ),
    ] {
        let answer = world.call("POST", "/policies", body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["violations"][0]["at"]),
            (400, &json!(at)),
            "{body}"
        );
    }
    world
        .call("POST", "/policies?plugin=nobody", scaling())
        .await
        .failed(404, "there is no plugin 'nobody'");
    world
        .call("GET", "/policies/p9/status", ())
        .await
        .failed(404, "there is no policy 'p9'");
    world
        .call("GET", "/policies/nobody~p1/status", ())
        .await
        .failed(404, "there is no policy 'nobody~p1'");
    assert_eq!(world.onap.calls("apply_policy") + world.osm.calls("apply_policy"), 0);
}

#[tokio::test]
async fn a_foreign_tenants_policy_does_not_exist() {
    let world = World::new();
    let applied = world.call_as(Some("red"), "POST", "/policies", scaling()).await.good();
    assert_eq!(applied.body["tenantId"], "red");
    world
        .call_as(Some("blue"), "GET", "/policies/p1/status", ())
        .await
        .failed(404, "there is no policy 'p1'");
    world
        .call_as(Some("red"), "GET", "/policies/p1/status", ())
        .await
        .good();
    world.call("GET", "/policies/p1/status", ()).await.good();
}
