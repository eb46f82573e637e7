//! Watching the inventory.

use futures::future::{FutureExt, join};
use futures::stream::{BoxStream, StreamExt};
use o2_core::model::ChangeKind;
use o2_core::plugin::HealthStatus;
use o2_core::{Plugin, Result};
use o2_ims::model::ObjectHealth;
use o2_ims::{DeleteOptions, IMSPlugin, InventoryChange};

use super::*;

type Watch = BoxStream<'static, Result<InventoryChange>>;

async fn watch(cloud: &Cloud, context: &Context, resume: Option<&str>) -> Watch {
    cloud.ims.watch_inventory(context, resume).await.unwrap()
}

/// What the stream has ready, without waiting.
fn ready(watch: &mut Watch) -> Vec<InventoryChange> {
    std::iter::from_fn(|| watch.next().now_or_never().flatten())
        .map(Result::unwrap)
        .collect()
}

fn words(changes: &[InventoryChange]) -> Vec<(ChangeKind, &'static str)> {
    changes
        .iter()
        .map(|change| (change.kind, change.object().unwrap().object()))
        .collect()
}

const CREATED: ChangeKind = ChangeKind::Created;
const UPDATED: ChangeKind = ChangeKind::Updated;
const DELETED: ChangeKind = ChangeKind::Deleted;

#[tokio::test]
async fn every_change_is_told_also_those_that_time_brings() {
    let cloud = Cloud::empty();
    let mut changes = watch(&cloud, &anybody(), None).await;
    assert_eq!(ready(&mut changes), []);
    cloud.create(&scaled("p", 2)).await;
    assert_eq!(words(&ready(&mut changes)), [(CREATED, "resourcePool")]);
    cloud.advance(1000);
    assert_eq!(
        words(&ready(&mut changes)),
        [(CREATED, "resource"), (UPDATED, "resourcePool")]
    );
    cloud.advance(1000);
    assert_eq!(ready(&mut changes).len(), 2);
    let node = cloud.members("p").await[0].as_str().into();
    cloud
        .ims
        .set_resource_health(&node, ObjectHealth::new(HealthStatus::Degraded))
        .unwrap();
    assert_eq!(
        words(&ready(&mut changes)),
        [(UPDATED, "resource"), (UPDATED, "resourcePool")]
    );
    cloud
        .ims
        .delete_resource_pool(&anybody(), &"p".into(), &DeleteOptions::force())
        .await
        .unwrap();
    assert_eq!(
        words(&ready(&mut changes)),
        [(DELETED, "resource"), (DELETED, "resource"), (DELETED, "resourcePool")]
    );
    cloud.advance(60_000);
    assert_eq!(ready(&mut changes), []);
}

#[tokio::test]
async fn changes_carry_before_and_after() {
    let cloud = Cloud::empty();
    let mut changes = watch(&cloud, &anybody(), None).await;
    cloud.create(&scaled("p", 1)).await;
    cloud.advance(1000);
    let found = ready(&mut changes);
    let pool = cloud.pool("p").await;
    let after = found.last().unwrap();
    assert_eq!(
        after.after,
        Some(o2_ims::InventoryObject::ResourcePool(Arc::clone(&pool)))
    );
    assert_eq!(after.before, found[0].after);
    assert_eq!(after.time.to_string(), "2026-01-01T00:00:01Z");
    assert_eq!(pool.updated_at, Some(after.time));
}

#[tokio::test]
async fn a_sleeping_watcher_wakes_when_something_is_due() {
    let cloud = Cloud::empty();
    let mut changes = watch(&cloud, &anybody(), None).await;
    cloud.create(&scaled("p", 1)).await;
    assert_eq!(ready(&mut changes).len(), 1);
    let waiting = async {
        while cloud.clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(cloud.clock.advance_to_next());
    };
    let (change, ()) = join(changes.next(), waiting).await;
    assert_eq!(words(&[change.unwrap().unwrap()]), [(CREATED, "resource")]);
}

#[tokio::test]
async fn a_sleeping_watcher_wakes_when_somebody_else_changes_something() {
    let cloud = Cloud::empty();
    let mut changes = watch(&cloud, &anybody(), None).await;
    let new = scaled("p", 0);
    let (change, _) = join(changes.next(), cloud.create(&new)).await;
    assert_eq!(words(&[change.unwrap().unwrap()]), [(CREATED, "resourcePool")]);
}

#[tokio::test]
async fn a_watch_goes_on_where_another_ended() {
    let cloud = Cloud::empty();
    let mut first = watch(&cloud, &anybody(), None).await;
    cloud.create(&scaled("p", 5)).await;
    cloud.advance(9000);
    let all = ready(&mut first);
    assert_eq!(all.len(), 11);
    for (index, change) in all.iter().enumerate() {
        let mut later = watch(&cloud, &anybody(), Some(&change.resume)).await;
        assert_eq!(ready(&mut later), all[index + 1..]);
    }
}

#[tokio::test]
async fn what_is_no_longer_known_is_a_conflict() {
    let mut config = MemoryImsConfig::empty();
    config.watch_history = 3;
    let cloud = Cloud::new(config);
    let mut changes = watch(&cloud, &anybody(), None).await;
    for name in ["a", "b", "c", "d", "e"] {
        cloud.create(&scaled(name, 0)).await;
    }
    let error = changes.next().await.unwrap().unwrap_err();
    check_error(
        &error,
        ErrorKind::Conflict,
        "came faster than they were read; read everything and watch from now on",
    );
    assert!(changes.next().await.is_none());
    let last = watch(&cloud, &anybody(), None).await;
    drop(last);
    for (mark, reason) in [("0-0", "not known here"), ("garbage", "not known here")] {
        let error = cloud.ims.watch_inventory(&anybody(), Some(mark)).await.err().unwrap();
        check_error(&error, ErrorKind::Conflict, reason);
    }
}

#[tokio::test]
async fn marks_of_an_earlier_life_are_not_known() {
    let cloud = Cloud::empty();
    let mut changes = watch(&cloud, &anybody(), None).await;
    cloud.create(&scaled("p", 0)).await;
    let mark = ready(&mut changes).remove(0).resume;
    cloud.advance(1);
    let info = cloud.ims.info().clone();
    let clock = Arc::clone(&cloud.clock) as Arc<dyn Clock>;
    let reborn = MemoryIms::new(info, MemoryImsConfig::empty(), clock).unwrap();
    reborn.create_resource_pool(&anybody(), &scaled("p", 0)).await.unwrap();
    let error = reborn.watch_inventory(&anybody(), Some(&mark)).await.err().unwrap();
    check_error(&error, ErrorKind::Conflict, "not known here");
}

#[tokio::test]
async fn changes_of_others_are_not_told() {
    let cloud = Cloud::empty();
    let mut alpha = watch(&cloud, &tenant("alpha"), None).await;
    let mut beta = watch(&cloud, &tenant("beta"), None).await;
    cloud
        .ims
        .create_resource_pool(&tenant("alpha"), &scaled("a", 1))
        .await
        .unwrap();
    cloud.advance(1000);
    cloud.create(&scaled("shared", 0)).await;
    assert_eq!(ready(&mut alpha).len(), 4);
    assert_eq!(words(&ready(&mut beta)), [(CREATED, "resourcePool")]);
}

#[tokio::test]
async fn closing_ends_a_watch() {
    let cloud = Cloud::empty();
    let mut changes = watch(&cloud, &anybody(), None).await;
    let close = cloud.ims.close();
    let (change, closed) = join(changes.next(), close).await;
    closed.unwrap();
    check_error(&change.unwrap().unwrap_err(), ErrorKind::Unavailable, "closed");
    assert!(changes.next().await.is_none());
}
