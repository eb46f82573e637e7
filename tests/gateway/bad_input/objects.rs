//! Requests that are well formed and still cannot be granted.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::support::{POOL, POOLS, World, request};

fn send(method: Method, target: &str, body: &Value) -> http::Request<Bytes> {
    crate::support::json(request(method, target), body)
}

#[test]
fn duplicates_are_conflicts() {
    let world = World::new();
    world.create(POOLS, &json!({"name": "taken", "resourcePoolId": "p1"}));
    let exists = |says| (409, "alreadyExists", "", says);
    for (body, says) in [
        (json!({"name": "taken"}), "'taken' already exists"),
        (json!({"name": "free", "resourcePoolId": "p1"}), "'p1' already exists"),
    ] {
        let problem = refuse(&world, send(Method::POST, POOLS, &body), exists(says));
        assert_eq!(problem.plugin.as_deref(), Some("memory"));
        assert_eq!(problem.operation.as_deref(), Some("create_resource_pool"));
    }
    let rename = send(Method::PATCH, &format!("{POOLS}/{POOL}"), &json!({"name": "taken"}));
    refuse(&world, rename, exists("'taken' already exists"));

    let subscription = json!({"callback": "https://smo/notify", "filter": {"resourcePoolId": "p1"}});
    let first = world.create("/o2ims/v1/subscriptions", &subscription);
    let same = json!({"callback": "https://smo/notify", "filter": {"resourcePoolIds": ["p1"]}});
    let answer = world.post("/o2ims/v1/subscriptions", &same);
    assert_eq!((answer.status, answer.problem().error.as_str()), (409, "alreadyExists"));
    let location = format!("/o2ims/v1/subscriptions/{}", first["subscriptionId"].as_str().unwrap());
    assert_eq!(answer.header("location"), location);
    assert_eq!(world.get(answer.header("location")).expect(200), first);
}

#[test]
fn a_pool_with_nodes_is_deleted_by_force_only() {
    let world = World::new();
    let pool = format!("{POOLS}/{POOL}");
    let delete = |target: &str| request(Method::DELETE, target).body(Bytes::new()).unwrap();
    let says = "has 4 resources; delete them first, or delete it with force";
    refuse(&world, delete(&pool), (409, "conflict", "", says));
    refuse(
        &world,
        delete(&format!("{pool}?force=false")),
        (409, "conflict", "", says),
    );
    let maybe = delete(&format!("{pool}?force=maybe"));
    refuse(&world, maybe, (400, "invalidInput", "force", "must be true or false"));
    let nodes = world.get("/o2ims/v1/resources").items("resourceId").len();
    world.delete(&format!("{pool}?force=true")).expect(204);
    assert_eq!(world.get(&pool).status, 404);
    assert_eq!(world.get("/o2ims/v1/resources").items("resourceId").len(), nodes - 4);
    refuse(&world, delete(&pool), (404, "notFound", "", "there is no "));
}

#[test]
fn a_pool_is_scaled_to_sensible_sizes_only() {
    let world = World::new();
    let pool = format!("{POOLS}/{POOL}");
    let whole = "expected a whole number from 0 to 4294967295";
    for (body, at, says) in [
        (json!({"replicas": -1}), "body.replicas", whole),
        (json!({"replicas": 1.5}), "body.replicas", whole),
        (json!({"replicas": "3"}), "body.replicas", whole),
        (json!({"replicas": 5_000_000_000_u64}), "body.replicas", whole),
        (json!({"replicas": u32::MAX}), "body.replicas", "must be at most 100000"),
        (
            json!({"replicas": 1001}),
            "replicas",
            "is 1001, but a pool has at most 1000 nodes",
        ),
        (
            json!({"extensions": {"replicas": -1}}),
            "extensions.replicas",
            "must be a whole number from 0 on, not -1",
        ),
        (
            json!({"extensions": {"replicas": "many"}}),
            "extensions.replicas",
            "not \"many\"",
        ),
    ] {
        let scale = send(Method::PATCH, &pool, &body);
        refuse(&world, scale, (400, "invalidInput", at, says));
    }
    for body in [
        json!({"name": "x", "replicas": -1}),
        json!({"name": "x", "replicas": 1001}),
    ] {
        let problem = world.post(POOLS, &body).problem();
        assert_eq!((problem.status, problem.error.as_str()), (400, "invalidInput"));
    }
    world.patch(&pool, &json!({"replicas": 0})).expect(200);
    assert!(world.get(&format!("{pool}/resources")).items("resourceId").is_empty());
    world.delete(&pool).expect(204);
}

#[test]
fn single_resources_are_written_where_the_operator_allows_it() {
    let world = World::new();
    let new = json!({"resourceTypeId": "type-compute-medium", "resourcePoolId": POOL});
    let says = "switched off in this gateway (gateway.resourceWrites)";
    let refusal: Refusal<'_> = (501, "unsupported", "", says);
    let problem = refuse(&world, send(Method::POST, "/o2ims/v1/resources", &new), refusal);
    assert_eq!(problem.operation.as_deref(), Some("create_resource"));
    let delete = request(Method::DELETE, "/o2ims/v1/resources/node-mock-001")
        .body(Bytes::new())
        .unwrap();
    refuse(&world, delete, refusal);

    let world = World::of("gateway: {resourceWrites: true}");
    world.create("/o2ims/v1/resources", &new);
    for (body, at, says) in [
        (
            json!({"resourceTypeId": "none", "resourcePoolId": POOL}),
            "resourceTypeId",
            "none",
        ),
        (
            json!({"resourceTypeId": "type-compute-medium", "resourcePoolId": "none"}),
            "resourcePoolId",
            "none",
        ),
        (
            json!({"resourceTypeId": "type-compute-medium", "resourcePoolId": "elsewhere~p"}),
            "body.resourcePoolId",
            "elsewhere~p",
        ),
    ] {
        refuse(
            &world,
            send(Method::POST, "/o2ims/v1/resources", &body),
            (400, "invalidInput", at, says),
        );
    }
}

#[test]
fn a_batch_says_what_became_of_every_item() {
    let world = World::new();
    world.create(POOLS, &json!({"name": "taken"}));
    let batch = "/o2ims/v1/batch/resourcePools";
    let pools = json!([{"name": "new-1"}, {"name": "taken"}, {"name": "new-2"}]);
    let before = world.everything();
    let result = world
        .post(batch, &json!({"resourcePools": pools, "atomic": true}))
        .expect(207);
    let statuses = |result: &Value| -> Vec<u64> {
        result["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["status"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(
        (statuses(&result), &result["successCount"]),
        (vec![409, 409, 409], &json!(0))
    );
    assert_eq!(result["results"][1]["error"]["error"], "alreadyExists");
    assert_eq!(
        result["results"][0]["error"]["detail"],
        "another item of the batch failed; this one was undone"
    );
    assert_eq!(world.everything(), before);

    let result = world.post(batch, &json!({"resourcePools": pools})).expect(207);
    assert_eq!(
        (statuses(&result), &result["failureCount"]),
        (vec![201, 409, 201], &json!(1))
    );
    let names = world.get(POOLS).items("name");
    assert!(names.contains(&"new-1".to_owned()) && names.contains(&"new-2".to_owned()));

    let many: Vec<Value> = (0..101).map(|number| json!({"name": format!("p{number}")})).collect();
    for (pools, says) in [
        (json!([]), "1 to 100 items, not 0"),
        (json!(many), "1 to 100 items, not 101"),
    ] {
        let request = send(Method::POST, batch, &json!({"resourcePools": pools}));
        refuse(&world, request, (400, "invalidInput", "body", says));
    }
    let wrong = send(
        Method::POST,
        batch,
        &json!({"resourcePools": [{"name": "a"}, {"name": 5}]}),
    );
    refuse(
        &world,
        wrong,
        (400, "invalidInput", "body.resourcePools[1].name", "expected a string"),
    );
}
