//! The primary is killed while commits are under way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use o2_adapters::rt::TokioClock;
use o2_adapters::store::redis::RedisStore;
use o2_core::ErrorKind;
use o2_core::ports::Clock;
use o2_core::store::{Condition, Revision, Store};

use super::{create, pause, peer, store};

const WRITERS: usize = 8;

/// A failover has to be over by then.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What one writer was told.
#[derive(Default)]
struct Told {
    committed: BTreeMap<String, Revision>,
    open: usize,
    longest: Duration,
}

async fn write(store: &RedisStore, number: usize, over: &AtomicBool) -> Told {
    let clock = TokioClock::new();
    let mut told = Told::default();
    let mut round = 0;
    while !over.load(Ordering::Relaxed) {
        let key = format!("k/{number}/{round}");
        round += 1;
        let began = clock.monotonic();
        match store.commit(create(&key)).await {
            Ok(revision) => drop(told.committed.insert(key, revision)),
            // A batch that was written twice would find its own key.
            Err(error) => {
                assert!(
                    error.is(ErrorKind::Unavailable) || error.is(ErrorKind::Timeout),
                    "{key}: {error:?}"
                );
                told.open += 1;
            }
        }
        told.longest = told.longest.max(clock.monotonic() - began);
    }
    told
}

#[tokio::test]
async fn a_primary_that_dies_loses_no_commit_that_was_answered_and_doubles_none() {
    fail_over_while_writing(&["failover", "kill"]).await;
}

#[tokio::test]
async fn a_primary_that_stands_still_loses_no_commit_that_was_answered_and_doubles_none() {
    fail_over_while_writing(&["failover", "pause"]).await;
}

async fn fail_over_while_writing(trouble: &'static [&'static str]) {
    let Some((_alone, options)) = peer::options("failover").await else {
        return;
    };
    // All replicas: on a machine that is busy a Sentinel may elect twice, and one that has the commit may be passed over.
    let options = options.with_wait_replicas(2, Duration::from_millis(500));
    let store = store(options.with_feed_capacity(1_000_000).with_timeout(TIMEOUT));
    let lease = store
        .acquire("shard", "a", Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let over = AtomicBool::new(false);
    let failover = async {
        pause(Duration::from_millis(500)).await;
        let said = tokio::task::spawn_blocking(move || peer::script(trouble))
            .await
            .unwrap();
        pause(Duration::from_secs(1)).await;
        over.store(true, Ordering::Relaxed);
        said
    };
    let writers = join_all((0..WRITERS).map(|number| write(&store, number, &over)));
    let (told, said) = futures::join!(writers, failover);

    let open: usize = told.iter().map(|told| told.open).sum();
    let longest = told.iter().map(|told| told.longest).max().unwrap();
    let committed: BTreeMap<_, _> = told.into_iter().flat_map(|told| told.committed).collect();
    assert!(
        longest < TIMEOUT,
        "{said}\n{} commits, {open} open; the longest took {longest:?}",
        committed.len()
    );
    assert!(committed.len() > WRITERS);

    let entries = store.scan("k/", None, usize::MAX).await.unwrap();
    let stored: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.key, entry.revision)).collect();
    for (key, revision) in &committed {
        assert_eq!(stored.get(key), Some(revision), "{key}");
    }
    assert!(stored.len() <= committed.len() + open);
    every_key_changed_once(&store, stored).await;

    let holding = create("as the holder").when(Condition::Holding(lease.clone()));
    store.commit(holding).await.unwrap();
    assert!(
        store
            .acquire("shard", "b", Duration::from_secs(1))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        store.acquire("shard", "a", Duration::from_secs(1)).await.unwrap(),
        Some(lease)
    );
}

/// The feed has exactly what the store has.
async fn every_key_changed_once(store: &RedisStore, mut stored: BTreeMap<String, Revision>) {
    let mut feed = store.changes("k/", Revision::default());
    while !stored.is_empty() {
        let commit = feed.next().await.unwrap().unwrap();
        for change in commit.changes {
            assert_eq!(stored.remove(&change.key), Some(commit.revision), "{}", change.key);
        }
    }
}

#[tokio::test]
async fn a_feed_goes_on_after_a_failover() {
    let Some((_alone, options)) = peer::options("feed").await else {
        return;
    };
    let store = store(options.clone());
    let mut feed = store.changes("", Revision::default());
    store.commit(create("before")).await.unwrap();
    assert_eq!(feed.next().await.unwrap().unwrap().changes[0].key, "before");
    let (next, committed) = futures::join!(feed.next(), async {
        tokio::task::spawn_blocking(|| peer::script(&["failover"]))
            .await
            .unwrap();
        store.commit(create("after")).await.unwrap()
    });
    assert_eq!(next.unwrap().unwrap().revision, committed);
}
