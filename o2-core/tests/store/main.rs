//! The in-memory engine: the store suite, a model, and what the suite cannot ask of every engine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod engine;
mod faulty;
mod model;

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::Result;
use o2_core::ports::Clock;
use o2_core::store::{MemoryStore, Store};
use o2_testkit::ManualClock;
use o2_testkit::store_suite::{self, StoreHarness};

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

struct Memory {
    clock: Arc<ManualClock>,
    fault: Option<Fault>,
}

impl Memory {
    fn with(fault: Option<Fault>) -> Self {
        let clock = ManualClock::auto();
        Self { clock, fault }
    }
}

impl StoreHarness for Memory {
    fn open(&self) -> BoxFuture<'_, Result<Arc<dyn Store>>> {
        let store = MemoryStore::with_feed_capacity(self.clock(), self.feed_capacity());
        let store: Arc<dyn Store> = match self.fault {
            Some(fault) => fault.in_engine(store),
            None => Arc::new(store),
        };
        std::future::ready(Ok(store)).boxed()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn feed_capacity(&self) -> usize {
        64
    }

    fn together(&self, tasks: Vec<BoxFuture<'static, ()>>) -> BoxFuture<'_, ()> {
        on_threads(tasks);
        std::future::ready(()).boxed()
    }
}

#[tokio::test]
async fn the_engine_keeps_the_contract() {
    store_suite::run(&Memory::with(None)).await;
}
