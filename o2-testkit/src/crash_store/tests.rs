//! What dies, what lasts, and that nothing else differs from a store.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::{BoxFuture, join, ready};
use futures::stream::StreamExt;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Condition, MemoryStore, Revision, Store};
use o2_core::{ErrorKind, Result, Retry};

use super::{CrashPoint, CrashStore};
use crate::ManualClock;
use crate::conformance::{Harness, StoreWorld, World, store};

/// Worlds of stores that `open` makes.
struct Stores(fn(MemoryStore) -> Arc<CrashStore>);

struct Opened {
    store: Arc<CrashStore>,
    clock: Arc<ManualClock>,
}

const FEED_CAPACITY: usize = 50;

impl Harness<dyn StoreWorld> for Stores {
    fn name(&self) -> &str {
        "a store that may crash"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn StoreWorld>>> {
        let clock = ManualClock::auto();
        let store = (self.0)(MemoryStore::with_feed_capacity(clock.clone(), FEED_CAPACITY));
        ready(Ok(Arc::new(Opened { store, clock }) as _)).boxed()
    }
}

impl World<dyn Store> for Opened {
    fn plugin(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>>> {
        ready(Ok(Some(self.store.restart() as _))).boxed()
    }
}

impl StoreWorld for Opened {
    fn feed_capacity(&self) -> usize {
        FEED_CAPACITY
    }
}

#[test]
fn without_a_crash_it_keeps_the_contract() {
    block_on(store(&Stores(CrashStore::on))).assert_green();
}

#[test]
fn a_restarted_store_keeps_the_contract_too() {
    block_on(store(&Stores(|memory| CrashStore::on(memory).restart()))).assert_green();
}

fn put(store: &CrashStore, key: &str) -> Result<Revision> {
    block_on(store.commit(Batch::new().put(key, "x")))
}

fn keys(store: &CrashStore) -> Vec<String> {
    let entries = block_on(store.scan("", None, 100)).unwrap();
    entries.into_iter().map(|entry| entry.key).collect()
}

#[test]
fn commits_are_lost_or_written_as_the_point_says() {
    for (point, lasts) in [
        (CrashPoint::BeforeCommit(1), vec![]),
        (CrashPoint::AfterCommit(1), vec!["a"]),
        (CrashPoint::BeforeCommit(2), vec!["a"]),
        (CrashPoint::AfterCommit(2), vec!["a", "b"]),
        (CrashPoint::BeforeOperation(2), vec!["a"]),
        (CrashPoint::BeforeCommit(0), vec!["a", "b", "c"]),
        (CrashPoint::AfterCommit(9), vec!["a", "b", "c"]),
    ] {
        let store = CrashStore::new(ManualClock::new());
        store.crash_at(point);
        let results = ["a", "b", "c"].map(|key| put(&store, key));
        assert_eq!(store.has_crashed(), lasts.len() < 3, "{point:?}");
        if let Some(error) = results.into_iter().find_map(Result::err) {
            assert_eq!(
                (error.kind(), error.retry()),
                (ErrorKind::Unavailable, Retry::IfIdempotent)
            );
        }
        assert_eq!(keys(&store.restart()), lasts, "{point:?}");
    }
}

#[test]
fn points_are_counted_from_when_they_are_set() {
    let store = CrashStore::new(ManualClock::new());
    put(&store, "a").unwrap();
    store.crash_at(CrashPoint::BeforeCommit(2));
    put(&store, "b").unwrap();
    block_on(store.get("a")).unwrap();
    put(&store, "c").unwrap_err();
    assert_eq!(keys(&store.restart()), ["a", "b"]);
}

#[test]
fn a_refused_commit_can_be_the_last_too() {
    let store = CrashStore::new(ManualClock::new());
    store.crash_at(CrashPoint::AfterCommit(1));
    let batch = Batch::new().when(Condition::Present("a".into())).put("b", "x");
    let error = block_on(store.commit(batch)).unwrap_err();
    assert!(error.is(ErrorKind::Unavailable) && store.has_crashed());
    assert!(keys(&store.restart()).is_empty());
}

#[test]
fn a_dead_process_can_do_nothing() {
    let clock = ManualClock::new();
    let store = CrashStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let lease = block_on(store.acquire("l", "one", Duration::from_secs(9)))
        .unwrap()
        .unwrap();
    store.crash();
    let again = store.restart();
    assert!(put(&store, "a").is_err());
    assert!(block_on(store.get("a")).is_err());
    assert!(block_on(store.scan("", None, 1)).is_err());
    assert!(block_on(store.revision()).is_err());
    assert!(block_on(store.acquire("m", "one", Duration::from_secs(9))).is_err());
    assert!(block_on(store.release(&lease)).is_err());
    assert!(keys(&again).is_empty());
    assert!(
        block_on(again.acquire("m", "two", Duration::from_secs(9)))
            .unwrap()
            .is_some()
    );
}

#[test]
fn leases_outlive_their_process_until_they_expire() {
    let clock = ManualClock::new();
    let store = CrashStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let ttl = Duration::from_secs(10);
    let old = block_on(store.acquire("l", "one", ttl)).unwrap().unwrap();
    let store = store.restart();
    assert!(block_on(store.acquire("l", "two", ttl)).unwrap().is_none());
    clock.advance(ttl);
    let new = block_on(store.acquire("l", "two", ttl)).unwrap().unwrap();
    assert!(new.token > old.token);
    let late = Batch::new().when(Condition::Holding(old)).put("a", "x");
    assert!(
        block_on(store.commit(late))
            .unwrap_err()
            .is(ErrorKind::PreconditionFailed)
    );
}

#[test]
fn streams_end_with_their_process_and_go_on_in_the_next() {
    let store = CrashStore::new(ManualClock::new());
    let mut feed = store.changes("", Revision(0));
    assert!(feed.next().now_or_never().is_none());
    put(&store, "a").unwrap();
    assert_eq!(block_on(feed.next()).unwrap().unwrap().revision, Revision(1));
    let dying = async { store.crash() };
    let (end, ()) = block_on(join(feed.next(), dying));
    assert!(end.is_none(), "a reader that waits is woken");
    assert!(block_on(store.changes("", Revision(0)).next()).is_none());

    let store = store.restart();
    let mut feed = store.changes("", Revision(1));
    put(&store, "b").unwrap();
    assert_eq!(block_on(feed.next()).unwrap().unwrap().changes[0].key, "b");
}
