//! The in-memory engine: the store suite, a model, and what the suite cannot ask of every engine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod engine;
mod faulty;
mod model;

use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_core::store::{MemoryStore, Store};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, StoreWorld, World, store};

use crate::faulty::Fault;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// Every task on a thread of its own.
fn on_threads(tasks: Vec<BoxFuture<'static, ()>>) {
    std::thread::scope(|scope| {
        for task in tasks {
            scope.spawn(|| block_on(task));
        }
    });
}

/// Makes engines, right ones or wrong ones.
struct Memory(Option<Fault>);

/// An engine of which others may have the data too, so that it outlives each of them.
struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    fault: Option<Fault>,
}

/// Changes that the feeds of these engines remember.
const FEED: usize = 64;

impl Harness<dyn StoreWorld> for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn StoreWorld>>> {
        let clock = ManualClock::auto();
        let store = MemoryStore::with_feed_capacity(clock.clone(), FEED);
        let store: Arc<dyn Store> = match self.0 {
            Some(fault) => fault.in_engine(store),
            None => Arc::new(store),
        };
        let fault = self.0;
        ready(Ok(Arc::new(Engine { store, clock, fault }) as _)).boxed()
    }
}

impl World<dyn Store> for Engine {
    fn plugin(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>>> {
        let store: Arc<dyn Store> = match self.fault {
            Some(Fault::ForgetsOnRestart) => Arc::new(MemoryStore::new(self.clock.clone())),
            _ => Arc::clone(&self.store),
        };
        ready(Ok(Some(store))).boxed()
    }
}

impl StoreWorld for Engine {
    fn feed_capacity(&self) -> usize {
        FEED
    }

    fn together(&self, tasks: Vec<BoxFuture<'static, ()>>) -> BoxFuture<'_, ()> {
        on_threads(tasks);
        ready(()).boxed()
    }
}

#[tokio::test]
async fn the_engine_keeps_the_contract() {
    let report = store(&Memory(None)).await;
    report.assert_green();
    assert_eq!(report.count("passed"), report.cases.len(), "{report}");
}
