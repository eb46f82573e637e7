//! What the store has: rows of older versions, and the generation that every write marks.

use futures::StreamExt;
use o2_core::store::{Batch, Revision, Store};
use o2_core::subscription::SubscriptionId;
use serde_json::json;

use super::{ROOT, World, act, good, id, now, subscribe, to, world};

const GENERATION: &str = "subscription%generation";

/// A subscription as it was stored before it had a status.
const OLD: &str = r#"{"subscriptionId":"old","callback":"https://old/","filterMode":"select",
    "createdAt":"2025-01-01T00:00:00Z","updatedAt":"2025-01-01T00:00:00Z"}"#;

#[test]
fn rows_of_an_older_version_are_read_and_changed() {
    let world = world();
    now(world.store.commit(Batch::new().put("subscription/old", OLD))).unwrap();
    let read = world.client.get(&format!("{ROOT}/old")).body;
    assert_eq!(
        read,
        json!({
            "subscriptionId": "old", "callback": "https://old/", "filterMode": "select", "status": "active",
            "batchSize": 1, "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2025-01-01T00:00:00Z",
        })
    );
    let changed = world.client.patch(&format!("{ROOT}/old"), &json!({"status": "paused"}));
    assert_eq!((changed.status, &changed.body["status"]), (200, &json!("paused")));
}

fn generation(world: &World) -> Option<Revision> {
    now(world.store.get(GENERATION)).unwrap().map(|entry| entry.revision)
}

#[test]
fn every_write_marks_the_generation_in_the_same_commit() {
    let world = world();
    assert_eq!(generation(&world), None);
    let path = subscribe(&world.client, &to("smo"));
    let key = SubscriptionId::new(id(&path));
    let newest = || now(world.store.revision()).unwrap();
    assert_eq!(generation(&world), Some(newest()));
    for answer in [
        world.client.put(&path, &to("other")),
        world.client.patch(&path, &json!({"batchSize": 2})),
        act(&world.client, &format!("{path}/pause")),
        act(&world.client, &format!("{path}/resume")),
    ] {
        good(&answer);
        assert_eq!(generation(&world), Some(newest()));
    }
    now(world.subscriptions.disable(&key, "x")).unwrap();
    assert_eq!(generation(&world), Some(newest()));
    let before = generation(&world);
    good(&world.client.get(&path));
    assert_eq!(world.client.put(&path, &json!({"callback": "x"})).status, 400);
    assert_eq!(generation(&world), before, "nothing was written");
    good(&world.client.delete(&path));
    assert_eq!(generation(&world), Some(newest()));
    let commits = now(world
        .store
        .changes("subscription", Revision(0))
        .take(7)
        .collect::<Vec<_>>());
    for commit in commits {
        let keys: Vec<_> = commit.unwrap().changes.into_iter().map(|change| change.key).collect();
        assert!(keys.iter().any(|key| key == GENERATION), "{keys:?}");
        assert!(keys.iter().any(|key| key.starts_with("subscription/")), "{keys:?}");
    }
}
