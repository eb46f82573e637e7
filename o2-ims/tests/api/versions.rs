//! What v1 hides and v2 shows.

use serde_json::{Value, json};

use super::world::{V1, V2, is_problem, world};

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

const POOL: [&str; 5] = ["health", "metrics", "tags", "createdAt", "updatedAt"];
const RESOURCE: [&str; 2] = ["health", "createdAt"];

#[test]
fn v1_hides_what_came_with_v2() {
    let world = world();
    for (target, since_v2) in [
        ("/resourcePools/p1", &POOL[..]),
        ("/resourcePools/p1?all_fields", &POOL),
        ("/resourcePools/p1?fields=health,tags", &POOL),
        ("/resources/r1", &RESOURCE),
        ("/resourcePools/p1/resources/r1", &RESOURCE),
    ] {
        let first = world.client.get(&format!("{V1}{target}"));
        let second = world.client.get(&format!("{V2}{target}"));
        for name in since_v2 {
            assert!(!keys(&first.body).contains(name), "{name} in {target}");
        }
        assert!(
            since_v2.iter().any(|name| keys(&second.body).contains(name)),
            "{target}"
        );
        let old: Vec<_> = keys(&second.body)
            .into_iter()
            .filter(|name| !since_v2.contains(name))
            .collect();
        assert_eq!(keys(&first.body), old, "{target}: everything else is the same");
    }
    for (list, since_v2) in [
        ("/resourcePools", &POOL[..]),
        ("/resources", &RESOURCE),
        ("/resourcePools/p1/resources", &RESOURCE),
    ] {
        for item in world.client.get(&format!("{V1}{list}")).items() {
            assert!(since_v2.iter().all(|name| !keys(item).contains(name)), "{list}");
        }
        for item in world.client.get(&format!("{V2}{list}")).items() {
            assert!(since_v2.iter().any(|name| keys(item).contains(name)), "{list}");
        }
    }
}

#[test]
fn answers_to_changes_are_hidden_too() {
    for root in [V1, V2] {
        let world = world();
        let shown = |answer: &Value| keys(answer).contains(&"tags");
        let pools = format!("{root}/resourcePools");
        let new = json!({"name": "n", "resourcePoolId": "n", "tags": ["x"]});
        assert_eq!(shown(&world.client.post(&pools, &new).body), root == V2);
        let target = format!("{pools}/p1");
        assert_eq!(
            shown(&world.client.patch(&target, &json!({"replicas": 1})).body),
            root == V2
        );
        assert_eq!(
            shown(&world.client.put(&target, &json!({"name": "x", "tags": ["y"]})).body),
            root == V2
        );
        let batch = json!({"resourcePools": [{"name": "b", "tags": ["x"]}]});
        let created = world.client.post(&format!("{root}/batch/resourcePools"), &batch);
        assert_eq!(shown(&created.body["results"][0]["data"]), root == V2);
        let batch = json!({"updates": [{"resourcePoolId": "p1", "update": {"replicas": 2}}]});
        let changed = world.client.post(&format!("{root}/batch/resourcePools/update"), &batch);
        assert_eq!(shown(&changed.body["results"][0]["data"]), root == V2);
    }
}

#[test]
fn a_patch_in_v1_keeps_what_v1_does_not_show() {
    let world = world();
    assert_eq!(
        world
            .client
            .patch(&format!("{V1}/resourcePools/p1"), &json!({"replicas": 1}))
            .status,
        200
    );
    assert_eq!(
        world.client.get(&format!("{V2}/resourcePools/p1")).body["tags"],
        json!(["gpu"])
    );
}

#[test]
fn v1_has_no_metrics_and_events_and_pages_only_when_there_are_pages() {
    let world = world();
    for path in ["metrics", "events"] {
        is_problem(&world.client.get(&format!("{V1}/resourcePools/p1/{path}")), 404);
        assert_eq!(world.client.get(&format!("{V2}/resourcePools/p1/{path}")).status, 200);
    }
    assert_eq!(keys(&world.client.get(&format!("{V1}/resourcePools")).body), ["items"]);
    let page = world.client.get(&format!("{V1}/resourcePools?limit=2"));
    assert_eq!(keys(&page.body), ["items", "pagination"]);
    assert_eq!(page.body["pagination"]["totalCount"], 3);
    assert!(page.header("link").ends_with("rel=\"next\""));
    assert_eq!(world.client.walk(&format!("{V1}/resourcePools?limit=2")).len(), 3);
}
