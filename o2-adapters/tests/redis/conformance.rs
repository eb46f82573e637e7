//! The store suite.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use o2_adapters::rt::TokioClock;
use o2_adapters::store::redis::{RedisOptions, RedisStore};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_core::store::Store;
use o2_testkit::conformance::{Harness, StoreWorld, World, store};

use super::server::Server;
use super::{fresh_name, peer};

/// Commits that the feeds of these stores remember.
const FEED: usize = 64;

/// Makes stores on servers that run.
struct Redis(RedisOptions);

struct Engine {
    options: RedisOptions,
    clock: Arc<TokioClock>,
    store: Arc<RedisStore>,
}

impl Engine {
    fn new(options: RedisOptions) -> Result<Self> {
        let clock = Arc::new(TokioClock::new());
        let store = Arc::new(RedisStore::new(options.clone(), clock.clone())?);
        Ok(Self { options, clock, store })
    }
}

impl Harness<dyn StoreWorld> for Redis {
    fn name(&self) -> &str {
        "redis"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn StoreWorld>>> {
        let options = self.0.clone().with_name(fresh_name("suite")).with_feed_capacity(FEED);
        ready(Engine::new(options).map(|engine| Arc::new(engine) as _)).boxed()
    }
}

impl World<dyn Store> for Engine {
    fn plugin(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>>> {
        let again = RedisStore::new(self.options.clone(), self.clock.clone());
        ready(again.map(|store| Some(Arc::new(store) as _))).boxed()
    }
}

impl StoreWorld for Engine {
    fn feed_capacity(&self) -> usize {
        FEED
    }
}

#[tokio::test]
async fn a_store_behind_sentinels_keeps_the_contract() {
    let Some((_alone, options)) = peer::options("suite").await else {
        return;
    };
    let options = options.with_wait_replicas(1, Duration::from_secs(5));
    let report = store(&Redis(options)).await;
    report.assert_green();
    assert_eq!(report.count("passed"), report.cases.len(), "{report}");
}

#[tokio::test]
async fn a_store_on_one_server_keeps_the_contract() {
    let Some(server) = Server::start("suite", &[]).await else {
        return;
    };
    let report = store(&Redis(server.options())).await;
    report.assert_green();
    assert_eq!(report.count("passed"), report.cases.len(), "{report}");
}
