//! Lists of subscriptions.

use o2_core::query::PageLimits;
use serde_json::{Value, json};

use super::{ROOT, World, is_problem, subscribe, world};

/// Five subscriptions, one second after the other.
fn five() -> World {
    let world = world();
    for (number, host) in ["delta", "alpha", "echo", "bravo", "charlie"].into_iter().enumerate() {
        let mut body = json!({"callback": format!("https://{host}/")});
        if number % 2 == 0 {
            body["consumerSubscriptionId"] = json!(format!("c{number}"));
        } else {
            body["filter"] = json!("(eq,name,a)");
            body["filterMode"] = json!("suppress");
        }
        subscribe(&world.client, &body);
        world.wait();
    }
    world
}

fn hosts(items: &[Value]) -> Vec<&str> {
    items.iter().filter_map(host).collect()
}

fn host(item: &Value) -> Option<&str> {
    let callback = item["callback"].as_str()?;
    callback.strip_prefix("https://")?.strip_suffix('/')
}

#[test]
fn lists_are_filtered_and_sorted() {
    let world = five();
    for (query, expected) in [
        ("sort=callback", vec!["alpha", "bravo", "charlie", "delta", "echo"]),
        ("sort=-createdAt", vec!["charlie", "bravo", "echo", "alpha", "delta"]),
        (
            "sortBy=createdAt&sortOrder=asc",
            vec!["delta", "alpha", "echo", "bravo", "charlie"],
        ),
        (
            "sort=consumerSubscriptionId,-callback",
            vec!["delta", "echo", "charlie", "bravo", "alpha"],
        ),
        ("filterMode=suppress&sort=callback", vec!["alpha", "bravo"]),
        (
            "filter=(cont,callback,l)&sort=callback",
            vec!["alpha", "charlie", "delta"],
        ),
        (
            "filter=(gt,createdAt,2026-01-01T00:00:02Z)&sort=callback",
            vec!["bravo", "charlie"],
        ),
        ("consumerSubscriptionId=c0", vec!["delta"]),
        ("filter=(eq,filter,'(eq,name,a)')&sort=callback", vec!["alpha", "bravo"]),
        ("callback=https://nobody/", vec![]),
    ] {
        let answer = world.client.get(&format!("{ROOT}?{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        assert_eq!(hosts(answer.items()), expected, "{query}");
        assert!(answer.body.get("pagination").is_none(), "{query}");
    }
}

#[test]
fn lists_are_paged_in_a_stable_order() {
    let world = five();
    let all: Vec<Value> = world.client.get(ROOT).items().to_vec();
    let ids: Vec<&str> = all
        .iter()
        .map(|item| item["subscriptionId"].as_str().unwrap())
        .collect();
    assert!(ids.is_sorted(), "without a sort order, by id");
    for limit in 1..=6 {
        assert_eq!(world.client.walk(&format!("{ROOT}?limit={limit}")), all, "{limit}");
        let sorted = world.client.walk(&format!("{ROOT}?sort=-callback&limit={limit}"));
        assert_eq!(
            hosts(&sorted),
            ["echo", "delta", "charlie", "bravo", "alpha"],
            "{limit}"
        );
        // Equal in what they are sorted by: by id then.
        let equal = world.client.walk(&format!("{ROOT}?sort=filterMode&limit={limit}"));
        assert_eq!(equal.len(), 5);
    }
    let page = world.client.get(&format!("{ROOT}?sort=callback&limit=2"));
    assert_eq!(page.body["pagination"]["totalCount"], 5);
    assert_eq!(
        page.header("link"),
        format!(
            "<{}>; rel=\"next\"",
            page.body["pagination"]["nextPage"].as_str().unwrap()
        )
    );
}

#[test]
fn what_comes_and_goes_meanwhile_does_not_shift_the_others() {
    let world = five();
    let first = world.client.get(&format!("{ROOT}?sort=callback&limit=2"));
    let gone = first.items()[1]["subscriptionId"].as_str().unwrap();
    assert_eq!(world.client.delete(&format!("{ROOT}/{gone}")).status, 204);
    subscribe(&world.client, &json!({"callback": "https://aaa/"}));
    let rest = world
        .client
        .walk(first.body["pagination"]["nextPage"].as_str().unwrap());
    assert_eq!(hosts(&rest), ["charlie", "delta", "echo"]);
}

#[test]
fn pages_have_the_sizes_of_the_gateway() {
    let world = five();
    let small = world.client.with_page_limits(PageLimits { default: 100, max: 3 });
    assert_eq!(world.client.get(&format!("{ROOT}?limit=5")).items().len(), 5);
    is_problem(&small.get(&format!("{ROOT}?limit=5")), 400);
}

#[test]
fn wrong_lists_are_refused_with_the_place() {
    let world = five();
    let marker = world.client.get(&format!("{ROOT}?limit=2")).body["pagination"]["nextPage"]
        .as_str()
        .unwrap()
        .to_owned();
    for (query, at) in [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("marker=x", "marker"),
        ("sort=nothing", "sort"),
        ("sort=filter/x,,", "sort"),
        ("filter=(eq,nothing,x)", "filter:4"),
        ("filter=(eq,callback", "filter:12"),
        ("nothing=x", "nothing"),
        ("filterMode=maybe&offset=3", "offset"),
        ("createdAt=yesterday", "createdAt"),
        ("fields=nothing", "fields"),
    ] {
        let answer = world.client.get(&format!("{ROOT}?{query}"));
        is_problem(&answer, 400);
        assert_eq!(answer.violation(), at, "{query}: {}", answer.body);
    }
    let other = world.client.get(&format!("{marker}&filterMode=select"));
    is_problem(&other, 400);
    assert_eq!(other.violation(), "marker");
    // The same marker with its own query is good.
    assert_eq!(world.client.get(&marker).items().len(), 2);
}
