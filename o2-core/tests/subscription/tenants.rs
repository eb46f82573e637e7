//! Tenants do not see, change or end each other's subscriptions, nor those of whoever stands above them.

use http::header::IF_MATCH;
use serde_json::json;

use super::{ROOT, is_problem, subscribe, to, world};

#[test]
fn a_foreign_subscription_does_not_exist() {
    let world = world();
    let (red, blue, above) = (
        world.client.for_tenant("red"),
        world.client.for_tenant("blue"),
        &world.client,
    );
    let reds = subscribe(&red, &to("red"));
    let aboves = subscribe(above, &to("above"));
    assert_eq!(red.get(&reds).body["tenantId"], "red");
    assert_eq!(above.get(&aboves).body.get("tenantId"), None);

    let unknown = blue.get(&format!("{ROOT}/x"));
    for path in [&reds, &aboves] {
        for (condition, answer) in [
            ("", blue.get(path)),
            ("", blue.put(path, &to("blue"))),
            ("", blue.patch(path, &json!({}))),
            ("", blue.delete(path)),
            ("*", blue.with_header(IF_MATCH, "*").delete(path)),
            ("tag", blue.with_header(IF_MATCH, "\"x\"").delete(path)),
            ("tag", blue.with_header(IF_MATCH, "\"x\"").put(path, &to("blue"))),
        ] {
            is_problem(&answer, 404);
            let detail = answer.body["detail"].as_str().unwrap().replace(super::id(path), "x");
            assert_eq!(detail, unknown.body["detail"], "{condition}: as if there were none");
        }
    }
    assert_eq!(blue.get(ROOT).items().len(), 0);
    assert_eq!(red.get(ROOT).items().len(), 1);
    assert_eq!(above.get(ROOT).items().len(), 2, "who stands above tenants sees all");
    assert_eq!(above.delete(&reds).status, 204);
}

#[test]
fn tenants_may_have_the_same_subscription_each() {
    let world = world();
    let (red, blue) = (world.client.for_tenant("red"), world.client.for_tenant("blue"));
    let paths = [
        subscribe(&red, &to("smo")),
        subscribe(&blue, &to("smo")),
        subscribe(&world.client, &to("smo")),
    ];
    for (client, path) in [&red, &blue, &world.client].into_iter().zip(&paths) {
        let again = client.post(ROOT, &to("smo"));
        is_problem(&again, 409);
        assert_eq!(again.header("location"), path);
    }
}

#[test]
fn a_change_by_somebody_above_does_not_take_the_subscription_away() {
    let world = world();
    let red = world.client.for_tenant("red");
    let path = subscribe(&red, &to("smo"));
    assert_eq!(world.client.put(&path, &to("other")).body["tenantId"], "red");
    assert_eq!(red.get(&path).status, 200);
}

#[test]
fn a_marker_of_another_tenant_is_refused() {
    let world = world();
    let (red, blue) = (world.client.for_tenant("red"), world.client.for_tenant("blue"));
    for host in ["a", "b", "c"] {
        subscribe(&red, &to(host));
    }
    let page = red.get(&format!("{ROOT}?limit=1"));
    assert_eq!(page.body["pagination"]["totalCount"], 3);
    let next = page.body["pagination"]["nextPage"].as_str().unwrap();
    is_problem(&blue.get(next), 400);
    is_problem(&world.client.get(next), 400);
    assert_eq!(red.get(next).items().len(), 1);
}
