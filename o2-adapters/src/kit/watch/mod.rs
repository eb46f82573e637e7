//! [`PollingWatch`]: a stream of changes for backends that push none. It lists everything again and again and compares.
//!
//! What it reports can be relied on: nothing is deleted because a list failed or was not complete. What lies between two
//! lists stays unseen: an object that came and went, or the first of two changes. Marks of changes cannot be resumed, since
//! nothing is kept once a stream is dropped; whoever comes with one is told so, and reads everything anew.

mod diff;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use o2_core::model::Change;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Result, Retry, Timestamp};

use super::backoff::Backoff;
pub(crate) use diff::{Event, Known};
pub use diff::{Listed, Watched};

/// Lists everything at an interval and reports what changed.
///
/// Lists are taken while the stream is read, never in the background; dropping the stream ends it all. A failure that may
/// pass is logged and followed by longer and longer waits; one that does not pass is an item of the stream, the last one.
#[derive(Debug, Clone)]
pub struct PollingWatch {
    clock: Arc<dyn Clock>,
    interval: Duration,
    longest: Duration,
    limit: Duration,
    misses: u32,
}

impl PollingWatch {
    /// Lists about every 30 s, after failures with waits of up to 10 minutes; gives a list five minutes.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            interval: Duration::from_secs(30),
            longest: Duration::from_secs(600),
            limit: Duration::from_secs(300),
            misses: 1,
        }
    }

    /// Lists at this interval, less up to a fifth of it, counted from the end of the last list.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Waits at most so long after failures.
    #[must_use]
    pub fn with_longest_wait(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Gives a list this much time.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Takes an object for deleted when so many complete lists in a row do not have it: two for backends whose lists lag
    /// behind.
    #[must_use]
    pub fn with_misses(mut self, misses: u32) -> Self {
        self.misses = misses.max(1);
        self
    }

    /// Changes from now on: of the inventory, of deployments, of whatever `list` lists. What is there now is listed before
    /// this returns. `list` gets a context of the same principal and tenant, with the deadline of one list.
    ///
    /// Objects that the first lists lack because they were not complete are reported as created once they are seen.
    ///
    /// # Errors
    /// `Conflict` when there is a mark to resume after. Those of the first list.
    pub async fn start<O, F>(
        self,
        context: &Context,
        resume: Option<&str>,
        list: F,
    ) -> Result<BoxStream<'static, Result<Change<O>>>>
    where
        O: Watched,
        F: Fn(Context) -> BoxFuture<'static, Result<Listed<O>>> + Send + Sync + 'static,
    {
        if resume.is_some() {
            return Err(Error::conflict(
                "this backend keeps no history; read everything and watch from now on",
            ));
        }
        let mut polling = Polling {
            known: Known::new(self.misses),
            backoff: Backoff::new(self.interval, self.longest, &*self.clock),
            began: self.clock.now(),
            context: without_deadline(context),
            list,
            changes: VecDeque::new(),
            reported: 0,
            failures: 0,
            over: false,
            watch: self,
        };
        let first = polling.list_once().await?;
        polling.known.take(first);
        let stream = stream::unfold(polling, |mut polling| async move {
            let next = polling.next().await?;
            Some((next, polling))
        });
        Ok(stream.boxed())
    }
}

/// The same caller for a stream, which outlives the request that began it.
pub(crate) fn without_deadline(context: &Context) -> Context {
    let bare = Context::for_principal(context.request_id(), Arc::new(context.principal().clone()));
    match context.tenant() {
        Some(tenant) => bare.with_tenant(tenant.clone()),
        None => bare,
    }
}

struct Polling<O, F> {
    watch: PollingWatch,
    known: Known<O>,
    backoff: Backoff,
    began: Timestamp,
    context: Context,
    list: F,
    changes: VecDeque<Change<O>>,
    reported: u64,
    failures: u32,
    over: bool,
}

impl<O, F> Polling<O, F>
where
    O: Watched,
    F: Fn(Context) -> BoxFuture<'static, Result<Listed<O>>>,
{
    /// The next change, after as many lists as it takes; `None` when it is all over.
    async fn next(&mut self) -> Option<Result<Change<O>>> {
        loop {
            if let Some(change) = self.changes.pop_front() {
                return Some(Ok(change));
            }
            if self.over {
                return None;
            }
            self.watch.clock.sleep(self.wait()).await;
            match self.list_once().await {
                Ok(listed) => {
                    self.failures = 0;
                    self.report(listed);
                }
                Err(error) if error.retry() == Retry::Never => {
                    self.over = true;
                    return Some(Err(error));
                }
                Err(error) => self.bear(&error),
            }
        }
    }

    fn wait(&self) -> Duration {
        match self.failures {
            0 => self.backoff.about(self.watch.interval),
            failures => self.backoff.wait(failures),
        }
    }

    async fn list_once(&self) -> Result<Listed<O>> {
        let deadline = self.watch.clock.monotonic().saturating_add(self.watch.limit);
        let listing = (self.list)(self.context.clone().with_deadline(deadline));
        let late = || Error::new(ErrorKind::Timeout, "the backend could not be listed in time");
        self.watch
            .clock
            .until(deadline, listing)
            .await
            .unwrap_or_else(|| Err(late()))
    }

    fn report(&mut self, listed: Listed<O>) {
        let now = self.watch.clock.now();
        for event in self.known.take(listed) {
            self.reported += 1;
            let mark = format!("poll-{}-{}", self.began.unix_nanos(), self.reported);
            self.changes.push_back(match event {
                Event::Created(object) => Change::created(object, now, mark),
                Event::Updated(before, after) => Change::updated(before, after, now, mark),
                Event::Deleted(object) => Change::deleted(object, now, mark),
            });
        }
    }

    fn bear(&mut self, error: &Error) {
        self.failures = self.failures.saturating_add(1);
        let (kind, failures) = (error.kind().as_str(), self.failures);
        if failures == 1 {
            tracing::warn!(
                kind,
                error = error.message(),
                "a backend cannot be listed; its changes are late"
            );
        } else {
            tracing::debug!(
                kind,
                error = error.message(),
                failures,
                "a backend still cannot be listed"
            );
        }
    }
}
