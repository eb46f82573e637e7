//! Lists: filters, order, pages and selectors, and what is said of wrong ones. The laws of lists are tested in the core;
//! this is about each list of O2-IMS having them.

use serde_json::json;

use super::world::{V1, V2, column, is_wrong, two, world};

/// The lists, an attribute of each with its first value, and how many there are.
const LISTS: [(&str, &str, &str, usize); 7] = [
    ("/deploymentManagers", "name", "cluster", 1),
    ("/resourcePools", "name", "pool p1", 3),
    ("/resourcePools/p1/resources", "name", "node r1", 2),
    ("/resources", "name", "node r1", 3),
    ("/resourceTypes", "name", "server", 2),
    ("/alarms", "alarmDefinitionId", "down", 1),
    ("/resourcePools/p1/events", "eventId", "p1-1", 3),
];

#[test]
fn every_list_is_filtered_sorted_and_paged() {
    let world = world();
    for (list, attribute, first, count) in LISTS {
        let target = format!("{V2}{list}");
        let all = world.client.get(&target);
        assert_eq!((all.status, all.items().len()), (200, count), "{list}");
        assert_eq!(
            all.body["pagination"],
            json!({"totalCount": count, "pageSize": count}),
            "{list}"
        );
        assert_eq!(world.client.walk(&format!("{target}?limit=1")), all.items(), "{list}");
        let sorted = world.client.walk(&format!("{target}?sort={attribute}&limit=1"));
        assert_eq!(sorted[0][attribute], first, "{list}");
        let value = first.replace(' ', "%20");
        for query in [
            format!("{attribute}={value}"),
            format!("filter=(eq,{attribute},'{value}')"),
        ] {
            let found = world.client.get(&format!("{target}?{query}"));
            assert_eq!(column(found.items(), attribute), [first], "{list} {query}");
        }
        assert_eq!(
            world.client.get(&format!("{target}?{attribute}=nothing")).items().len(),
            0,
            "{list}"
        );
    }
}

#[test]
fn every_list_refuses_what_it_does_not_understand() {
    let world = world();
    for (list, attribute, ..) in LISTS {
        for (query, at) in [
            ("filter=(eq,nothing,x)", "filter:4"),
            ("filter=(foo,name,x)", "filter:1"),
            ("filter=name", "filter:0"),
            ("sort=nothing", "sort"),
            ("sort=extensions", "sort"),
            ("fields=nothing", "fields"),
            ("fields=extensions&exclude_fields=extensions", "fields"),
            ("limit=0", "limit"),
            ("limit=-5", "limit"),
            ("limit=1001", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("limit=ten", "limit"),
            ("marker=2", "marker"),
            ("marker=", "marker"),
            ("nextpage_opaque_marker=x", "marker"),
            ("offset=5", "offset"),
            ("nothing=5", "nothing"),
        ] {
            // Events have no extensions.
            if list.ends_with("events") && query.contains("extensions") {
                continue;
            }
            let answer = world
                .client
                .get(&format!("{V1}{}?{query}", list.replace("/p1/events", "")));
            let answer = if list.ends_with("events") {
                world.client.get(&format!("{V2}{list}?{query}"))
            } else {
                answer
            };
            is_wrong(&answer, at);
            assert!(answer.body["detail"].as_str().unwrap().len() < 500, "{}", answer.body);
        }
        assert_eq!(world.client.get(&format!("{V2}{list}?sort={attribute}")).status, 200);
    }
}

#[test]
fn a_marker_is_good_for_its_own_list_only() {
    let world = world();
    let page = world.client.get(&format!("{V2}/resourcePools?limit=1&sort=name"));
    let next = page.body["pagination"]["nextPage"].as_str().unwrap();
    assert_eq!(world.client.get(next).status, 200);
    for other in [
        next.replace("resourcePools", "resources"),
        next.replace("sort=name", "sort=-name"),
        format!("{next}&location=dallas"),
        format!("{next}&filter=(eq,name,x)"),
    ] {
        is_wrong(&world.client.get(&other), "marker");
    }
    is_wrong(&world.client.for_tenant("red").get(next), "marker");
    // Versions, selectors and sizes do not change what is listed.
    for same in [
        next.replace("/v2/", "/v1/"),
        next.replace("limit=1", "limit=5"),
        format!("{next}&exclude_fields=tags"),
    ] {
        assert_eq!(world.client.get(&same).status, 200, "{same}");
    }
}

#[test]
fn selectors_show_what_they_name() {
    let world = world();
    let pool = |query: &str| {
        world
            .client
            .get(&format!("{V2}/resourcePools?resourcePoolId=p1&{query}"))
            .items()[0]
            .clone()
    };
    let keys = |query: &str| pool(query).as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys("fields=extensions/a/b"),
        [
            "createdAt",
            "description",
            "extensions",
            "location",
            "name",
            "oCloudId",
            "resourcePoolId",
            "updatedAt"
        ]
    );
    assert_eq!(pool("fields=extensions/a/b")["extensions"], json!({"a": {"b": 1}}));
    assert_eq!(
        pool("fields=extensions.a")["extensions"],
        json!({"a": {"b": 1, "c": 2}})
    );
    assert!(
        !keys("exclude_fields=tags,health")
            .iter()
            .any(|key| key == "tags" || key == "health")
    );
    assert_eq!(pool("all_fields"), pool("exclude_default"));
    let one = world
        .client
        .get(&format!("{V2}/resourcePools/p1?fields=extensions/a/b"));
    assert_eq!(one.body, pool("fields=extensions/a/b"));
}

#[test]
fn a_list_that_has_gaps_says_so() {
    let world = two();
    world.plugins[1].break_down(Some(|| {
        o2_core::Error::new(o2_core::ErrorKind::Unavailable, "the backend is down").with_detail("10.0.0.7")
    }));
    for sort in ["", "?sort=name"] {
        let first = world.client.get(&format!("{V1}/resourcePools{sort}"));
        assert_eq!((first.status, first.header("o2-partial")), (200, "aws=unavailable"));
        assert_eq!(
            first.body.as_object().unwrap().len(),
            1,
            "v1 has no place for it in the body"
        );
        let second = world.client.get(&format!("{V2}/resourcePools{sort}"));
        assert_eq!(second.header("o2-partial"), "aws=unavailable");
        assert_eq!(
            second.body["warnings"],
            json!([{"plugin": "aws", "error": "unavailable", "message": "the backend is down"}])
        );
        assert_eq!(second.body["pagination"], json!({"pageSize": 3}));
        assert!(!second.body.to_string().contains("10.0.0.7"));
    }
}
