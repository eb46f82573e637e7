//! How many subscriptions a tenant may have.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::{BoxFuture, join_all};
use futures::stream::BoxStream;
use o2_core::config::LimitsConfig;
use o2_core::ports::Clock;
use o2_core::query::PageLimits;
use o2_core::store::{Batch, Commit, Entry, Lease, MemoryStore, Revision, Store};
use o2_core::subscription::{NewSubscription, Subscriptions};
use o2_core::{Context, ErrorKind, Result};
use o2_testkit::ManualClock;
use serde_json::json;
use tokio::task::yield_now;

use super::{ROOT, is_problem, subscribe, to, world_with};

fn quotas() -> LimitsConfig {
    let quotas = json!({"default": {"maxSubscriptions": 1}, "tenants": {"red": {"maxSubscriptions": 2}}});
    serde_json::from_value(quotas).unwrap()
}

#[test]
fn a_tenant_has_at_most_as_many_as_it_may() {
    let world = world_with(|subscriptions| subscriptions.with_quotas(quotas()));
    for (tenant, most) in [("red", 2), ("blue", 1)] {
        let client = world.client.for_tenant(tenant);
        let paths: Vec<_> = (0..most)
            .map(|number| subscribe(&client, &to(&format!("h{number}"))))
            .collect();
        let answer = client.post(ROOT, &to("more"));
        is_problem(&answer, 429);
        assert_eq!(answer.body["error"], "quotaExceeded");
        is_problem(&client.post(ROOT, &to("h0")), 409);
        assert_eq!(client.delete(&paths[0]).status, 204);
        subscribe(&client, &to("more"));
    }
    for number in 0..5 {
        subscribe(&world.client, &to(&format!("above{number}")));
    }
}

/// A store that lets others go first.
#[derive(Debug)]
struct Polite(MemoryStore);

impl Store for Polite {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        Box::pin(async move {
            yield_now().await;
            self.0.get(key).await
        })
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        Box::pin(async move {
            yield_now().await;
            self.0.scan(prefix, after, limit).await
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        Box::pin(async move {
            yield_now().await;
            self.0.commit(batch).await
        })
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.0.revision()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.0.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.0.acquire(name, holder, ttl)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.0.release(lease)
    }
}

#[test]
fn those_who_subscribe_at_the_same_moment_get_no_more_places_than_there_are() {
    let clock: Arc<dyn Clock> = ManualClock::new();
    let store = Arc::new(Polite(MemoryStore::new(Arc::clone(&clock))));
    let subscriptions = Subscriptions::new(store, clock, PageLimits::default()).with_quotas(quotas());
    let context = Context::new("r").with_tenant("red".into());
    let news = (0..8).map(|number| NewSubscription::to(format!("https://h{number}/")));
    let created = block_on(join_all(news.map(|new| subscriptions.create(&context, new))));
    let refused: Vec<_> = created
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.kind())
        .collect();
    assert_eq!(refused, [ErrorKind::QuotaExceeded; 6]);
}
