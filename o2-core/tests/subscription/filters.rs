//! What subscriptions are about: expressions and criteria.

use serde_json::{Value, json};

use super::{ROOT, is_problem, subscribe, to, world};

fn about(filter: &Value) -> Value {
    let mut body = to("smo");
    body["filter"] = filter.clone();
    body
}

#[test]
fn filters_come_back_in_the_shape_and_under_the_first_name() {
    for (sent, shown) in [
        (json!("(eq,name,a)"), json!("(eq,name,a)")),
        (json!(" ( EQ , name , 'a' )"), json!(" ( EQ , name , 'a' )")),
        (json!(""), json!("")),
        (json!({}), json!({})),
        (json!({"resourcePoolId": "p1"}), json!({"resourcePoolId": "p1"})),
        (json!({"resourcePoolIds": ["p1"]}), json!({"resourcePoolId": "p1"})),
        (
            json!({"resourcePoolIds": ["p1", "p2"]}),
            json!({"resourcePoolId": ["p1", "p2"]}),
        ),
        (json!({"resourceTypeIds": [], "resourceId": ""}), json!({})),
        (json!({"nfDeploymentIds": ["d"]}), json!({"deploymentId": "d"})),
        (
            json!({"nfDeploymentDescriptorIds": ["d", "e"]}),
            json!({"packageId": ["d", "e"]}),
        ),
        (
            json!({"eventType": "ResourceChanged"}),
            json!({"eventTypes": ["ResourceChanged"]}),
        ),
        (
            json!({"eventTypes": ["a", "b"], "objectTypes": ["resource"]}),
            json!({"eventTypes": ["a", "b"], "objectType": "resource"}),
        ),
        (
            json!({"labels": {"zone": "a"}, "extensions": {"x": 1, "y": "z", "w": true}, "namespace": "ran"}),
            json!({"labels": {"zone": "a"}, "extensions": {"x": 1, "y": "z", "w": true}, "namespace": "ran"}),
        ),
    ] {
        let world = world();
        let path = subscribe(&world.client, &about(&sent));
        assert_eq!(world.client.get(&path).body["filter"], shown, "{sent}");
        assert_eq!(world.client.get(ROOT).items()[0]["filter"], shown, "{sent}");
    }
}

#[test]
fn equal_filters_are_the_same_subscription() {
    for (one, other) in [
        (
            json!({"resourcePoolId": "p1"}),
            json!({"resourcePoolIds": ["p1", "p1"]}),
        ),
        (json!({"eventTypes": ["b", "a"]}), json!({"eventType": ["a", "b"]})),
        (json!(""), json!({"resourceId": ""})),
        (json!("  "), json!(null)),
        (json!("(eq,name,a)"), json!("(EQ,name,'a')")),
        (
            json!({"labels": {"a": "1", "b": "2"}}),
            json!({"labels": {"b": "2", "a": "1"}}),
        ),
    ] {
        let world = world();
        let path = subscribe(&world.client, &about(&one));
        let again = world.client.post(ROOT, &about(&other));
        is_problem(&again, 409);
        assert_eq!(again.header("location"), path, "{one} {other}");
    }
}

#[test]
fn patches_merge_criteria_and_replace_expressions() {
    let world = world();
    let path = subscribe(
        &world.client,
        &about(&json!({"resourcePoolId": "p1", "labels": {"a": "1", "b": "2"}})),
    );
    let filter = |patch: Value| {
        let answer = world.client.patch(&path, &json!({"filter": patch}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["filter"].clone()
    };
    let labels = json!({"resourceId": ["r1", "r2"], "labels": {"a": null, "c": "3"}});
    assert_eq!(
        filter(labels),
        json!({"resourcePoolId": "p1", "resourceId": ["r1", "r2"], "labels": {"b": "2", "c": "3"}})
    );
    assert_eq!(filter(json!("(eq,name,a)")), json!("(eq,name,a)"));
    assert_eq!(filter(json!({"resourceId": "r3"})), json!({"resourceId": "r3"}));
    // Two names of one criterion say the same thing twice.
    let answer = world.client.patch(&path, &json!({"filter": {"resourceIds": ["r4"]}}));
    is_problem(&answer, 400);
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("duplicate field `resourceId`"),
        "{}",
        answer.body
    );
}
