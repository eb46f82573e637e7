//! The store in a file: the suite of engines, and what can happen to a file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "files and processes live in real time")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a process tells its parent, and a test what it measured"
)]

mod faults;
mod folder;
mod full;
mod killed;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use futures::stream::BoxStream;
use o2_adapters::store::file::{FileStore, FileStoreOptions};
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, Revision, Store};
use o2_core::{Result, Timestamp};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, StoreWorld, World, store};

use crate::folder::Folder;

/// Changes that the feeds of these stores remember.
const FEED: usize = 64;

fn options() -> FileStoreOptions {
    let mut options = FileStoreOptions::default();
    options.feed_capacity = FEED;
    options
}

/// Makes stores in files of their own.
struct Files;

/// Real time, many times as fast: files take real time, and leases of some seconds would take too much of it.
#[derive(Debug)]
struct QuickClock(Instant);

impl QuickClock {
    const TIMES: u32 = 25;
}

impl Clock for QuickClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(0)
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed() * Self::TIMES
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(duration / Self::TIMES).boxed()
    }
}

struct FileWorld {
    folder: Folder,
    clock: Arc<QuickClock>,
    open: Mutex<Arc<Handle>>,
}

/// A store that can be closed while others know it: a file can be opened anew only then.
#[derive(Debug)]
struct Handle(Mutex<Option<Arc<FileStore>>>);

impl Handle {
    fn store(&self) -> Arc<FileStore> {
        self.0.lock().unwrap().clone().unwrap()
    }
}

impl FileWorld {
    fn open(folder: &Folder, clock: &Arc<QuickClock>) -> Result<Arc<Handle>> {
        let store = FileStore::open(folder.file(), clock.clone(), options())?;
        Ok(Arc::new(Handle(Mutex::new(Some(Arc::new(store))))))
    }
}

impl Harness<dyn StoreWorld> for Files {
    fn name(&self) -> &str {
        "file"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn StoreWorld>>> {
        let (folder, clock) = (Folder::new(), Arc::new(QuickClock(Instant::now())));
        let world = FileWorld::open(&folder, &clock).map(|open| {
            let open = Mutex::new(open);
            Arc::new(FileWorld { folder, clock, open }) as _
        });
        ready(world).boxed()
    }
}

impl World<dyn Store> for FileWorld {
    fn plugin(&self) -> Arc<dyn Store> {
        self.open.lock().unwrap().clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>>> {
        let mut open = self.open.lock().unwrap();
        drop(open.0.lock().unwrap().take());
        let reopened = Self::open(&self.folder, &self.clock).map(|handle| {
            *open = handle;
            Some(Arc::clone(&open) as Arc<dyn Store>)
        });
        ready(reopened).boxed()
    }
}

impl StoreWorld for FileWorld {
    fn feed_capacity(&self) -> usize {
        FEED
    }

    /// Every task on a thread of its own.
    fn together(&self, tasks: Vec<BoxFuture<'static, ()>>) -> BoxFuture<'_, ()> {
        std::thread::scope(|scope| {
            for task in tasks {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                    runtime.unwrap().block_on(task);
                });
            }
        });
        ready(()).boxed()
    }
}

impl Store for Handle {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        async move { self.store().get(key).await }.boxed()
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        async move { self.store().scan(prefix, after, limit).await }.boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        async move { self.store().commit(batch).await }.boxed()
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        async move { self.store().revision().await }.boxed()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.store().changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        async move { self.store().acquire(name, holder, ttl).await }.boxed()
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        async move { self.store().release(lease).await }.boxed()
    }
}

#[tokio::test]
async fn the_file_keeps_the_contract() {
    let report = store(&Files).await;
    report.assert_green();
    assert_eq!(report.count("passed"), report.cases.len(), "{report}");
}

/// A key and a value that nobody else has.
fn put(number: u64) -> Batch {
    Batch::new()
        .put(format!("first/{number:08}"), number.to_string())
        .put(format!("second/{number:08}"), number.to_string())
}

#[tokio::test]
async fn revisions_and_values_are_there_after_opening_anew() {
    let (folder, clock) = (Folder::new(), ManualClock::auto());
    let store = FileStore::open(folder.file(), clock.clone(), options()).unwrap();
    for number in 1..=100 {
        assert_eq!(store.commit(put(number)).await.unwrap(), Revision(number));
    }
    drop(store);
    let store = FileStore::open(folder.file(), clock, options()).unwrap();
    assert_eq!(store.revision().await.unwrap(), Revision(100));
    assert_eq!(store.scan("second/", None, 1000).await.unwrap().len(), 100);
    let entry = store.get("first/00000042").await.unwrap().unwrap();
    assert_eq!((&*entry.value, entry.revision), (&b"42"[..], Revision(42)));
}

#[tokio::test]
async fn a_reader_of_changes_goes_on_after_opening_anew_if_it_was_up_to_date() {
    use futures::StreamExt;
    let (folder, clock) = (Folder::new(), ManualClock::auto());
    let store = FileStore::open(folder.file(), clock.clone(), options()).unwrap();
    for number in 1..=3 {
        store.commit(put(number)).await.unwrap();
    }
    drop(store);
    let store = FileStore::open(folder.file(), clock, options()).unwrap();
    let mut behind = store.changes("first/", Revision(2));
    let error = behind.next().await.unwrap().unwrap_err();
    assert!(error.is(o2_core::ErrorKind::Conflict), "{error}");
    let mut current = store.changes("first/", Revision(3));
    store.commit(put(4)).await.unwrap();
    assert_eq!(current.next().await.unwrap().unwrap().revision, Revision(4));
}

#[tokio::test]
async fn leases_end_with_the_process_and_tokens_rise() {
    const TTL: Duration = Duration::from_secs(3600);
    let (folder, clock) = (Folder::new(), ManualClock::new());
    let store = FileStore::open(folder.file(), clock.clone(), options()).unwrap();
    let first = store.acquire("shard", "a", TTL).await.unwrap().unwrap();
    assert!(store.acquire("shard", "b", TTL).await.unwrap().is_none());
    drop(store);
    let store = FileStore::open(folder.file(), clock, options()).unwrap();
    let second = store.acquire("shard", "b", TTL).await.unwrap().unwrap();
    assert!(second.token > first.token, "{second:?} after {first:?}");
    let fenced = Batch::new()
        .when(o2_core::store::Condition::Holding(first))
        .put("written by the first", "");
    assert!(store.commit(fenced).await.is_err());
}
