//! The suite of [`Store`] engines: every sentence of the trait's documentation as a case.
//!
//! ```
//! use std::sync::Arc;
//! use futures::future::{BoxFuture, FutureExt, ready};
//! use o2_core::Result;
//! use o2_core::ports::Clock;
//! use o2_core::store::{MemoryStore, Store};
//! use o2_testkit::ManualClock;
//! use o2_testkit::conformance::{Harness, StoreWorld, World, store};
//!
//! struct Memory;
//!
//! struct Engine(Arc<MemoryStore>, Arc<ManualClock>);
//!
//! impl Harness<dyn StoreWorld> for Memory {
//!     fn name(&self) -> &str {
//!         "memory"
//!     }
//!     fn world(&self) -> BoxFuture<'_, Result<Arc<dyn StoreWorld>>> {
//!         let clock = ManualClock::auto();
//!         let store = MemoryStore::with_feed_capacity(clock.clone(), 100);
//!         ready(Ok(Arc::new(Engine(Arc::new(store), clock)) as _)).boxed()
//!     }
//! }
//!
//! impl World<dyn Store> for Engine {
//!     fn plugin(&self) -> Arc<dyn Store> {
//!         self.0.clone()
//!     }
//!     fn clock(&self) -> Arc<dyn Clock> {
//!         self.1.clone()
//!     }
//! }
//!
//! impl StoreWorld for Engine {
//!     fn feed_capacity(&self) -> usize {
//!         100
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! store(&Memory).await.assert_green();
//! # }
//! ```

mod batches;
mod entries;
mod feed;
mod leases;
mod restart;

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::{BoxStream, FuturesUnordered, StreamExt};
use o2_core::Result;
use o2_core::store::{Commit, Store};

use super::{Broken, Case, Harness, Report, Suite, Verdict, World};

/// How long a case waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A world for a storage engine: its plugin is a new, empty store.
pub trait StoreWorld: World<dyn Store> {
    /// So many changes, at least 20, make the feed forget what was before them.
    fn feed_capacity(&self) -> usize;

    /// Runs tasks at the same time. Takes turns on this thread unless overridden; an engine that lives in this process
    /// should run them on several.
    fn together(&self, tasks: Vec<BoxFuture<'static, ()>>) -> BoxFuture<'_, ()> {
        Box::pin(join_all(tasks).map(drop))
    }
}

/// Runs the suite.
pub async fn store(harness: &dyn Harness<dyn StoreWorld>) -> Report {
    store_suite().run(harness).await
}

/// The suite, for those who want to run some of its cases.
#[must_use]
pub fn store_suite() -> Suite<dyn Store, dyn StoreWorld> {
    Suite {
        operations: &[],
        cases: [
            entries::cases(),
            batches::cases(),
            feed::cases(),
            leases::cases(),
            restart::cases(),
        ]
        .concat(),
        world: |world| world,
    }
}

type StoreCase = Case<dyn StoreWorld>;
type Run = for<'a> fn(&'a (dyn StoreWorld + 'static)) -> BoxFuture<'a, Verdict>;

fn case(name: &str, contract: &'static str, run: Run) -> StoreCase {
    Case::new(name, contract, run)
}

/// The next commit of a feed, which has to come.
async fn next(world: &dyn StoreWorld, feed: &mut BoxStream<'static, Result<Commit>>) -> Verdict<Commit> {
    Ok(next_result(world, feed).await??)
}

/// The next commit of a feed, or its error, one of which has to come.
async fn next_result(world: &dyn StoreWorld, feed: &mut BoxStream<'static, Result<Commit>>) -> Verdict<Result<Commit>> {
    // Polls the feed only when the feed asks for it, so that a reader who is not woken is found out.
    let mut reader = FuturesUnordered::from_iter([feed.next()]);
    let expected = |got: String| Broken::new("the feed", "a commit or an error", got).into();
    match world.clock().within(PATIENCE, reader.next()).await {
        Ok(Some(Some(result))) => Ok(result),
        Ok(_) => Err(expected("the end".to_owned())),
        Err(limit) => Err(expected(format!("nothing for {limit:?}"))),
    }
}
