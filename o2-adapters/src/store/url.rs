//! [`open`]: the store that a URL names.

use std::sync::Arc;

use o2_core::ports::Clock;
use o2_core::store::{MemoryStore, Store};
use o2_core::{Error, Result};

const KNOWN: &str =
    "memory, file:PATH, redis://HOST[:PORT][/DATABASE], redis+sentinel://HOST[:PORT],…/SERVICE[/DATABASE]";

/// Opens the store that `url` names, and makes sure that it can be used: `memory`, `file:PATH`, `redis://…` or
/// `redis+sentinel://…`.
///
/// Opening a file blocks for as long as mending it takes; Redis needs a tokio runtime.
///
/// ```
/// use std::sync::Arc;
/// # use o2_testkit::ManualClock;
/// # futures::executor::block_on(async {
/// let store = o2_adapters::store::open("memory", ManualClock::auto()).await?;
/// assert!(!store.is_durable());
/// # Ok::<(), o2_core::Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// `Config` when there is no such store, or its feature is not compiled in; those of the store, as when Redis cannot be
/// reached or would throw away data.
pub async fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    let scheme = url.split(':').next().unwrap_or_default();
    match scheme {
        "memory" => Ok(Arc::new(MemoryStore::new(clock))),
        "file" => file(url.trim_start_matches("file:"), clock),
        "redis" | "rediss" | "redis+sentinel" | "rediss+sentinel" => redis(url, clock).await,
        // Nothing of the text is repeated: it may hold a password.
        _ => Err(Error::config(format!("the store is none of {KNOWN}"))),
    }
}

#[cfg(feature = "store-file")]
fn file(path: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    // `file:///x` and `file:/x` are the same file.
    let path = path.strip_prefix("//").unwrap_or(path);
    let options = super::file::FileStoreOptions::default();
    Ok(Arc::new(super::file::FileStore::open(path, clock, options)?))
}

#[cfg(not(feature = "store-file"))]
fn file(_: &str, _: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    Err(not_compiled_in("file", "store-file"))
}

#[cfg(feature = "store-redis")]
async fn redis(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    let store = super::redis::RedisStore::new(super::redis::RedisOptions::from_url(url)?, clock)?;
    store.check().await?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "store-redis"))]
async fn redis(_: &str, _: Arc<dyn Clock>) -> Result<Arc<dyn Store>> {
    Err(not_compiled_in("Redis", "store-redis"))
}

#[cfg(not(all(feature = "store-file", feature = "store-redis")))]
fn not_compiled_in(store: &str, feature: &str) -> Error {
    Error::config(format!(
        "the store in {store} exists but is not compiled in; enable the cargo feature '{feature}'"
    ))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use o2_core::ErrorKind;
    use o2_testkit::ManualClock;

    use super::*;

    #[test]
    fn other_stores_are_refused_without_repeating_the_url() {
        for url in ["", "sqlite:x", "postgres://user:hunter2@host/db", "Memory"] {
            let error = block_on(open(url, ManualClock::auto())).unwrap_err();
            assert!(
                error.is(ErrorKind::Config) && error.message().contains("file:PATH"),
                "{error}"
            );
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn memory_is_always_there() {
        assert!(block_on(open("memory", ManualClock::auto())).is_ok());
    }
}
