//! The conformance suite of [`Store`] engines: every sentence of the trait's documentation as a case.
//!
//! An engine comes with a [`StoreHarness`] and one test:
//!
//! ```
//! use std::sync::Arc;
//! use o2_core::ports::Clock;
//! use o2_core::store::{MemoryStore, Store};
//! use o2_core::Result;
//! use futures::future::BoxFuture;
//! use o2_testkit::{ManualClock, store_suite::{self, StoreHarness}};
//!
//! struct Memory(Arc<ManualClock>);
//!
//! impl StoreHarness for Memory {
//!     fn open(&self) -> BoxFuture<'_, Result<Arc<dyn Store>>> {
//!         let store = MemoryStore::with_feed_capacity(self.0.clone(), self.feed_capacity());
//!         Box::pin(std::future::ready(Ok(Arc::new(store) as _)))
//!     }
//!     fn clock(&self) -> Arc<dyn Clock> {
//!         self.0.clone()
//!     }
//!     fn feed_capacity(&self) -> usize {
//!         100
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! store_suite::run(&Memory(ManualClock::auto())).await;
//! # }
//! ```

mod batches;
mod entries;
mod feed;
mod leases;

use std::fmt::{self, Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::{BoxStream, FuturesUnordered, StreamExt};
use o2_core::ports::Clock;
use o2_core::store::{Commit, Store};
use o2_core::{ErrorKind, Result};

/// How long a case waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// An engine under test.
pub trait StoreHarness: Sync {
    /// A new, empty store.
    ///
    /// # Errors
    /// Whatever keeps the engine from opening one; the cases fail then.
    fn open(&self) -> BoxFuture<'_, Result<Arc<dyn Store>>>;

    /// The clock by which the engine's leases end: an automatic [`ManualClock`](crate::ManualClock) for an engine that
    /// takes its time from the port.
    fn clock(&self) -> Arc<dyn Clock>;

    /// So many changes, at least 20, make the feed forget what was before them.
    fn feed_capacity(&self) -> usize;

    /// Runs tasks at the same time. Takes turns on this thread unless overridden; an engine that lives in this process
    /// should run them on several.
    fn together(&self, tasks: Vec<BoxFuture<'static, ()>>) -> BoxFuture<'_, ()> {
        Box::pin(join_all(tasks).map(drop))
    }
}

/// One sentence of the contract.
#[derive(Clone, Copy)]
pub struct StoreCase {
    /// The sentence.
    pub name: &'static str,
    run: for<'a> fn(&'a dyn StoreHarness) -> BoxFuture<'a, Verdict>,
}

impl StoreCase {
    /// Tries the sentence on a new store.
    ///
    /// # Errors
    /// Says how the engine breaks it.
    pub async fn run(&self, harness: &dyn StoreHarness) -> Verdict {
        (self.run)(harness).await
    }
}

impl Debug for StoreCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreCase").field(&self.name).finish()
    }
}

/// Whether an engine keeps a sentence of the contract.
pub type Verdict = Result<(), Broken>;

/// How an engine breaks a sentence of the contract.
#[derive(Debug)]
pub struct Broken(String);

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

impl From<o2_core::Error> for Broken {
    fn from(error: o2_core::Error) -> Self {
        Self(format!("unexpected error: {error:?}"))
    }
}

/// All cases. Each opens a store of its own.
#[must_use]
pub fn cases() -> Vec<StoreCase> {
    [entries::CASES, batches::CASES, feed::CASES, leases::CASES].concat()
}

/// Runs all cases and says which ones the engine breaks, and how.
pub async fn check(harness: &dyn StoreHarness) -> Vec<(StoreCase, Broken)> {
    let mut broken = Vec::new();
    for case in cases() {
        if let Err(how) = case.run(harness).await {
            broken.push((case, how));
        }
    }
    broken
}

/// Runs all cases.
///
/// # Panics
/// When the engine breaks some, with the list of them.
pub async fn run(harness: &dyn StoreHarness) {
    let broken = check(harness).await;
    let lines: Vec<_> = broken
        .iter()
        .map(|(case, how)| format!("\n- {}: {how}", case.name))
        .collect();
    assert!(
        broken.is_empty(),
        "the engine breaks the contract of Store:{}",
        lines.concat()
    );
}

/// That two things are equal.
fn same<T: PartialEq + Debug>(what: &str, actual: T, expected: T) -> Verdict {
    if actual == expected {
        return Ok(());
    }
    Err(Broken(format!("{what}: got {actual:?}, expected {expected:?}")))
}

/// That a call fails with this kind of error.
fn fails<T: Debug>(what: &str, result: Result<T>, kind: ErrorKind) -> Result<o2_core::Error, Broken> {
    match result {
        Err(error) if error.is(kind) => Ok(error),
        other => Err(Broken(format!(
            "{what}: got {other:?}, expected an error of kind {kind}"
        ))),
    }
}

/// The next commit of a feed, which has to come.
async fn next(harness: &dyn StoreHarness, feed: &mut BoxStream<'static, Result<Commit>>) -> Result<Commit, Broken> {
    Ok(next_result(harness, feed).await??)
}

/// The next commit of a feed, or its error, one of which has to come.
async fn next_result(
    harness: &dyn StoreHarness,
    feed: &mut BoxStream<'static, Result<Commit>>,
) -> Result<Result<Commit>, Broken> {
    // Polls the feed only when the feed asks for it, so that a reader who is not woken is found out.
    let mut reader = FuturesUnordered::from_iter([feed.next()]);
    match harness.clock().within(PATIENCE, reader.next()).await {
        Ok(Some(Some(result))) => Ok(result),
        Ok(_) => Err(Broken("the feed ended".to_owned())),
        Err(limit) => Err(Broken(format!("the feed said nothing for {limit:?}"))),
    }
}
