//! A store that does not answer for a while.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, MemoryStore, Revision, Store, Write};
use o2_core::{Error, ErrorKind, Result};
use o2_testkit::ManualClock;
use o2_testkit::webhook::WebhookSink;

use crate::world::{SECOND, World, sequences};

/// A store whose parts can fail.
struct Shaky {
    store: MemoryStore,
    refuses_acks: AtomicBool,
    refuses_everything: AtomicBool,
    breaks_feeds: AtomicBool,
    refused: AtomicU64,
    /// Reading the outbox takes some seconds.
    is_slow: AtomicBool,
    clock: Arc<ManualClock>,
    /// The prefixes that are being read.
    reading: Mutex<BTreeSet<String>>,
    /// Prefixes that were read twice at the same time.
    read_twice: Mutex<Vec<String>>,
}

impl Shaky {
    async fn slowly(&self, prefix: &str) {
        if !self.reading.lock().unwrap().insert(prefix.to_owned()) {
            self.read_twice.lock().unwrap().push(prefix.to_owned());
        }
        self.clock.sleep(3 * SECOND).await;
        self.reading.lock().unwrap().remove(prefix);
    }

    fn check(&self) -> Result<()> {
        if self.refuses_everything.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(Error::new(ErrorKind::Unavailable, "the store is not there"));
        }
        Ok(())
    }
}

impl fmt::Debug for Shaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shaky")
    }
}

impl Store for Shaky {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.store.get(key)
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        if let Err(error) = self.check() {
            return Box::pin(std::future::ready(Err(error)));
        }
        Box::pin(async move {
            if self.is_slow.load(Ordering::SeqCst) && prefix.starts_with("outbox/") {
                self.slowly(prefix).await;
            }
            self.store.scan(prefix, after, limit).await
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        let is_ack = |write: &Write| matches!(write, Write::Delete(key) if key.starts_with("outbox/"));
        if self.refuses_acks.load(Ordering::SeqCst) && batch.writes.iter().any(is_ack) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            let error = Error::new(ErrorKind::Timeout, "nobody knows");
            return Box::pin(std::future::ready(Err(error)));
        }
        match self.check() {
            Ok(()) => self.store.commit(batch),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.store.revision()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        if self.breaks_feeds.swap(false, Ordering::SeqCst) {
            let broken = stream::once(async { Err(Error::conflict("the reader was too slow")) });
            return self.store.changes(prefix, after).take(1).chain(broken).boxed();
        }
        self.store.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        match self.check() {
            Ok(()) => self.store.acquire(name, holder, ttl),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.store.release(lease)
    }
}

fn shaky() -> (World, Arc<Shaky>) {
    let clock = ManualClock::auto();
    let store = Arc::new(Shaky {
        store: MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>),
        refuses_acks: AtomicBool::new(false),
        refuses_everything: AtomicBool::new(false),
        breaks_feeds: AtomicBool::new(false),
        refused: AtomicU64::new(0),
        is_slow: AtomicBool::new(false),
        clock: Arc::clone(&clock),
        reading: Mutex::default(),
        read_twice: Mutex::default(),
    });
    (World::on(clock, Arc::clone(&store) as Arc<dyn Store>), store)
}

#[test]
fn what_was_delivered_is_not_delivered_again_while_the_store_does_not_take_it() {
    let (world, store) = shaky();
    let sink = world.subscribe("a");
    world.publish(3);
    store.refuses_acks.store(true, Ordering::SeqCst);
    world.while_delivering(async {
        world.clock.sleep(20 * SECOND).await;
        assert_eq!((sequences(&sink), world.keys("outbox/").len()), (vec![1, 2, 3], 3));
        let refused = store.refused.load(Ordering::SeqCst);
        assert!((5..=12).contains(&refused), "it backs off: {refused}");
        store.refuses_acks.store(false, Ordering::SeqCst);
        world.clock.sleep(6 * SECOND).await;
        assert_eq!(world.keys("outbox/"), [""; 0]);
    });
    assert_eq!(sink.attempts().len(), 3);
}

#[test]
fn nothing_is_sent_after_a_lease_that_could_not_be_renewed() {
    let (world, store) = shaky();
    let sink = world.subscribe("a");
    world.while_delivering(async {
        world.clock.sleep(SECOND).await;
        store.refuses_everything.store(true, Ordering::SeqCst);
        world.clock.sleep(20 * SECOND).await;
        store.refuses_everything.store(false, Ordering::SeqCst);
        world.publish(1);
        store.refuses_everything.store(true, Ordering::SeqCst);
        world.clock.sleep(20 * SECOND).await;
        assert_eq!(sink.attempts().len(), 0);
        store.refuses_everything.store(false, Ordering::SeqCst);
        sink.delivery(1, 10 * SECOND).await;
    });
}

#[test]
fn a_shard_that_is_lost_and_taken_again_is_read_once() {
    let times = (0..8).flat_map(|wait| (6..16).map(move |outage| (wait * SECOND / 2, outage * SECOND)));
    for (wait, outage) in times {
        let (world, store) = shaky();
        let sink = world.subscribe("a");
        world.while_delivering(async {
            world.clock.sleep(wait).await;
            world.publish(3);
            // What is to be written is tried again later and later.
            store.refuses_acks.store(true, Ordering::SeqCst);
            world.clock.sleep(10 * SECOND).await;
            store.refuses_everything.store(true, Ordering::SeqCst);
            world.clock.sleep(outage).await;
            store.is_slow.store(true, Ordering::SeqCst);
            store.refuses_everything.store(false, Ordering::SeqCst);
            store.refuses_acks.store(false, Ordering::SeqCst);
            world.clock.sleep(30 * SECOND).await;
        });
        store.is_slow.store(false, Ordering::SeqCst);
        assert_eq!(*store.read_twice.lock().unwrap(), [""; 0], "{wait:?}, {outage:?}");
        sink_heard_all_in_order(&sink);
        assert_eq!(world.keys("outbox/"), [""; 0]);
    }
}

/// Whether the first three were written down does not matter.
fn sink_heard_all_in_order(sink: &WebhookSink) {
    let heard = sequences(sink);
    assert!(heard == [1, 2, 3] || heard == [1, 2, 3, 1, 2, 3], "{heard:?}");
}

#[test]
fn a_feed_with_a_gap_is_read_again_and_nothing_is_lost_or_doubled() {
    let (mut world, store) = shaky();
    world.settings.in_memory = 2;
    store.breaks_feeds.store(true, Ordering::SeqCst);
    let sinks: Vec<_> = (0..40).map(|number| world.subscribe(&format!("s{number}"))).collect();
    world.while_delivering(async {
        for _ in 0..5 {
            world.publish(4);
            store.breaks_feeds.store(true, Ordering::SeqCst);
            world.clock.sleep(SECOND).await;
        }
        world.clock.sleep(10 * SECOND).await;
    });
    for sink in sinks {
        assert_eq!(sequences(&sink), (1..=20).collect::<Vec<_>>());
    }
}
