//! What the suite cannot ask of every engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::StreamExt;
use futures::{FutureExt, poll};
use o2_core::ErrorKind;
use o2_core::store::{Batch, MemoryStore, Revision, Store};
use o2_testkit::ManualClock;

use crate::{block_on, on_threads};

const START: Revision = Revision(0);

fn store() -> MemoryStore {
    MemoryStore::new(ManualClock::new())
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn readers_on_threads_follow_writers_on_threads() {
    let (store, writing) = (Arc::new(store()), Arc::new(AtomicUsize::new(4)));
    let writer = |number: usize| -> BoxFuture<'static, ()> {
        let (store, writing) = (Arc::clone(&store), Arc::clone(&writing));
        let write = async move {
            for round in 0..200 {
                store
                    .commit(Batch::new().put(format!("{number}/{round}"), "v"))
                    .await
                    .unwrap();
            }
            if writing.fetch_sub(1, Ordering::SeqCst) == 1 {
                store.commit(Batch::new().put("end", "v")).await.unwrap();
            }
        };
        write.boxed()
    };
    let reader = || -> BoxFuture<'static, ()> {
        let store = Arc::clone(&store);
        let read = async move {
            let mut feed = store.changes("", START);
            for revision in 1..=801 {
                let commit = feed.next().await.unwrap().unwrap();
                assert_eq!(commit.revision, Revision(revision));
            }
            assert!(store.get("end").await.unwrap().is_some());
        };
        // Real time passes only when a reader is not woken.
        let guarded = async move { tokio::time::timeout(Duration::from_secs(60), read).await.unwrap() };
        guarded.boxed()
    };
    on_threads((0..4).map(writer).chain((0..3).map(|_| reader())).collect());
}

#[test]
fn a_reader_is_woken_once_and_leaves_nothing_behind() {
    let (store, counter) = (store(), Arc::new(Counter::default()));
    let waker = Waker::from(Arc::clone(&counter));
    let mut context = Context::from_waker(&waker);
    let mut feed = store.changes("t/", START);
    for _ in 0..3 {
        assert!(feed.poll_next_unpin(&mut context).is_pending());
    }
    assert_eq!(
        Arc::strong_count(&counter),
        3,
        "ours, the context's, and one of the reader"
    );

    block_on(store.commit(Batch::new().put("t/1", "v"))).unwrap();
    block_on(store.commit(Batch::new().put("t/2", "v"))).unwrap();
    assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    while feed.poll_next_unpin(&mut context).is_ready() {}
    assert_eq!(Arc::strong_count(&counter), 3);
    drop(feed);
    assert_eq!(Arc::strong_count(&counter), 2);
}

#[tokio::test]
async fn readers_end_with_the_store_after_they_have_seen_everything() {
    let (store, counter) = (store(), Arc::new(Counter::default()));
    let mut waiting = store.changes("t/", START);
    let waker = Waker::from(Arc::clone(&counter));
    assert!(waiting.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    let mut behind = store.changes("t/", START);
    store.commit(Batch::new().put("s/1", "v")).await.unwrap();
    let written = store.commit(Batch::new().put("t/1", "v")).await.unwrap();
    assert_eq!(waiting.next().await.unwrap().unwrap().revision, written);
    assert!(waiting.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());

    drop(store);
    assert_eq!(counter.0.load(Ordering::Relaxed), 2);
    assert!(waiting.next().await.is_none());
    assert_eq!(behind.next().await.unwrap().unwrap().revision, written);
    assert!(behind.next().await.is_none() && behind.next().await.is_none());
}

#[tokio::test]
async fn the_feed_remembers_as_many_changes_as_it_is_told_to() {
    let store = MemoryStore::with_feed_capacity(ManualClock::new(), 5);
    let pair = |number: u32| {
        Batch::new()
            .put(format!("{number}/a"), "v")
            .put(format!("{number}/b"), "v")
    };
    for number in 1..=3 {
        store.commit(pair(number)).await.unwrap();
    }
    for (after, first) in [(0, None), (1, Some(2)), (2, Some(3))] {
        let next = store.changes("", Revision(after)).next().await.unwrap();
        match first {
            Some(first) => assert_eq!(next.unwrap().revision, Revision(first)),
            None => assert_eq!(next.unwrap_err().kind(), ErrorKind::Conflict),
        }
    }
}

#[tokio::test]
async fn the_feed_remembers_the_newest_commit_however_large_it_is() {
    let store = MemoryStore::with_feed_capacity(ManualClock::new(), 5);
    let mut feed = store.changes("", START);
    let large = (0..20).fold(Batch::new(), |batch, number| batch.put(format!("{number}"), "v"));
    store.commit(large).await.unwrap();
    assert_eq!(feed.next().await.unwrap().unwrap().changes.len(), 20);
    store.commit(Batch::new().put("one", "more")).await.unwrap();
    let late = store.changes("", START).next().await.unwrap();
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_call_that_is_never_polled_does_nothing() {
    let store = store();
    drop(store.commit(Batch::new().put("k", "v")));
    drop(store.acquire("shard", "a", Duration::from_secs(1)));
    assert_eq!(store.revision().await.unwrap(), START);
    assert!(
        store
            .acquire("shard", "b", Duration::from_secs(1))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn leases_do_not_notice_a_jump_of_the_wall_clock() {
    let clock = ManualClock::new();
    let store = MemoryStore::new(clock.clone());
    let ttl = Duration::from_secs(10);
    let lease = store.acquire("shard", "a", ttl).await.unwrap().unwrap();
    clock.jump_wall("2030-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(store.acquire("shard", "b", ttl).await.unwrap(), None);
    clock.jump_wall("2020-01-01T00:00:00Z".parse().unwrap());
    clock.advance(ttl);
    assert!(store.acquire("shard", "b", ttl).await.unwrap().unwrap().token > lease.token);
}

#[tokio::test]
async fn debug_output_shows_numbers_and_no_values() {
    let store = store();
    store.commit(Batch::new().put("k", "hunter2")).await.unwrap();
    let mut feed = store.changes("", Revision(1));
    assert!(poll!(feed.next()).is_pending());
    assert_eq!(
        format!("{store:?}"),
        "MemoryStore { revision: 1, entries: 1, feed: Feed { newest: 1, changes: 1, waiting_readers: 1, .. }, .. }"
    );
}
