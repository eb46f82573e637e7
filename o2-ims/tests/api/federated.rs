//! Two plugins with the same ids, from end to end.

use serde_json::{Value, json};

use super::world::{V2, World, column, is_problem, two};

fn items(world: &World, target: &str, name: &str) -> Vec<String> {
    let items = world.client.walk(&format!("{V2}{target}"));
    column(&items, name).into_iter().map(ToOwned::to_owned).collect()
}

#[test]
fn lists_have_the_objects_of_both_with_ids_of_their_own() {
    let world = two();
    let pools = ["edge~~odd/ü%", "p1", "p2", "aws~p1", "aws~p2", "aws~~odd/ü%"];
    for limit in 1..8 {
        let mut found = items(&world, &format!("/resourcePools?limit={limit}"), "resourcePoolId");
        assert_eq!(found.len(), 6);
        found.sort_unstable();
        let mut expected = pools;
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(
            items(&world, &format!("/resources?sort=name&limit={limit}"), "resourceId"),
            ["aws~r1", "r1", "aws~r2", "r2", "aws~r3", "r3"]
        );
    }
    assert_eq!(
        items(&world, "/resourceTypes", "resourceTypeId"),
        ["t1", "t2", "aws~t1", "aws~t2"]
    );
    assert_eq!(
        items(&world, "/deploymentManagers", "deploymentManagerId"),
        ["m1", "aws~m1"]
    );
    assert_eq!(items(&world, "/alarms", "alarmEventRecordId"), ["a1", "aws~a1"]);
}

#[test]
fn references_lead_to_objects_of_the_same_plugin() {
    let world = two();
    let resource = world.client.get(&format!("{V2}/resources/aws~r2")).body;
    let get = |collection: &str, name: &str| {
        let id = resource[name].as_str().unwrap();
        assert!(id.starts_with("aws~"), "{name}: {id}");
        world.client.get(&format!("{V2}/{collection}/{id}"))
    };
    assert_eq!(get("resourcePools", "resourcePoolId").status, 200);
    assert_eq!(get("resourceTypes", "resourceTypeId").status, 200);
    assert_eq!(get("resources", "parentId").body["name"], "node r1");
    let element = &resource["elements"][0];
    assert_eq!(
        (&element["resourceId"], &element["resourcePoolId"]),
        (&json!("aws~r2-nic"), &json!("aws~p1"))
    );
    let alarms = world.client.get(&format!("{V2}/alarms?alarmEventRecordId=aws~a1"));
    let alarm = &alarms.items()[0];
    assert_eq!(
        (&alarm["objectId"], &alarm["objectTypeId"]),
        (&json!("aws~r1"), &json!("aws~t1"))
    );
    for target in [
        "/resourcePools/aws~p1/resources/aws~r1",
        "/deploymentManagers/aws~m1",
        "/resourcePools/aws~p1/metrics",
    ] {
        assert_eq!(world.client.get(&format!("{V2}{target}")).status, 200, "{target}");
    }
    is_problem(
        &world.client.get(&format!("{V2}/resourcePools/p1/resources/aws~r1")),
        404,
    );
    assert_eq!(
        items(&world, "/resourcePools/aws~p1/resources", "resourceId"),
        ["aws~r1", "aws~r2"]
    );
    assert_eq!(
        items(&world, "/resourcePools/aws~p1/events?limit=1", "eventId"),
        ["p1-1", "p1-2", "p1-3"]
    );
}

#[test]
fn filters_speak_of_the_ids_that_are_shown() {
    let world = two();
    for (filter, expected) in [
        ("resourcePoolId=aws~p1", vec!["aws~r1", "aws~r2"]),
        ("resourcePoolId=p1", vec!["r1", "r2"]),
        ("filter=(in,resourceId,r1,aws~r3,nobody~r1)", vec!["r1", "aws~r3"]),
        ("filter=(eq,parentId,aws~r1)", vec!["aws~r2"]),
        ("filter=(cont,resourceId,aws)", vec!["aws~r1", "aws~r2", "aws~r3"]),
        (
            "filter=(neq,resourcePoolId,p1);(neq,resourcePoolId,aws~p1)",
            vec!["r3", "aws~r3"],
        ),
        ("filter=(eq,elements/resourceId,aws~r1-nic)", vec!["aws~r1"]),
        ("resourcePoolId=edge~p1", vec![]),
    ] {
        assert_eq!(
            items(&world, &format!("/resources?{filter}"), "resourceId"),
            expected,
            "{filter}"
        );
    }
}

#[test]
fn a_new_pool_goes_where_the_rules_say_and_stays_there() {
    let world = two();
    for (location, id, plugin) in [("us-east-1", "aws~n", 1), ("dallas", "n", 0)] {
        let new = json!({"name": "n", "resourcePoolId": "n", "location": location});
        let created = world.client.post(&format!("{V2}/resourcePools"), &new);
        assert_eq!((created.status, &created.body["resourcePoolId"]), (201, &json!(id)));
        let target = created.header("location").to_owned();
        assert_eq!(target, format!("{V2}/resourcePools/{id}"));
        assert!(world.plugins[plugin].state().pools.contains_key("n"));
        // Changing its location does not move it.
        let changed = world.client.patch(&target, &json!({"location": "elsewhere"}));
        assert_eq!((changed.status, &changed.body["resourcePoolId"]), (200, &json!(id)));
        let tag = changed.header("etag").to_owned();
        let conditional = world.client.with_header(http::header::IF_MATCH, &tag);
        assert_eq!(conditional.delete(&target).status, 204);
        assert!(!world.plugins[plugin].state().pools.contains_key("n"));
    }
}

#[test]
fn a_new_resource_goes_to_the_plugin_of_its_pool() {
    let world = two();
    let new = json!({"resourceId": "n", "resourceTypeId": "aws~t1", "resourcePoolId": "aws~p1"});
    let created = world.client.post(&format!("{V2}/resources"), &new);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(
        (
            &created.body["resourceId"],
            &created.body["resourcePoolId"],
            &created.body["resourceTypeId"]
        ),
        (&json!("aws~n"), &json!("aws~p1"), &json!("aws~t1"))
    );
    let state = world.plugins[1].state();
    assert_eq!(state.resources["n"].resource_pool_id.as_str(), "p1");
    drop(state);
    assert_eq!(world.client.delete(created.header("location")).status, 204);
}

#[test]
fn one_plugin_that_is_gone_takes_its_objects_along() {
    let world = two();
    world.service.plugins().registry().disable("aws").unwrap();
    assert_eq!(items(&world, "/resourcePools", "name").len(), 3);
    is_problem(&world.client.get(&format!("{V2}/resourcePools/aws~p1")), 503);
    world.service.plugins().registry().unregister("aws").unwrap();
    is_problem(&world.client.get(&format!("{V2}/resourcePools/aws~p1")), 404);
    let new = json!({"name": "n", "location": "us-east-1"});
    let created = world.client.post(&format!("{V2}/resourcePools"), &new);
    assert_eq!(
        (
            created.status,
            created.body["resourcePoolId"].as_str().unwrap().contains('~')
        ),
        (201, false)
    );
}

#[test]
fn a_page_that_ends_between_plugins_goes_on_with_the_next() {
    let world = two();
    let first = world.client.get(&format!("{V2}/resources?limit=3"));
    assert_eq!(column(first.items(), "resourceId"), ["r1", "r2", "r3"]);
    assert_eq!(first.body["pagination"]["totalCount"], 6);
    let second = world.client.get(first.body["pagination"]["nextPage"].as_str().unwrap());
    assert_eq!(column(second.items(), "resourceId"), ["aws~r1", "aws~r2", "aws~r3"]);
    assert_eq!(
        (
            &second.body["pagination"]["totalCount"],
            second.body["pagination"].get("nextPage")
        ),
        (&json!(6), None::<&Value>)
    );
}
