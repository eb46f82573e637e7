//! Several objects in one request.

use serde_json::{Value, json};

use super::world::{V2, World, is_problem, is_wrong, two, world};

fn post(world: &World, path: &str, body: &Value) -> o2_testkit::http::Answer {
    world.client.post(&format!("{V2}/batch/{path}"), body)
}

#[track_caller]
fn statuses(answer: &o2_testkit::http::Answer) -> Vec<u64> {
    let results = answer.body["results"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.body));
    let status = |(index, result): (usize, &Value)| {
        let status = result["status"].as_u64().unwrap();
        assert_eq!(result["index"], index);
        assert_eq!(result["success"], status < 400);
        assert_eq!(result.get("error").is_some(), status >= 400);
        status
    };
    let statuses: Vec<u64> = results.iter().enumerate().map(status).collect();
    let failures = statuses.iter().filter(|status| **status >= 400).count();
    assert_eq!(answer.status, if failures == 0 { 200 } else { 207 });
    assert_eq!(
        (&answer.body["failureCount"], &answer.body["success"]),
        (&json!(failures), &json!(failures == 0))
    );
    statuses
}

#[test]
fn each_item_is_created_or_refused_on_its_own() {
    let world = two();
    let answer = post(
        &world,
        "resourcePools",
        &json!({"resourcePools": [
            {"name": "a", "resourcePoolId": "a"},
            {"name": "pool p1"},
            {"name": ""},
            {"name": "b", "resourcePoolId": "b", "location": "us-east-1"},
            {"name": "c", "replicas": 100_001},
        ]}),
    );
    assert_eq!(statuses(&answer), [201, 409, 400, 201, 400]);
    let results = &answer.body["results"];
    assert_eq!(
        (
            &results[0]["data"]["resourcePoolId"],
            &results[3]["data"]["resourcePoolId"]
        ),
        (&json!("a"), &json!("aws~b"))
    );
    assert_eq!(results[2]["error"]["violations"][0]["at"], "body.name");
    assert_eq!(results[1]["error"]["plugin"], "edge");
}

#[test]
fn an_atomic_batch_is_all_or_nothing() {
    let world = two();
    let mut body = json!({"atomic": true, "resourcePools": [
        {"name": "a", "resourcePoolId": "a"},
        {"name": "b", "resourcePoolId": "b", "location": "us-east-1"},
        {"name": "pool p1"},
    ]});
    let answer = post(&world, "resourcePools", &body);
    assert_eq!(statuses(&answer), [409, 409, 409]);
    assert!(
        answer.body["results"][0]["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("this one was undone")
    );
    for plugin in &world.plugins {
        assert_eq!(plugin.state().pools.len(), 3);
    }
    body["resourcePools"].as_array_mut().unwrap().pop();
    assert_eq!(statuses(&post(&world, "resourcePools", &body)), [201, 201]);

    let resource = |id: &str, pool: &str| json!({"resourceId": id, "resourceTypeId": "t1", "resourcePoolId": pool});
    let body = json!({"atomic": true, "resources": [resource("x", "p1"), resource("y", "none")]});
    assert_eq!(statuses(&post(&world, "resources", &body)), [409, 400]);
    assert!(!world.edge().state().resources.contains_key("x"));

    let body = json!({"atomic": true, "subscriptions": [{"callback": "https://a/"}, {"callback": "a"}]});
    assert_eq!(statuses(&post(&world, "subscriptions", &body)), [409, 400]);
    assert_eq!(world.client.get(&format!("{V2}/subscriptions")).items().len(), 0);
}

#[test]
fn several_pools_are_changed_and_deleted() {
    let world = two();
    let updates = json!({"updates": [
        {"resourcePoolId": "p1", "update": {"replicas": 4, "location": null}},
        {"resourcePoolId": "aws~p1", "update": {"name": "new"}},
        {"resourcePoolId": "none", "update": {}},
        {"resourcePoolId": "p2", "update": {"nothing": 1}},
        {"resourcePoolId": "p2", "update": []},
    ]});
    let answer = post(&world, "resourcePools/update", &updates);
    assert_eq!(statuses(&answer), [200, 200, 404, 400, 400]);
    let results = &answer.body["results"];
    assert_eq!(
        (&results[0]["data"]["replicas"], results[0]["data"].get("location")),
        (&json!(4), None)
    );
    assert_eq!(results[1]["data"]["resourcePoolId"], "aws~p1");
    assert_eq!(results[3]["error"]["violations"][0]["at"], "body.nothing");

    let ids = json!({"resourcePoolIds": ["p1", "aws~~odd/ü%", "none"]});
    let answer = post(&world, "resourcePools/delete", &ids);
    assert_eq!(statuses(&answer), [409, 204, 404]);
    assert!(answer.body["results"][1].get("data").is_none());
    let ids = json!({"resourcePoolIds": ["p1", "p1"], "force": true});
    let mut twice = statuses(&post(&world, "resourcePools/delete", &ids));
    twice.sort_unstable();
    assert_eq!(twice, [204, 404]);
}

#[test]
fn several_resources_and_subscriptions_come_and_go() {
    let world = two();
    let resource = |id: &str, pool: &str| json!({"resourceId": id, "resourceTypeId": "t1", "resourcePoolId": pool});
    let body = json!({"resources": [resource("x", "p1"), resource("r1", "p1"), resource("z", "nobody~p")]});
    assert_eq!(statuses(&post(&world, "resources", &body)), [201, 409, 400]);
    let body = json!({"resourceIds": ["x", "none", "aws~r1"]});
    assert_eq!(statuses(&post(&world, "resources/delete", &body)), [204, 404, 204]);

    let body = json!({"subscriptions": [{"callback": "https://a/"}, {"callback": "https://a/"}, {"callback": "x"}]});
    let mut created = statuses(&post(&world, "subscriptions", &body));
    created.sort_unstable();
    assert_eq!(created, [201, 400, 409]);
    let listed = world.client.get(&format!("{V2}/subscriptions"));
    let id = &listed.items()[0]["subscriptionId"];
    let body = json!({"subscriptionIds": [id, "none"]});
    assert_eq!(statuses(&post(&world, "subscriptions/delete", &body)), [204, 404]);
}

const BATCHES: [(&str, &str); 7] = [
    ("resourcePools", "resourcePools"),
    ("resourcePools/update", "updates"),
    ("resourcePools/delete", "resourcePoolIds"),
    ("resources", "resources"),
    ("resources/delete", "resourceIds"),
    ("subscriptions", "subscriptions"),
    ("subscriptions/delete", "subscriptionIds"),
];

#[test]
fn wrong_batches_are_refused_as_a_whole() {
    let world = world();
    for (path, name) in BATCHES {
        for (body, at) in [
            (json!({}), "body".to_owned()),
            (json!([]), "body".to_owned()),
            (json!({name: []}), "body".to_owned()),
            (json!({name: {}}), format!("body.{name}")),
            (json!({name: [], "other": 1}), "body.other".to_owned()),
            (json!({name: [7]}), format!("body.{name}[0]")),
        ] {
            let answer = post(&world, path, &body);
            is_problem(&answer, 400);
            assert_eq!(answer.violation(), at, "{path} {body}: {}", answer.body);
        }
        is_wrong(&post(&world, &format!("{path}?x=1"), &json!({name: []})), "x");
    }
    let ids: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let answer = post(&world, "resourcePools/delete", &json!({"resourcePoolIds": ids}));
    is_problem(&answer, 400);
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("a batch has 1 to 100 items, not 101")
    );
    for body in [
        json!({"resourcePools": [{"name": "a", "nmae": 1}]}),
        json!({"resourcePools": [{"name": "a"}, {"name": 7}]}),
    ] {
        let answer = post(&world, "resourcePools", &body);
        is_problem(&answer, 400);
        assert!(answer.violation().starts_with("body.resourcePools["), "{}", answer.body);
    }
    assert_eq!(world.edge().state().pools.len(), 3);
}
