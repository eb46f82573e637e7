//! Creating, reading, changing and ending subscriptions.

use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{ROOT, id, is_problem, subscribe, to, world};

#[test]
fn a_subscription_is_created_read_changed_and_ended() {
    let world = world();
    let client = &world.client;
    let created = client.post(
        ROOT,
        &json!({"callback": "https://smo/notify", "consumerSubscriptionId": "mine"}),
    );
    assert_eq!(created.status, 201);
    let path = created.header("location").to_owned();
    assert!(path.starts_with("/o2ims/v1/subscriptions/"), "{path}");
    assert_eq!(
        created.body,
        json!({
            "subscriptionId": id(&path), "callback": "https://smo/notify", "consumerSubscriptionId": "mine",
            "filterMode": "select", "status": "active", "batchSize": 1, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
        })
    );

    let read = client.get(&path);
    assert_eq!((read.status, &read.body), (200, &created.body));
    assert_eq!(read.header("etag"), created.header("etag"));

    world.wait();
    let replaced = client.put(&path, &json!({"callback": "https://other/", "filterMode": "suppress"}));
    assert_eq!(
        (replaced.status, replaced.body),
        (
            200,
            json!({
                "subscriptionId": id(&path), "callback": "https://other/", "filterMode": "suppress",
                "status": "active", "batchSize": 1,
                "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:01Z",
            })
        )
    );
    world.wait();
    let patched = client.patch(
        &path,
        &json!({"consumerSubscriptionId": "new", "filter": "(eq,name,a)"}),
    );
    assert_eq!(patched.status, 200);
    assert_eq!(
        patched.body,
        json!({
            "subscriptionId": id(&path), "callback": "https://other/", "filterMode": "suppress",
            "consumerSubscriptionId": "new", "filter": "(eq,name,a)", "status": "active", "batchSize": 1,
            "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:02Z",
        })
    );
    assert_eq!(client.get(&path).body, patched.body);
    let patched = client.patch(&path, &json!({"consumerSubscriptionId": null, "filter": null}));
    assert_eq!(
        (patched.body.get("consumerSubscriptionId"), patched.body.get("filter")),
        (None, None)
    );

    let ended = client.delete(&path);
    assert_eq!((ended.status, ended.body), (204, json!(null)));
    for answer in [
        client.get(&path),
        client.delete(&path),
        client.put(&path, &to("x")),
        client.patch(&path, &json!({})),
    ] {
        is_problem(&answer, 404);
        assert_eq!(
            answer.body["detail"],
            format!("there is no subscription '{}'", id(&path))
        );
    }
}

#[test]
fn every_mount_shows_the_same_subscriptions() {
    let world = world();
    let path = subscribe(&world.client, &to("smo"));
    let second = path.replace("/v1/", "/v2/");
    assert_eq!(world.client.get(&second).body, world.client.get(&path).body);
    let created = world.client.post("/o2ims/v2/subscriptions", &to("other"));
    assert!(created.header("location").starts_with("/o2ims/v2/subscriptions/"));
}

#[test]
fn the_id_in_a_body_is_ignored() {
    let world = world();
    for wanted in [json!("mine"), json!(7), json!(null), json!({"a": 1})] {
        let body =
            json!({"callback": format!("https://smo/{wanted}").replace(['"', '{', '}'], ""), "subscriptionId": wanted});
        let path = subscribe(&world.client, &body);
        assert_ne!(id(&path), "mine");
        assert_eq!(world.client.put(&path, &body).body["subscriptionId"], id(&path));
    }
}

#[test]
fn the_same_subscription_twice_is_a_conflict_that_says_where_the_first_is() {
    let world = world();
    let full = json!({
        "callback": "https://smo/", "consumerSubscriptionId": "c", "filter": "(eq,name,a)", "filterMode": "select",
    });
    let path = subscribe(&world.client, &full);
    for same in [
        full.clone(),
        json!({"callback": "https://smo/", "consumerSubscriptionId": "c", "filter": " ( EQ , name , 'a' ) "}),
    ] {
        let answer = world.client.post(ROOT, &same);
        is_problem(&answer, 409);
        assert_eq!(answer.header("location"), path);
        assert_eq!(
            (&answer.body["error"], &answer.body["requestId"]),
            (&json!("alreadyExists"), &json!("test"))
        );
    }
    for (name, value) in [
        ("callback", json!("https://smo/2")),
        ("consumerSubscriptionId", json!("d")),
        ("consumerSubscriptionId", json!(null)),
        ("filter", json!("(eq,name,b)")),
        ("filter", json!({"resourceId": "a"})),
        ("filterMode", json!("suppress")),
    ] {
        let mut other = full.clone();
        other[name] = value;
        subscribe(&world.client, &other);
    }
    // What has ended stands in nobody's way.
    assert_eq!(world.client.delete(&path).status, 204);
    assert_ne!(subscribe(&world.client, &full), path);
}

#[test]
fn a_subscription_cannot_become_another_one() {
    let world = world();
    let first = subscribe(&world.client, &to("one"));
    let second = subscribe(&world.client, &to("two"));
    for answer in [
        world.client.put(&second, &to("one")),
        world.client.patch(&second, &to("one")),
    ] {
        is_problem(&answer, 409);
        assert!(answer.body["detail"].as_str().unwrap().contains(id(&first)));
    }
    assert_eq!(world.client.get(&second).body["callback"], "https://two/notify");
    // It may stay what it is, and it may take a place that has become free.
    assert_eq!(world.client.put(&second, &to("two")).status, 200);
    assert_eq!(world.client.put(&first, &to("three")).status, 200);
    assert_eq!(world.client.put(&second, &to("one")).status, 200);
}

#[test]
fn wrong_bodies_are_refused_with_the_place() {
    let world = world();
    let path = subscribe(&world.client, &to("smo"));
    for (body, at) in [
        (json!({}), "body"),
        (json!([]), "body"),
        (json!({"callback": null}), "body.callback"),
        (json!({"callback": 7}), "body.callback"),
        (json!({"callback": ""}), "body.callback"),
        (json!({"callback": "smo/notify"}), "body.callback"),
        (json!({"callback": "ftp://smo/"}), "body.callback"),
        (json!({"callback": "https://"}), "body.callback"),
        (json!({"callback": "https://smo:99999/"}), "body.callback"),
        (json!({"callback": "https://ann:hunter2@smo/"}), "body.callback"),
        (
            json!({"callback": format!("https://smo/{}", "x".repeat(3000))}),
            "body.callback",
        ),
        (json!({"callback": "https://smo/", "callBack": "x"}), "body.callBack"),
        (
            json!({"callback": "https://smo/", "consumerSubscriptionId": "x".repeat(256)}),
            "body.consumerSubscriptionId",
        ),
        (
            json!({"callback": "https://smo/", "filterMode": "maybe"}),
            "body.filterMode",
        ),
        (json!({"callback": "https://smo/", "filter": 7}), "body.filter"),
        (
            json!({"callback": "https://smo/", "filter": "(eq,name"}),
            "body.filter:8",
        ),
        (
            json!({"callback": "https://smo/", "filter": {"poolId": "p"}}),
            "body.filter.poolId",
        ),
        (
            json!({"callback": "https://smo/", "filter": {"resourceId": {}}}),
            "body.filter.resourceId",
        ),
        (
            json!({"callback": "https://smo/", "filter": {"labels": ["a"]}}),
            "body.filter.labels",
        ),
    ] {
        for answer in [world.client.post(ROOT, &body), world.client.put(&path, &body)] {
            is_problem(&answer, 400);
            assert_eq!(answer.violation(), at, "{body}: {}", answer.body);
            assert!(!answer.body.to_string().contains("hunter2"));
        }
    }
    for (patch, at) in [
        (json!({"callback": null}), "body"),
        (json!({"callback": "x"}), "body.callback"),
        (json!({"filter": "x"}), "body.filter:0"),
        (json!({"nothing": 1}), "body.nothing"),
        (json!({"createdAt": "2026-01-01T00:00:00Z"}), "body.createdAt"),
    ] {
        let answer = world.client.patch(&path, &patch);
        is_problem(&answer, 400);
        assert_eq!(answer.violation(), at, "{patch}");
    }
    for body in ["", "{", "x"] {
        is_problem(&world.client.send(Method::POST, ROOT, body), 400);
    }
    assert_eq!(world.client.get(&path).body["callback"], "https://smo/notify");
    assert_eq!(world.client.get(ROOT).items().len(), 1);
}

#[test]
fn unknown_parameters_and_paths_are_refused() {
    let world = world();
    let path = subscribe(&world.client, &to("smo"));
    let with = |target: &str| format!("{target}?x=1");
    for answer in [
        world.client.get(&with(ROOT)),
        world.client.get(&with(&path)),
        world.client.post(&with(ROOT), &to("other")),
        world.client.put(&with(&path), &to("other")),
        world.client.patch(&with(&path), &to("other")),
        world.client.delete(&with(&path)),
    ] {
        is_problem(&answer, 400);
        assert_eq!(answer.violation(), "x");
    }
    for unknown in ["x", "größe%2F", "a~b", "..", "%25"] {
        is_problem(
            &world
                .client
                .get(&format!("{ROOT}/{}", unknown.replace("größe", "gr%C3%B6%C3%9Fe"))),
            404,
        );
    }
    is_problem(&world.client.delete(ROOT), 405);
    is_problem(&world.client.post(&path, &to("x")), 405);
    let xml = world.client.with_header(CONTENT_TYPE, "text/xml");
    is_problem(&xml.post(ROOT, &to("x")), 415);
}

#[test]
fn selectors_apply_to_one_subscription_too() {
    let world = world();
    let mut body = to("smo");
    body["filter"] = json!({"resourceId": "r"});
    let path = subscribe(&world.client, &body);
    assert!(
        world
            .client
            .get(&format!("{path}?exclude_fields=filter"))
            .body
            .get("filter")
            .is_none()
    );
    assert!(
        world
            .client
            .get(&format!("{path}?all_fields"))
            .body
            .get("filter")
            .is_some()
    );
    is_problem(&world.client.get(&format!("{path}?fields=nothing")), 400);
}
