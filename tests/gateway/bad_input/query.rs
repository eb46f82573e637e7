//! Filters, selectors, orders, pages and other parameters.

use http::Method;
use serde_json::{Value, json};

use super::refuse;
use crate::support::{POOL, POOLS, World, request};

fn get(target: &str) -> http::Request<bytes::Bytes> {
    request(Method::GET, target).body(bytes::Bytes::new()).unwrap()
}

#[test]
fn wrong_parameters_are_named_with_position_and_remedy() {
    let world = World::new();
    let list = |query: &str| format!("{POOLS}?{query}");
    for (query, at, says) in [
        (
            "filter=(eq,nmae,x)",
            "filter:4",
            "unknown attribute 'nmae'; did you mean 'name'?",
        ),
        ("filter=(equals,name,x)", "filter:1", "unknown operator 'equals'"),
        ("filter=(eq,name,x", "filter:10", "')'"),
        (
            "filter=(eq,name)",
            "filter:8",
            "a value is missing, as in (eq,name,value)",
        ),
        (
            "filter=(gt,replicas,many)",
            "filter:4",
            "'replicas': 'many' is not a number",
        ),
        ("filter=(eq,labels,x)", "filter:4", "'labels'"),
        ("filter=(eq,name,%ff)", "filter", "the percent escapes are not UTF-8"),
        (
            "filter=(eq,name,%zz)",
            "filter",
            "must be followed by two hexadecimal digits",
        ),
        (
            "fields=nmae",
            "fields",
            "unknown attribute 'nmae'; did you mean 'name'?",
        ),
        (
            "fields=tags&exclude_fields=labels",
            "fields",
            "fields and exclude_fields cannot be combined",
        ),
        ("sort=nmae", "sort", "unknown attribute 'nmae'; did you mean 'name'?"),
        ("sort=labels", "sort", "'labels'"),
        ("sort=name,", "sort", "sort"),
        ("limit=0", "limit", "'0' is not a whole number from 1 to 10000"),
        ("limit=-1", "limit", "'-1' is not a whole number from 1 to 10000"),
        ("limit=10001", "limit", "'10001' is not a whole number from 1 to 10000"),
        (
            "limit=99999999999999999999",
            "limit",
            "is not a whole number from 1 to 10000",
        ),
        ("limit=ten", "limit", "'ten' is not a whole number from 1 to 10000"),
        (
            "limit=1&limit=2",
            "limit",
            "only one of limit, pageSize may be given, once",
        ),
        ("offset=10", "offset", "follow the marker that each page ends with"),
        (
            "marker=x",
            "marker",
            "use the one that the page before ended with, unchanged",
        ),
        ("marker=AAAA", "marker", "is not a marker; it is too short"),
        (
            "colour=red",
            "colour",
            "neither an attribute nor a parameter of the list (known: resourcePoolId, name",
        ),
        ("nam%C3%A9=x", "namé", "did you mean 'name'?"),
    ] {
        refuse(&world, get(&list(query)), (400, "invalidInput", at, says));
    }
    let pool = format!("{POOLS}/{POOL}?view=full");
    let says = "unknown query parameter (known: fields, exclude_fields, all_fields, exclude_default)";
    refuse(&world, get(&pool), (400, "invalidInput", "view", says));
    let health = get("/healthz?verbose");
    refuse(
        &world,
        health,
        (400, "invalidInput", "verbose", "no query parameters are known here"),
    );
    let many = list(&"a=b&".repeat(257));
    refuse(
        &world,
        get(&many),
        (400, "invalidInput", "", "has 257 parameters, at most 256 are allowed"),
    );
}

#[test]
fn writes_refuse_unknown_parameters_too() {
    let world = World::new();
    let body = json!({"name": "x", "callback": "https://x/"});
    let subscription = world.create("/o2ims/v1/subscriptions", &json!({"callback": "https://smo/"}));
    let subscription = format!(
        "/o2ims/v1/subscriptions/{}",
        subscription["subscriptionId"].as_str().unwrap()
    );
    let document = world.get("/openapi.json").expect(200);
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
            let target = path.replace("{resourcePoolId}", POOL).replace("{subscriptionId}", "x") + "?dryrun=true";
            let method: Method = method.to_uppercase().parse().unwrap();
            let has_body = methods[method.as_str().to_lowercase()]["requestBody"].is_object();
            let builder = request(method, &target);
            let request = if has_body {
                crate::support::json(builder, &body)
            } else {
                builder.body(bytes::Bytes::new()).unwrap()
            };
            refuse(&world, request, (400, "invalidInput", "dryrun", "query parameter"));
        }
    }
    assert_eq!(world.get(&subscription).status, 200);
}

/// The marker of the second page of this list.
fn marker(world: &World, target: &str) -> String {
    let list: Value = world.get(target).expect(200);
    let next = list["pagination"]["nextPage"].as_str().unwrap();
    next.split("marker=").nth(1).unwrap().to_owned()
}

#[test]
fn a_marker_is_good_for_its_own_query_only() {
    let world = World::new();
    let pools = marker(&world, &format!("{POOLS}?limit=2"));
    world.get(&format!("{POOLS}?limit=3&marker={pools}")).expect(200);
    for other in [
        format!("{POOLS}?location=dallas-a&marker={pools}"),
        format!("{POOLS}?filter=(eq,name,x)&marker={pools}"),
        format!("{POOLS}?sort=name&marker={pools}"),
        format!("/o2ims/v1/resources?marker={pools}"),
        format!("/o2ims/v1/resourceTypes?marker={pools}"),
    ] {
        let says = "belongs to another query; repeat filter and sort unchanged, or start at the first page";
        refuse(&world, get(&other), (400, "invalidInput", "marker", says));
    }
    let of_pool = marker(&world, &format!("{POOLS}/{POOL}/resources?limit=2"));
    let other = format!("{POOLS}/pool-chicago-compute/resources?marker={of_pool}");
    refuse(
        &world,
        get(&other),
        (400, "invalidInput", "marker", "belongs to another query"),
    );
    let events = |pool: &str| format!("/o2ims/v2/resourcePools/{pool}/events");
    for pool in ["event-a", "event-b"] {
        world.create(POOLS, &json!({"name": pool, "resourcePoolId": pool}));
        for replicas in 1..4 {
            world
                .patch(&format!("{POOLS}/{pool}"), &json!({"replicas": replicas}))
                .expect(200);
        }
    }
    let of_events = marker(&world, &(events("event-a") + "?limit=2"));
    let other = events("event-b") + "?marker=" + &of_events;
    refuse(
        &world,
        get(&other),
        (400, "invalidInput", "marker", "belongs to another query"),
    );
    let mut damaged = pools.into_bytes();
    damaged[15] ^= 1;
    let damaged = format!("{POOLS}?marker={}", String::from_utf8(damaged).unwrap());
    refuse(&world, get(&damaged), (400, "invalidInput", "marker", "is damaged"));
}
