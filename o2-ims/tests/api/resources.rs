//! Resources: of all pools and of one, and where the gateway allows it, added and taken away.

use http::header::LOCATION;
use o2_core::{Error, ErrorKind};
use serde_json::json;

use super::plugin::Memory;
use super::world::{V1, V2, World, column, is_problem, is_wrong, sampled, two, world};

const RESOURCES: &str = "/o2ims/v2/resources";

#[test]
fn resources_of_a_pool_are_those_of_the_pool() {
    let world = world();
    for root in [V1, V2] {
        let all = world.client.get(&format!("{root}/resources"));
        assert_eq!(column(all.items(), "resourceId"), ["r1", "r2", "r3"]);
        let of_pool = world.client.get(&format!("{root}/resourcePools/p1/resources"));
        assert_eq!(column(of_pool.items(), "resourceId"), ["r1", "r2"]);
        let filtered = world
            .client
            .get(&format!("{root}/resourcePools/p1/resources?parentId=r1"));
        assert_eq!(column(filtered.items(), "resourceId"), ["r2"]);
        // Whoever asks for another pool's resources below this pool gets none.
        let none = world
            .client
            .get(&format!("{root}/resourcePools/p1/resources?resourcePoolId=p2"));
        assert_eq!(none.items().len(), 0);
        assert_eq!(
            world
                .client
                .walk(&format!("{root}/resourcePools/p1/resources?limit=1&sort=-name"))
                .len(),
            2
        );
    }
    let page = world.client.get(&format!("{V2}/resourcePools/p1/resources?limit=1"));
    assert_eq!(page.body["pagination"]["totalCount"], 2);
    let next = page.body["pagination"]["nextPage"].as_str().unwrap();
    is_wrong(&world.client.get(&next.replace("/p1/", "/p2/")), "marker");
}

#[test]
fn a_resource_is_found_below_its_own_pool_only() {
    let world = world();
    let below = |pool: &str| world.client.get(&format!("{V2}/resourcePools/{pool}/resources/r1"));
    let flat = world.client.get(&format!("{RESOURCES}/r1"));
    assert_eq!(below("p1").body, flat.body);
    // Either spelling of the default plugin's pool.
    assert_eq!(below("edge~p1").body, flat.body);
    for pool in ["p2", "none", "nobody~p1"] {
        let answer = below(pool);
        is_problem(&answer, 404);
        assert_eq!(answer.body["detail"], "there is no resource 'r1'");
    }
    is_problem(&world.client.get(&format!("{RESOURCES}/r9")), 404);
    is_wrong(&world.client.get(&format!("{RESOURCES}/r1?limit=3")), "limit");
}

#[test]
fn either_spelling_of_a_pool_has_its_resources() {
    let world = two();
    for (pool, expected) in [
        ("p1", ["r1", "r2"]),
        ("edge~p1", ["r1", "r2"]),
        ("aws~p1", ["aws~r1", "aws~r2"]),
    ] {
        let answer = world.client.get(&format!("{V2}/resourcePools/{pool}/resources"));
        assert_eq!(column(answer.items(), "resourceId"), expected, "{pool}");
    }
}

#[test]
fn a_resource_is_added_and_taken_away_where_the_gateway_allows_it() {
    let world = world();
    let new = json!({
        "resourceId": "n 1/ü", "resourceTypeId": "t1", "resourcePoolId": "p1", "name": "new", "description": "d",
        "globalAssetId": "s-1", "tags": ["x"], "labels": {}, "extensions": {"a": 1},
    });
    let created = world.client.post(RESOURCES, &new);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(
        (&created.body["resourceId"], &created.body["globalAssetId"]),
        (&json!("n 1/ü"), &json!("s-1"))
    );
    let location = created.header(LOCATION).to_owned();
    assert_eq!(location, format!("{RESOURCES}/n%201%2F%C3%BC"));
    assert_eq!(world.client.get(&location).body, created.body);
    is_problem(&world.client.post(RESOURCES, &new), 409);
    assert_eq!(world.client.delete(&location).status, 204);
    is_problem(&world.client.delete(&location), 404);
}

#[test]
fn what_is_in_use_is_taken_away_only_by_force() {
    let world = world();
    world
        .edge()
        .state()
        .resources
        .get_mut("r1")
        .unwrap()
        .labels
        .insert("inUse".into(), "yes".into());
    is_problem(&world.client.delete(&format!("{RESOURCES}/r1")), 409);
    is_wrong(&world.client.delete(&format!("{RESOURCES}/r1?force=1")), "force");
    is_wrong(&world.client.delete(&format!("{RESOURCES}/r1?x")), "x");
    assert_eq!(world.client.delete(&format!("{RESOURCES}/r1?force=true")).status, 204);
}

#[test]
fn wrong_resources_are_refused_with_the_place() {
    let world = two();
    let good = json!({"resourceTypeId": "t1", "resourcePoolId": "p1"});
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (body, at) in [
        (json!({}), "body"),
        (json!({"resourceTypeId": "t1"}), "body"),
        (json!({"resourcePoolId": "p1"}), "body"),
        (with("resourceTypeId", json!("")), "body.resourceTypeId"),
        (with("resourcePoolId", json!("")), "body.resourcePoolId"),
        (with("resourcePoolId", json!(7)), "body.resourcePoolId"),
        (with("resourcePoolId", json!("none")), "body.resourcePoolId"),
        (with("resourcePoolId", json!("nobody~p1")), "body.resourcePoolId"),
        (with("resourceTypeId", json!("nobody~t1")), "body.resourceTypeId"),
        (with("resourceTypeId", json!("aws~t1")), "body.resourceTypeId"),
        (with("resourceId", json!("a~b")), "body.resourceId"),
        (with("resourceId", json!("")), "body.resourceId"),
        (with("name", json!("")), "body.name"),
        (with("description", json!("x".repeat(1001))), "body.description"),
        (with("extensions", json!({"x": "y".repeat(5000)})), "body.extensions.x"),
        (with("tenantId", json!("red")), "body.tenantId"),
        (with("tags", json!({})), "body.tags"),
    ] {
        is_wrong(&world.client.post(RESOURCES, &body), at);
    }
    is_wrong(&world.client.post(&format!("{RESOURCES}?x=1"), &good), "x");
    for plugin in &world.plugins {
        assert_eq!(plugin.state().resources.len(), 3);
    }
}

#[test]
fn an_outage_is_not_the_callers_mistake() {
    let world = two();
    world
        .service
        .plugins()
        .registry()
        .mark_failed("aws", "it panicked")
        .unwrap();
    let body = json!({"resourceTypeId": "aws~t1", "resourcePoolId": "aws~p1"});
    let answer = world.client.post(RESOURCES, &body);
    is_problem(&answer, 503);
    assert!(!answer.body.to_string().contains("panicked"));
    world.plugins[0].break_down(Some(|| Error::new(ErrorKind::Timeout, "late")));
    is_problem(
        &world
            .client
            .post(RESOURCES, &json!({"resourceTypeId": "t1", "resourcePoolId": "p1"})),
        504,
    );
}

#[test]
fn where_the_gateway_does_not_allow_it_nothing_is_asked_of_the_plugin() {
    let world = World::with(vec![sampled(Memory::new("edge"))], |service| service);
    let body = json!({"resourceTypeId": "t1", "resourcePoolId": "p1"});
    for (answer, operation) in [
        (world.client.post(RESOURCES, &body), "create_resource"),
        (world.client.delete(&format!("{RESOURCES}/r1")), "delete_resource"),
        (world.client.delete(&format!("{RESOURCES}/none")), "delete_resource"),
    ] {
        is_problem(&answer, 501);
        assert_eq!(answer.body["operation"], operation);
        assert_eq!(answer.body.get("plugin"), None, "no plugin is to blame");
    }
    let batch = world
        .client
        .post(&format!("{V2}/batch/resources"), &json!({"resources": [body]}));
    assert_eq!((batch.status, &batch.body["results"][0]["status"]), (207, &json!(501)));
    assert_eq!(world.edge().state().resources.len(), 3);
}
