//! The store in Redis: the store suite, faults of one server, a failover, and answers that a real server gives seldom.
//!
//! Tests against real servers are left out, with a line that says so, where these do not run:
//!
//! ```console
//! $ tests/real/peers/redis-sentinel.sh start
//! $ cargo test -p o2-adapters --features store-redis,rt-tokio --test redis
//! ```

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod failover;
mod fake;
mod faults;
mod model;
mod peer;
mod refused;
mod server;
#[cfg(feature = "store-redis-tls")]
mod tls;

use std::sync::Arc;
use std::time::Duration;

use o2_adapters::rt::TokioClock;
use o2_adapters::store::redis::{RedisOptions, RedisStore};
use o2_core::ports::Clock;
use o2_core::store::{Batch, Condition};

/// A store with these options, on the time of the machine: real servers know no other.
fn store(options: RedisOptions) -> RedisStore {
    RedisStore::new(options, Arc::new(TokioClock::new())).unwrap()
}

/// Lets the servers' time go on.
async fn pause(duration: Duration) {
    TokioClock::new().sleep(duration).await;
}

/// A name that no other test uses, so that its store is empty.
fn fresh_name(what: &str) -> String {
    format!("{what}-{}", uuid::Uuid::new_v4().simple())
}

/// A batch that creates a key.
fn create(key: &str) -> Batch {
    Batch::new().when(Condition::Absent(key.to_owned())).put(key, "v")
}
