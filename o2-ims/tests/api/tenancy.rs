//! What is another tenant's does not exist, even when a plugin hands it out.

use serde_json::json;

use super::plugin::Memory;
use super::world::{V1, V2, World, column, is_problem, sampled, world};

/// A backend that keeps tenants apart, and one that does not.
fn both() -> [World; 2] {
    [world(), World::of(vec![sampled(Memory::new("edge").leaky())])]
}

#[test]
fn foreign_objects_are_in_no_list() {
    for world in both() {
        let blue = world.client.for_tenant("blue");
        for root in [V1, V2] {
            for sort in ["", "?sort=name", "?limit=1"] {
                let pools = blue.walk(&format!("{root}/resourcePools{sort}"));
                let mut ids = column(&pools, "resourcePoolId");
                ids.sort_unstable();
                assert_eq!(ids, ["edge~~odd/ü%", "p1"], "{sort}");
                assert_eq!(blue.walk(&format!("{root}/resources{sort}")).len(), 2);
            }
            assert_eq!(
                blue.get(&format!("{root}/resources?resourcePoolId=p2")).items().len(),
                0
            );
        }
        assert_eq!(
            world
                .client
                .for_tenant("red")
                .get(&format!("{V2}/resourcePools"))
                .items()
                .len(),
            3
        );
        assert_eq!(
            world.client.get(&format!("{V2}/resourcePools")).items().len(),
            3,
            "above tenants"
        );
    }
}

#[test]
fn foreign_objects_are_not_found_and_not_touched() {
    for world in both() {
        let blue = world.client.for_tenant("blue");
        for answer in [
            blue.get(&format!("{V2}/resourcePools/p2")),
            blue.put(&format!("{V2}/resourcePools/p2"), &json!({"name": "mine"})),
            blue.patch(&format!("{V2}/resourcePools/p2"), &json!({"name": "mine"})),
            blue.delete(&format!("{V2}/resourcePools/p2")),
            blue.delete(&format!("{V2}/resourcePools/p2?force")),
            blue.with_header(http::header::IF_MATCH, "*")
                .delete(&format!("{V2}/resourcePools/p2?force")),
            blue.get(&format!("{V2}/resourcePools/p2/resources")),
            blue.get(&format!("{V2}/resourcePools/p2/metrics")),
            blue.get(&format!("{V2}/resourcePools/p2/events")),
            blue.get(&format!("{V2}/resourcePools/p2/resources/r3")),
            blue.get(&format!("{V2}/resources/r3")),
            blue.delete(&format!("{V2}/resources/r3")),
            blue.delete(&format!("{V2}/resources/r3?force")),
        ] {
            is_problem(&answer, 404);
            assert_eq!(answer.body["error"], "notFound");
        }
        let deleted = blue.post(
            &format!("{V2}/batch/resourcePools/delete"),
            &json!({"resourcePoolIds": ["p2"], "force": true}),
        );
        assert_eq!(
            (deleted.status, &deleted.body["results"][0]["status"]),
            (207, &json!(404))
        );
        let state = world.edge().state();
        assert_eq!(state.pools["p2"].name, "pool p2");
        assert!(state.resources.contains_key("r3"));
    }
}

#[test]
fn a_foreign_object_is_told_of_in_the_words_of_one_that_does_not_exist() {
    for world in both() {
        let blue = world.client.for_tenant("blue");
        let foreign = blue.get(&format!("{V2}/resourcePools/p2")).body;
        let unknown = blue.get(&format!("{V2}/resourcePools/p9")).body;
        for name in ["title", "error", "plugin"] {
            assert_eq!(foreign[name], unknown[name], "{name}");
        }
        assert_eq!(
            foreign["detail"].as_str().unwrap().replace("p2", "p9"),
            unknown["detail"]
        );
    }
}

#[test]
fn what_a_tenant_creates_is_its_own() {
    let world = world();
    let (red, blue) = (world.client.for_tenant("red"), world.client.for_tenant("blue"));
    let created = blue.post(&format!("{V2}/resourcePools"), &json!({"name": "blue's"}));
    assert_eq!((created.status, &created.body["tenantId"]), (201, &json!("blue")));
    let target = created.header("location").to_owned();
    assert_eq!(blue.get(&target).status, 200);
    is_problem(&red.get(&target), 404);
    // The same name is free for another tenant.
    assert_eq!(
        red.post(&format!("{V2}/resourcePools"), &json!({"name": "blue's"}))
            .status,
        201
    );
    is_problem(
        &blue.post(&format!("{V2}/resourcePools"), &json!({"name": "blue's"})),
        409,
    );
}

#[test]
fn shared_objects_are_there_for_every_tenant() {
    let world = world();
    let red = world.client.for_tenant("red");
    for target in [
        "/resourcePools/p1",
        "/resourcePools/p2",
        "/resources/r1",
        "/resources/r3",
        "/resourcePools/p2/metrics",
    ] {
        assert_eq!(red.get(&format!("{V2}{target}")).status, 200, "{target}");
    }
    assert_eq!(red.delete(&format!("{V2}/resources/r3")).status, 204);
    assert_eq!(red.delete(&format!("{V2}/resourcePools/p2?force")).status, 204);
}
