//! Pausing, resuming, disabling and expiring.

use o2_core::ErrorKind;
use o2_core::subscription::SubscriptionId;
use serde_json::json;

use super::{ROOT, act, id, is_problem, now, subscribe, to, world};

#[test]
fn subscriptions_are_paused_and_resumed() {
    let world = world();
    let client = &world.client;
    let path = subscribe(client, &to("smo"));
    let (pause, resume) = (format!("{path}/pause"), format!("{path}/resume"));
    for (answer, status) in [
        (client.get(&path), "active"),
        (act(client, &pause), "paused"),
        (act(client, &pause), "paused"),
        (client.get(&path), "paused"),
        (act(client, &resume), "active"),
        (client.patch(&path, &json!({"status": "paused"})), "paused"),
        (client.put(&path, &to("smo")), "paused"),
        (client.patch(&path, &json!({"status": "active"})), "active"),
        (client.patch(&path, &json!({"status": null})), "active"),
    ] {
        assert_eq!((answer.status, &answer.body["status"]), (200, &json!(status)));
        assert!(!answer.header("etag").is_empty());
    }
    let stale = client.with_header(http::header::IF_MATCH, "\"x\"");
    is_problem(&act(&stale, &pause), 412);
    is_problem(&act(&client.for_tenant("red"), &pause), 404);
    is_problem(&act(client, &format!("{ROOT}/x/resume")), 404);
    is_problem(&act(client, &format!("{pause}?x=1")), 400);
}

#[test]
fn what_the_gateway_disabled_says_why_until_it_is_resumed() {
    let world = world();
    let client = &world.client;
    let path = subscribe(client, &to("smo"));
    let key = SubscriptionId::new(id(&path));
    now(world.subscriptions.disable(&key, "the callback answered 410")).unwrap();
    let read = client.get(&path).body;
    assert_eq!(
        (&read["status"], &read["statusReason"]),
        (&json!("disabled"), &json!("the callback answered 410"))
    );
    // It can be sent back as it was read, and stays what it is.
    let answer = client.put(&path, &read);
    assert_eq!(
        (answer.status, &answer.body["statusReason"]),
        (200, &read["statusReason"])
    );
    let resumed = act(client, &format!("{path}/resume")).body;
    assert_eq!(
        (&resumed["status"], resumed.get("statusReason")),
        (&json!("active"), None)
    );
    let gone = now(world.subscriptions.disable(&SubscriptionId::new("x"), "")).unwrap_err();
    assert!(gone.is(ErrorKind::NotFound));
}

#[test]
fn what_has_expired_is_forgotten() {
    let world = world();
    let mut body = to("one");
    body["expiresAt"] = json!("2026-01-01T00:00:10Z");
    let one = subscribe(&world.client, &body);
    let two = subscribe(&world.client, &to("two"));
    world.advance(9);
    assert_eq!(now(world.subscriptions.forget_expired()).unwrap(), 0);
    world.advance(1);
    assert_eq!(now(world.subscriptions.forget_expired()).unwrap(), 1);
    assert_eq!(
        (world.client.get(&one).status, world.client.get(&two).status),
        (404, 200)
    );
    assert_eq!(now(world.subscriptions.forget_expired()).unwrap(), 0);
    // Nothing stands in the way of the same subscription.
    subscribe(&world.client, &to("one"));
}
