//! Changes of resource pools: replacements, patches, and who may make them.

use futures::FutureExt;
use http::header::{ETAG, IF_MATCH};
use o2_core::ErrorKind;
use o2_core::http::IfMatch;
use o2_ims::ResourcePoolUpdate;
use serde_json::{Value, json};

use super::plugin::Memory;
use super::world::{V2, World, context, is_problem, is_wrong, sampled, world};

const POOLS: &str = "/o2ims/v2/resourcePools";

#[test]
fn a_replacement_is_complete() {
    let world = world();
    let answer = world.client.put(
        &format!("{POOLS}/p1"),
        &json!({"name": "new", "replicas": 4, "oCloudSiteId": "s"}),
    );
    assert_eq!(answer.status, 200);
    assert_eq!(
        (
            &answer.body["name"],
            &answer.body["replicas"],
            &answer.body["oCloudSiteId"]
        ),
        (&json!("new"), &json!(4), &json!("s"))
    );
    for gone in ["location", "tags", "extensions"] {
        assert_eq!(answer.body.get(gone), None, "{gone}");
    }
    // What cannot change stays.
    assert_eq!(
        (&answer.body["resourcePoolId"], &answer.body["health"]["status"]),
        (&json!("p1"), &json!("healthy"))
    );
    assert_eq!(
        answer.header(ETAG),
        world.client.get(&format!("{POOLS}/p1")).header(ETAG)
    );
}

#[test]
fn a_patch_changes_what_it_names() {
    let target = format!("{POOLS}/p1");
    for (patch, name, expected) in [
        (json!({}), "name", json!("pool p1")),
        (json!({"name": "new"}), "name", json!("new")),
        (json!({"name": "new"}), "location", json!("dallas")),
        (json!({"location": null}), "location", Value::Null),
        (json!({"replicas": 7}), "replicas", json!(7)),
        (json!({"tags": ["a", "b"]}), "tags", json!(["a", "b"])),
        (json!({"tags": null}), "tags", Value::Null),
        (json!({"labels": {"zone": "a"}}), "labels", json!({"zone": "a"})),
        (
            json!({"extensions": {"a": {"b": null, "d": 3}}}),
            "extensions",
            json!({"a": {"c": 2, "d": 3}}),
        ),
        (json!({"extensions": {"a": null}}), "extensions", Value::Null),
        (
            json!({"extensions": {"a": 1, "none": null}}),
            "extensions",
            json!({"a": 1}),
        ),
    ] {
        let world = world();
        let answer = world.client.patch(&target, &patch);
        assert_eq!(answer.status, 200, "{patch}: {}", answer.body);
        assert_eq!(answer.body[name], expected, "{patch}");
        assert_eq!(world.client.get(&target).body, answer.body);
    }
    let world = world();
    for (patch, at) in [
        (json!([]), "body"),
        (json!("x"), "body"),
        (json!({"name": null}), "body"),
        (json!({"name": ""}), "body.name"),
        (json!({"replicas": -1}), "body.replicas"),
        (json!({"replicas": 100_001}), "body.replicas"),
        (json!({"resourcePoolId": "x"}), "body.resourcePoolId"),
        (json!({"expected": "x"}), "body.expected"),
        (json!({"labels": {"a": 1}}), "body.labels.a"),
    ] {
        is_wrong(&world.client.patch(&target, &patch), at);
    }
    is_wrong(&world.client.patch(&format!("{target}?x=1"), &json!({})), "x");
    assert_eq!(world.client.get(&target).body["name"], "pool p1");
}

#[test]
fn what_changes_by_itself_makes_no_other_state() {
    let world = World::of(vec![sampled(Memory::new("edge").unversioned())]);
    let target = format!("{POOLS}/p1");
    let seen = world.client.get(&target).header(ETAG).to_owned();
    let mut busier = world.plugins[0].state().pools["p1"].clone();
    busier.metrics.get_or_insert_default().node_count = 99;
    world.plugins[0].put(busier);
    let after = world.client.get(&target);
    assert_eq!(
        (&after.body["metrics"]["nodeCount"], after.header(ETAG)),
        (&json!(99), seen.as_str())
    );
    let conditional = world.client.with_header(IF_MATCH, &seen);
    assert_eq!(conditional.patch(&target, &json!({"replicas": 2})).status, 200);
    assert_eq!(conditional.patch(&target, &json!({"replicas": 3})).status, 412);
}

#[test]
fn only_who_has_seen_the_present_state_may_change_or_delete_it() {
    for plugin in [Memory::new("edge"), Memory::new("edge").unversioned()] {
        let world = World::of(vec![sampled(plugin)]);
        let target = format!("{POOLS}/p1");
        let old = world.client.get(&target).header(ETAG).to_owned();
        let new = world
            .client
            .patch(&target, &json!({"replicas": 1}))
            .header(ETAG)
            .to_owned();
        assert!(!old.is_empty() && old != new);
        let stale = world.client.with_header(IF_MATCH, &old);
        for answer in [
            stale.put(&target, &json!({"name": "x"})),
            stale.patch(&target, &json!({"name": "x"})),
            stale.delete(&target),
            stale.delete(&format!("{target}?force")),
        ] {
            is_problem(&answer, 412);
            assert!(
                answer.body["detail"].as_str().unwrap().contains(&new),
                "{}",
                answer.body
            );
        }
        let fresh = world.client.with_header(IF_MATCH, &new);
        assert_eq!(fresh.patch(&target, &json!({"name": "x"})).status, 200);
        let any = world.client.with_header(IF_MATCH, "*");
        assert_eq!(any.patch(&target, &json!({"name": "y"})).status, 200);
        is_wrong(
            &world.client.with_header(IF_MATCH, "x").patch(&target, &json!({})),
            "If-Match",
        );
        // The condition is looked at before the contents.
        let empty = format!("{POOLS}/none");
        is_problem(&any.patch(&empty, &json!({})), 404);
        is_problem(&any.delete(&empty), 404);
        assert_eq!(any.delete(&format!("{target}?force=true")).status, 204);
    }
}

#[test]
fn the_tag_is_the_same_in_both_versions_and_for_any_selection() {
    let world = world();
    let tag = world
        .client
        .get(&format!("{V2}/resourcePools/p1"))
        .header(ETAG)
        .to_owned();
    for target in [
        "/o2ims/v1/resourcePools/p1",
        "/o2ims/v2/resourcePools/p1?exclude_fields=tags",
    ] {
        assert_eq!(world.client.get(target).header(ETAG), tag, "{target}");
    }
}

#[test]
fn changes_at_the_same_time_are_both_made() {
    let world = world();
    let target = format!("{POOLS}/p1");
    world
        .edge()
        .let_others_be_faster(|pool| pool.description = "theirs".into());
    let answer = world.client.patch(&target, &json!({"replicas": 9}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        (&answer.body["description"], &answer.body["replicas"]),
        (&json!("theirs"), &json!(9))
    );

    // A replacement replaces what they did, and `*` asks for no particular state.
    world
        .edge()
        .let_others_be_faster(|pool| pool.description = "theirs again".into());
    let any = world
        .client
        .with_header(IF_MATCH, "*")
        .put(&target, &json!({"name": "mine"}));
    assert_eq!((any.status, &any.body["description"]), (200, &json!("")));

    // Who wants to change only what it has seen is told.
    let tag = world.client.get(&target).header(ETAG).to_owned();
    world
        .edge()
        .let_others_be_faster(|pool| pool.description = "theirs".into());
    is_problem(
        &world
            .client
            .with_header(IF_MATCH, &tag)
            .patch(&target, &json!({"replicas": 1})),
        412,
    );

    // Somebody who is always faster wins in the end.
    for _ in 0..10 {
        world.edge().let_others_be_faster(|pool| pool.description.push('!'));
    }
    let answer = world.client.patch(&target, &json!({"replicas": 1}));
    is_problem(&answer, 409);
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("others keep changing resourcePool 'p1'")
    );
}

#[test]
fn a_host_changes_a_pool_without_http() {
    let world = world();
    let refuse = |_: &_| Err(o2_core::Error::conflict("not now"));
    let context = context();
    let id = "p1".into();
    let result = world
        .service
        .update_resource_pool(&context, &id, &IfMatch::Unconditional, refuse);
    assert!(result.now_or_never().unwrap().unwrap_err().is(ErrorKind::Conflict));
    let change = |pool: &o2_ims::ResourcePool| {
        let mut update = ResourcePoolUpdate::of(pool);
        update.replicas = Some(5);
        Ok(update)
    };
    let result = world.service.update_resource_pool(&context, &id, &IfMatch::Any, change);
    let pool = result.now_or_never().unwrap().unwrap();
    assert_eq!((pool.replicas, pool.tags.len()), (Some(5), 1), "the rest stays");
    assert_eq!(world.service.o_cloud().name, "The O-Cloud");
    assert_eq!(world.service.plugins().registry().all().len(), 1);
}
