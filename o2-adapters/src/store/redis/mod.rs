#![doc = include_str!("README.md")]

mod barrier;
mod client;
mod commit;
mod entry;
mod failure;
mod layout;
mod options;
mod scripts;
mod sentinel;
mod server;
mod session;
mod tls;
mod url;
mod watch;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Shared};
use futures::stream::{BoxStream, StreamExt};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, Revision, Store};
use redis::{Cmd, FromRedisValue, ScriptInvocation};
use uuid::Uuid;

pub use self::options::{Address, Credentials, RedisOptions, Servers, Tls};

use self::client::Client;
use self::commit::Request;
use self::layout::{Keys, entry, held, micros, range};
use self::scripts::{ACQUIRE, RELEASE, SCAN};
use self::watch::Watch;

/// A store in Redis.
///
/// It connects on the first call. The driver of each connection runs as a task of tokio, which is how the client for
/// Redis works; apart from that nothing goes on in the background, and calls need a tokio runtime. Dropping the store
/// ends its feeds; its connections close when these are dropped too.
pub struct RedisStore {
    client: Arc<Client>,
    keys: Arc<Keys>,
    /// Which store this is, in the ids of its batches.
    id: Uuid,
    batches: AtomicU64,
    /// Dropped with the store, which ends the feeds.
    _open: oneshot::Sender<Infallible>,
    closed: Shared<oneshot::Receiver<Infallible>>,
}

impl RedisStore {
    /// A store with these options. Nothing is connected yet; [`check`](Self::check) does that.
    ///
    /// # Errors
    /// `Config` naming the option that is wrong.
    pub fn new(options: RedisOptions, clock: Arc<dyn Clock>) -> Result<Self> {
        options.check()?;
        let (open, closed) = oneshot::channel();
        Ok(Self {
            keys: Arc::new(Keys::new(&options.name)),
            client: Arc::new(Client::new(options, clock)),
            id: Uuid::new_v4(),
            batches: AtomicU64::new(0),
            _open: open,
            closed: closed.shared(),
        })
    }

    /// Connects, unless that is done, and looks whether Redis is fit for a store. Tries once.
    ///
    /// # Errors
    /// `Unavailable` or `Timeout` when Redis cannot be reached or is no primary; `Config` when it refuses the
    /// credentials, is older than version 7, throws away data when its memory is full, or when the Sentinels do not know
    /// the service.
    pub async fn check(&self) -> Result<()> {
        let ping = redis::cmd("PING");
        let ping = &ping;
        self.client.once(|session| async move { session.ask(ping).await }).await
    }

    async fn stored(&self, key: &str) -> Result<Option<Entry>> {
        let mut question = redis::cmd("HGET");
        question.arg(&self.keys.values).arg(key);
        let stored: Option<Vec<u8>> = self.ask(&question).await?;
        Ok(stored.map(|stored| entry(key, stored)).transpose()?)
    }

    async fn scanned(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Entry>> {
        let mut script = SCAN.key(&self.keys.index);
        script.key(&self.keys.values);
        for bound in &range(prefix, after) {
            script.arg(&bound[..]);
        }
        script.arg(i64::try_from(limit).unwrap_or(i64::MAX));
        let entries: Vec<(String, Vec<u8>)> = self.run(&script).await?;
        let entries = entries.into_iter().map(|(key, stored)| entry(key, stored));
        Ok(entries.collect::<Result<_, _>>()?)
    }

    async fn committed(&self, batch: Batch) -> Result<Revision> {
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number}", self.id.simple());
        let request = &Request::new(&self.keys, &id, &self.client.options, batch);
        let reply = self.client.call(|session| async move { request.send(&session).await });
        request.judge(reply.await?)
    }

    async fn newest(&self) -> Result<Revision> {
        let mut question = redis::cmd("GET");
        question.arg(&self.keys.revision);
        let newest: Option<u64> = self.ask(&question).await?;
        Ok(Revision(newest.unwrap_or_default()))
    }

    async fn acquired(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>> {
        let mut script = ACQUIRE.key(&self.keys.leases);
        script.key(&self.keys.lease_ends).key(&self.keys.fence);
        script.arg(name).arg(holder).arg(micros(ttl));
        let token: Option<u64> = self.run(&script).await?;
        Ok(token.map(|token| Lease::new(name, holder, token)))
    }

    async fn released(&self, lease: &Lease) -> Result<()> {
        let mut script = RELEASE.key(&self.keys.leases);
        script.key(&self.keys.lease_ends).arg(&lease.name).arg(held(lease));
        self.run(&script).await
    }

    async fn ask<T: FromRedisValue + Send>(&self, question: &Cmd) -> Result<T> {
        self.client
            .call(|session| async move { session.ask(question).await })
            .await
    }

    async fn run<T: FromRedisValue + Send>(&self, script: &ScriptInvocation<'_>) -> Result<T> {
        self.client
            .call(|session| async move { session.run(script).await })
            .await
    }
}

impl Store for RedisStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.stored(key).boxed()
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        self.scanned(prefix, after, limit).boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        self.committed(batch).boxed()
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.newest().boxed()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        let watch = Watch::new(Arc::clone(&self.client), Arc::clone(&self.keys), prefix, after);
        watch.stream().take_until(self.closed.clone()).fuse().boxed()
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.acquired(name, holder, ttl).boxed()
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.released(lease).boxed()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("name", &self.client.options.name)
            .field("servers", &self.client.options.servers)
            .field("database", &self.client.options.database)
            .finish_non_exhaustive()
    }
}
