//! Engines that are wrong in one way each: the suite has to find every one.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt};
use o2_core::Result;
use o2_core::store::{Batch, Commit, Condition, Entry, Lease, MemoryStore, Revision, Store, Write};
use o2_testkit::conformance::store;

use crate::Memory;

/// What an engine may get wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    IgnoresConditions,
    ScansFromTheStart,
    SeesWritesInConditions,
    ForgetsToWake,
    ReplaysNothing,
    NeverEndsLeases,
    ForgetsFencing,
    ForgetsOnRestart,
}

#[derive(Debug)]
struct Faulty {
    store: MemoryStore,
    fault: Fault,
}

impl Fault {
    pub(crate) fn in_engine(self, store: MemoryStore) -> Arc<dyn Store> {
        Arc::new(Faulty { store, fault: self })
    }
}

impl Store for Faulty {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.store.get(key)
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        let ignored = matches!(self.fault, Fault::ScansFromTheStart);
        self.store.scan(prefix, after.filter(|_| !ignored), limit)
    }

    fn commit(&self, mut batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        match self.fault {
            Fault::IgnoresConditions => batch.conditions.clear(),
            Fault::SeesWritesInConditions => {
                let written = |key: &str| {
                    batch
                        .writes
                        .iter()
                        .any(|write| matches!(write, Write::Put(k, _) if k == key))
                };
                batch
                    .conditions
                    .retain(|condition| !matches!(condition, Condition::Present(key) if written(key)));
            }
            Fault::ForgetsFencing => batch
                .conditions
                .retain(|condition| !matches!(condition, Condition::Holding(_))),
            _ => {}
        }
        self.store.commit(batch)
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.store.revision()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        match self.fault {
            Fault::ForgetsToWake => {
                let mut feed = self.store.changes(prefix, after);
                futures::stream::poll_fn(move |_| feed.poll_next_unpin(&mut Context::from_waker(Waker::noop()))).boxed()
            }
            Fault::ReplaysNothing => {
                let newest = self.store.revision().now_or_never().unwrap().unwrap();
                self.store.changes(prefix, newest)
            }
            _ => self.store.changes(prefix, after),
        }
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        let forever = matches!(self.fault, Fault::NeverEndsLeases);
        self.store
            .acquire(name, holder, if forever { Duration::MAX } else { ttl })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.store.release(lease)
    }
}

#[tokio::test]
async fn the_suite_finds_engines_that_break_the_contract() {
    for (fault, case) in [
        (Fault::IgnoresConditions, "commit/one_of_many_wins"),
        (Fault::ScansFromTheStart, "scan/pages_add_up"),
        (Fault::SeesWritesInConditions, "changes/a_refused_batch_does_not_appear"),
        (Fault::ForgetsToWake, "changes/goes_on"),
        (Fault::ReplaysNothing, "changes/replays_in_order"),
        (Fault::NeverEndsLeases, "acquire/one_holder_until_the_end"),
        (Fault::ForgetsFencing, "commit/a_lost_lease_is_fenced"),
        (Fault::ForgetsOnRestart, "commit/what_is_written_survives_a_restart"),
        (Fault::ForgetsOnRestart, "commit/revisions_go_on_after_a_restart"),
        (Fault::ForgetsOnRestart, "acquire/tokens_rise_across_a_restart"),
    ] {
        let report = store(&Memory(Some(fault))).await;
        let found: Vec<_> = report.failures().map(|(case, _)| case.name.as_str()).collect();
        assert!(found.contains(&case), "{fault:?}: {report}");
    }
}
