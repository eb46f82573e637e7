//! What subscribers say about delivery: secrets, headers, batches. Credentials go in and never come out.

use o2_core::store::Store;
use o2_core::subscription::SubscriptionId;
use serde_json::{Value, json};

use super::{ROOT, World, good, id, is_problem, now, subscribe, to, world};

const SECRET: &str = "first-secret-of-smo";
const OTHER: &str = "other-secret-of-smo";
const TOKEN: &str = "Bearer hunter2";

fn full() -> Value {
    json!({
        "callback": "https://smo/notify", "status": "paused", "expiresAt": "2026-02-01T00:00:00Z", "secret": SECRET,
        "headers": {"Authorization": TOKEN, "X-Tenant": "red"}, "retryProfile": "standard", "batchSize": 50,
        "checkCallback": false,
    })
}

fn secrets(world: &World, path: &str) -> Vec<String> {
    let id = SubscriptionId::new(id(path));
    let subscription = now(world.subscriptions.find(&id)).unwrap().unwrap();
    let at = world.now();
    let secrets = subscription.secrets(at).map(|secret| secret.expose().to_owned());
    secrets.collect()
}

fn headers(world: &World, path: &str) -> Value {
    let id = SubscriptionId::new(id(path));
    let subscription = now(world.subscriptions.find(&id)).unwrap().unwrap();
    subscription
        .headers
        .expose()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

#[test]
fn everything_that_was_asked_for_is_shown_but_credentials() {
    let world = world();
    let path = subscribe(&world.client, &full());
    let shown = json!({
        "subscriptionId": id(&path), "callback": "https://smo/notify", "filterMode": "select", "status": "paused",
        "expiresAt": "2026-02-01T00:00:00Z", "headers": {"authorization": "***", "x-tenant": "***"},
        "retryProfile": "standard", "batchSize": 50,
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    });
    let mut answers = vec![world.client.get(&path).body, world.client.get(ROOT).items()[0].clone()];
    answers.push(world.client.put(&path, &full()).body);
    answers.push(world.client.patch(&path, &json!({"secret": OTHER})).body);
    for mut answer in answers {
        answer["updatedAt"] = shown["updatedAt"].clone();
        assert_eq!(answer, shown);
    }
    let found = world
        .client
        .get(&format!("{ROOT}?filter=(eq,headers/authorization,'Bearer%20hunter2')"));
    assert_eq!(found.items().len(), 0, "nobody can guess by filtering");
    is_problem(&world.client.get(&format!("{ROOT}?secret={SECRET}")), 400);
    let kept = now(world.subscriptions.find(&SubscriptionId::new(id(&path))))
        .unwrap()
        .unwrap();
    let debug = format!("{kept:?}");
    for credential in [SECRET, OTHER, TOKEN, "hunter2"] {
        assert!(!debug.contains(credential), "{debug}");
    }
    assert_eq!(secrets(&world, &path), [OTHER, SECRET]);
    let stored = now(world.store.scan("subscription/", None, 10)).unwrap();
    let text = String::from_utf8(stored[0].value.to_vec()).unwrap();
    assert!(
        text.contains(OTHER) && text.contains(TOKEN),
        "only the store has them: {text}"
    );
}

#[test]
fn an_object_can_be_sent_back_as_it_was_read() {
    let world = world();
    let path = subscribe(&world.client, &full());
    let read = world.client.get(&path).body;
    world.wait();
    let answer = world.client.put(&path, &read);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(secrets(&world, &path), [SECRET], "a secret that is not mentioned stays");
    let kept = json!({"authorization": TOKEN, "x-tenant": "red"});
    assert_eq!(headers(&world, &path), kept);
    assert_eq!(world.client.patch(&path, &json!({"batchSize": 7})).body["batchSize"], 7);
    assert_eq!(
        (secrets(&world, &path), headers(&world, &path)),
        (vec![SECRET.into()], kept)
    );
}

#[test]
fn headers_are_merged_by_patches_and_replaced_otherwise() {
    let world = world();
    let path = subscribe(&world.client, &full());
    good(
        &world
            .client
            .patch(&path, &json!({"headers": {"X-Tenant": "blue", "x-new": "1"}})),
    );
    assert_eq!(
        headers(&world, &path),
        json!({"authorization": TOKEN, "x-tenant": "blue", "x-new": "1"})
    );
    good(&world.client.patch(&path, &json!({"headers": {"authorization": null}})));
    assert_eq!(headers(&world, &path), json!({"x-tenant": "blue", "x-new": "1"}));
    let mut body = to("smo");
    body["headers"] = json!({"X-Tenant": "***"});
    good(&world.client.put(&path, &body));
    assert_eq!(headers(&world, &path), json!({"x-tenant": "blue"}));
    good(&world.client.put(&path, &to("smo")));
    assert_eq!(headers(&world, &path), json!({}));
}

#[test]
fn two_secrets_are_good_for_a_day_after_a_change() {
    let world = world();
    let path = subscribe(&world.client, &full());
    good(&world.client.patch(&path, &json!({"secret": OTHER})));
    assert_eq!(secrets(&world, &path), [OTHER, SECRET]);
    good(&world.client.patch(&path, &json!({"secret": OTHER})));
    assert_eq!(
        secrets(&world, &path),
        [OTHER, SECRET],
        "the same again changes nothing"
    );
    world.advance(24 * 3600 - 1);
    assert_eq!(secrets(&world, &path), [OTHER, SECRET]);
    world.advance(1);
    assert_eq!(secrets(&world, &path), [OTHER]);
    for (remove, again) in [(true, false), (false, true)] {
        good(&world.client.patch(&path, &json!({"secret": SECRET})));
        let answer = if remove {
            world.client.patch(&path, &json!({"secret": null}))
        } else {
            let mut body = full();
            body["secret"] = Value::Null;
            world.client.put(&path, &body)
        };
        assert_eq!(answer.status, 200, "{again}: {}", answer.body);
        assert_eq!(secrets(&world, &path), Vec::<String>::new());
    }
}

#[test]
fn wrong_options_are_refused_with_the_place_and_without_credentials() {
    let world = world();
    let path = subscribe(&world.client, &to("smo"));
    for (name, value, at) in [
        ("secret", json!("short"), "body.secret"),
        ("secret", json!("x".repeat(65)), "body.secret"),
        ("secret", json!("whsec_hunter2 is no base64"), "body.secret"),
        ("secret", json!(1_234_567), "body.secret"),
        ("headers", json!({"Host": "hunter2"}), "body.headers.host"),
        (
            "headers",
            json!({"Content-Type": "hunter2"}),
            "body.headers.content-type",
        ),
        ("headers", json!({"webhook-id": "hunter2"}), "body.headers.webhook-id"),
        ("headers", json!({"a b": "hunter2"}), "body.headers.a b"),
        ("headers", json!({"x": "hunter2\n"}), "body.headers.x"),
        ("headers", json!({"x": "***"}), "body.headers.x"),
        ("headers", json!("x"), "body.headers"),
        ("batchSize", json!(0), "body.batchSize"),
        ("batchSize", json!(101), "body.batchSize"),
        ("batchSize", json!("1"), "body.batchSize"),
        ("retryProfile", json!("often"), "body.retryProfile"),
        ("status", json!("disabled"), "body.status"),
        ("status", json!("asleep"), "body.status"),
        ("expiresAt", json!("2025-12-31T23:59:59Z"), "body.expiresAt"),
        ("expiresAt", json!("2026-01-01T00:00:00Z"), "body.expiresAt"),
        ("expiresAt", json!("tomorrow"), "body.expiresAt"),
        ("checkCallback", json!("yes"), "body.checkCallback"),
    ] {
        let mut body = to("other");
        body[name] = value.clone();
        for answer in [
            world.client.post(ROOT, &body),
            world.client.put(&path, &body),
            world.client.patch(&path, &json!({name: value})),
        ] {
            is_problem(&answer, 400);
            assert_eq!(answer.violation(), at, "{name} {value}: {}", answer.body);
            let text = answer.body.to_string();
            assert!(!text.contains("hunter2") && !text.contains("1234567"), "{text}");
        }
    }
    assert_eq!(world.client.get(ROOT).items().len(), 1);
}

#[test]
fn the_secret_does_not_make_another_subscription() {
    let world = world();
    let path = subscribe(&world.client, &full());
    let mut same = full();
    same["secret"] = json!(OTHER);
    let again = world.client.post(ROOT, &same);
    is_problem(&again, 409);
    assert_eq!(again.header("location"), path);
}
