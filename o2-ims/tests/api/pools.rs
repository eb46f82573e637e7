//! Resource pools: created, changed and deleted, rightly and wrongly.

use http::header::{ETAG, LOCATION};
use serde_json::{Value, json};

use super::world::{V1, V2, is_problem, is_wrong, world};

const POOLS: &str = "/o2ims/v2/resourcePools";

#[test]
fn a_pool_is_created_where_its_location_says() {
    let world = world();
    let new = json!({
        "resourcePoolId": "gpu-1", "name": "GPU nodes", "description": "A100", "oCloudId": "oc-1", "location": "dallas",
        "replicas": 3, "labels": {"zone": "a"}, "tags": ["gpu"], "extensions": {"x": {"y": 1}},
    });
    let created = world.client.post(POOLS, &new);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.header(LOCATION), "/o2ims/v2/resourcePools/gpu-1");
    for (name, value) in new.as_object().unwrap() {
        // The backend's own O-Cloud.
        let expected = if name == "oCloudId" { &json!("") } else { value };
        assert_eq!(&created.body[name], expected, "{name}");
    }
    let read = world.client.get(created.header(LOCATION));
    assert_eq!((&read.body, read.header(ETAG)), (&created.body, created.header(ETAG)));
}

#[test]
fn the_backend_picks_an_id_when_none_is_given() {
    let world = world();
    let created = world.client.post(POOLS, &json!({"name": "n"}));
    let id = created.body["resourcePoolId"].as_str().unwrap();
    assert_eq!(created.header(LOCATION), format!("{POOLS}/{id}"));
}

#[test]
fn the_size_is_understood_in_both_places() {
    for (body, expected) in [
        (json!({"name": "n"}), Ok(Value::Null)),
        (json!({"name": "n", "replicas": 0}), Ok(json!(0))),
        (json!({"name": "n", "replicas": 100_000}), Ok(json!(100_000))),
        (json!({"name": "n", "extensions": {"replicas": 5}}), Ok(json!(5))),
        (
            json!({"name": "n", "replicas": 2, "extensions": {"replicas": 5}}),
            Ok(json!(2)),
        ),
        (json!({"name": "n", "replicas": 100_001}), Err("body.replicas")),
        (json!({"name": "n", "replicas": -1}), Err("body.replicas")),
        (
            json!({"name": "n", "replicas": 4_294_967_296_u64}),
            Err("body.replicas"),
        ),
        (json!({"name": "n", "replicas": 1.5}), Err("body.replicas")),
        (json!({"name": "n", "replicas": "3"}), Err("body.replicas")),
        (
            json!({"name": "n", "extensions": {"replicas": -1}}),
            Err("body.extensions.replicas"),
        ),
        (
            json!({"name": "n", "extensions": {"replicas": "many"}}),
            Err("body.extensions.replicas"),
        ),
        (
            json!({"name": "n", "extensions": {"replicas": 1e18}}),
            Err("body.extensions.replicas"),
        ),
        (
            json!({"name": "n", "extensions": {"replicas": 1_000_000}}),
            Err("body.extensions.replicas"),
        ),
    ] {
        let answer = world().client.post(POOLS, &body);
        match expected {
            Ok(replicas) => assert_eq!((answer.status, &answer.body["replicas"]), (201, &replicas), "{body}"),
            Err(at) => is_wrong(&answer, at),
        }
    }
}

#[test]
fn wrong_bodies_are_refused_with_the_place() {
    let world = world();
    let many: serde_json::Map<_, _> = (0..101).map(|n| (n.to_string(), json!(n))).collect();
    for (body, at) in [
        (json!({}), "body"),
        (json!({"name": ""}), "body.name"),
        (json!({"name": " \t"}), "body.name"),
        (json!({"name": "a\u{7}b"}), "body.name"),
        (json!({"name": "x".repeat(256)}), "body.name"),
        (json!({"name": 7}), "body.name"),
        (
            json!({"name": "n", "description": "x".repeat(1001)}),
            "body.description",
        ),
        (json!({"name": "n", "nmae": "x"}), "body.nmae"),
        (json!({"name": "n", "tenantId": "red"}), "body.tenantId"),
        (json!({"name": "n", "labels": {"a": 1}}), "body.labels.a"),
        (json!({"name": "n", "labels": []}), "body.labels"),
        (json!({"name": "n", "tags": "gpu"}), "body.tags"),
        (json!({"name": "n", "tags": ["gpu", 1]}), "body.tags[1]"),
        (json!({"name": "n", "extensions": many}), "body.extensions"),
        (
            json!({"name": "n", "extensions": {"big": "x".repeat(5000)}}),
            "body.extensions.big",
        ),
        (json!({"name": "n", "extensions": 7}), "body.extensions"),
    ] {
        is_wrong(&world.client.post(POOLS, &body), at);
        // A replacement has the same fields and the same limits.
        is_wrong(&world.client.put(&format!("{POOLS}/p1"), &body), at);
    }
    for (body, at) in [
        (json!({"name": "n", "resourcePoolId": ""}), "body.resourcePoolId"),
        (json!({"name": "n", "resourcePoolId": "aws~p1"}), "body.resourcePoolId"),
        (
            json!({"name": "n", "resourcePoolId": "x".repeat(256)}),
            "body.resourcePoolId",
        ),
        (json!({"name": "n", "resourcePoolId": 7}), "body.resourcePoolId"),
    ] {
        is_wrong(&world.client.post(POOLS, &body), at);
    }
    for text in ["", "{", "[1]", "nonsense", "{\"name\":\"n\"} x"] {
        is_wrong(&world.client.send(http::Method::POST, POOLS, text), "body");
    }
    is_wrong(
        &world.client.post(&format!("{POOLS}?dryRun=1"), &json!({"name": "n"})),
        "dryRun",
    );
    is_wrong(
        &world
            .client
            .put(&format!("{POOLS}/p1"), &json!({"name": "n", "resourcePoolId": "p2"})),
        "body.resourcePoolId",
    );
    assert_eq!(world.edge().state().pools.len(), 3, "nothing came into being");
}

#[test]
fn what_is_there_already_is_a_conflict() {
    let world = world();
    for body in [
        json!({"name": "pool p1"}),
        json!({"name": "other", "resourcePoolId": "p1"}),
    ] {
        let answer = world.client.post(POOLS, &body);
        is_problem(&answer, 409);
        assert_eq!(
            (&answer.body["error"], &answer.body["plugin"]),
            (&json!("alreadyExists"), &json!("edge"))
        );
    }
}

#[test]
fn a_pool_with_resources_is_deleted_only_by_force() {
    let world = world();
    let target = format!("{POOLS}/p1");
    for refused in [target.clone(), format!("{target}?force=false")] {
        let answer = world.client.delete(&refused);
        is_problem(&answer, 409);
        assert_eq!(answer.body["detail"], "resourcePool 'p1' has resources");
    }
    for wrong in ["force=yes", "force=true&force=true"] {
        is_wrong(&world.client.delete(&format!("{target}?{wrong}")), "force");
    }
    is_wrong(&world.client.delete(&format!("{target}?cascade")), "cascade");
    assert_eq!(world.client.get(&target).status, 200);
    let deleted = world.client.delete(&format!("{target}?force"));
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    is_problem(&world.client.get(&target), 404);
    is_problem(&world.client.get(&format!("{V2}/resources/r1")), 404);
    is_problem(&world.client.delete(&target), 404);
}

#[test]
fn strange_ids_are_ids() {
    let world = world();
    // The default plugin's id contains the separator, so it is shown qualified.
    let shown = "edge~~odd/ü%";
    let target = format!("{POOLS}/edge~~odd%2F%C3%BC%25");
    let read = world.client.get(&target);
    assert_eq!((read.status, &read.body["resourcePoolId"]), (200, &json!(shown)));
    assert_eq!(
        world.client.patch(&target, &json!({"replicas": 1})).body["resourcePoolId"],
        shown
    );
    assert_eq!(world.client.get(&format!("{target}/resources")).items().len(), 0);
    assert_eq!(world.client.get(&format!("{target}/metrics")).status, 200);
    let listed = world.client.get(&format!("{POOLS}?resourcePoolId=edge~~odd/%C3%BC%25"));
    assert_eq!(listed.items().len(), 1);
    assert_eq!(world.client.delete(&target).status, 204);

    let created = world
        .client
        .post(POOLS, &json!({"name": "ö", "resourcePoolId": "größe 1/2%+?#"}));
    assert_eq!(created.status, 201);
    let location = created.header(LOCATION).to_owned();
    assert_eq!(location, format!("{POOLS}/gr%C3%B6%C3%9Fe%201%2F2%25%2B%3F%23"));
    assert_eq!(world.client.get(&location).body["name"], "ö");
    for unknown in ["none", "nobody~p1", "~", "~p1", "%20", "gr%C3%B6%C3%9Fe", "p1%00"] {
        for answer in [
            world.client.get(&format!("{POOLS}/{unknown}")),
            world.client.put(&format!("{POOLS}/{unknown}"), &json!({"name": "x"})),
            world.client.delete(&format!("{POOLS}/{unknown}")),
            world.client.get(&format!("{POOLS}/{unknown}/resources")),
            world.client.get(&format!("{POOLS}/{unknown}/metrics")),
            world.client.get(&format!("{POOLS}/{unknown}/events")),
        ] {
            is_problem(&answer, 404);
            assert_eq!(answer.body["error"], "notFound", "{unknown}");
        }
    }
    is_problem(&world.client.get(&format!("{POOLS}/%ff")), 400);
    assert_eq!(V1, "/o2ims/v1");
}

#[test]
fn what_happens_in_a_pool_and_how_busy_it_is() {
    let world = world();
    let metrics = world.client.get(&format!("{POOLS}/p1/metrics"));
    assert_eq!(
        metrics.body,
        json!({"cpuUsagePercent": 12.5, "nodeCount": 2, "healthyNodeCount": 0})
    );
    is_wrong(&world.client.get(&format!("{POOLS}/p1/metrics?window=5m")), "window");

    let events = format!("{POOLS}/p1/events");
    let ids = |items: &[Value]| super::world::column(items, "eventId").join(" ");
    assert_eq!(ids(&world.client.walk(&format!("{events}?limit=2"))), "p1-1 p1-2 p1-3");
    assert_eq!(
        ids(&world.client.walk(&format!("{events}?sort=-eventId&limit=2"))),
        "p1-3 p1-2 p1-1"
    );
    assert_eq!(ids(world.client.get(&format!("{events}?eventId=p1-2")).items()), "p1-2");
    is_wrong(&world.client.get(&format!("{events}?sort=nothing")), "sort");
    // A marker of one pool's events is none of another's.
    let page = world.client.get(&format!("{events}?limit=2"));
    let next = page.body["pagination"]["nextPage"].as_str().unwrap();
    is_wrong(&world.client.get(&next.replace("/p1/", "/p2/")), "marker");
}
