//! Work that takes long at the backend: [`Poller`] asks until it is done, has failed, or there is no time left.
//!
//! Nothing goes on in the background. Whoever drops the future stops asking; the work at the backend goes on.

mod states;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use o2_core::ports::{Clock, HttpResponse};
use o2_core::{Context, Error, ErrorKind, Result, Retry};
use serde_json::Value;

use super::backoff::Backoff;
use super::client::{RestClient, midway};
use super::endpoint::Endpoint;
pub use states::States;

/// How far the work is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<T> {
    /// It goes on; the backend wants to be asked again after this time at the earliest.
    Running(Option<Duration>),
    /// It is done.
    Done(T),
}

/// Asks how the work goes, at growing intervals.
///
/// ```
/// # use std::time::Duration;
/// # use o2_adapters::kit::operation::{Poller, Progress};
/// # use o2_core::{Context, Result};
/// # use o2_testkit::ManualClock;
/// # fn main() -> Result<()> {
/// let poller = Poller::new(ManualClock::auto()).with_limit(Duration::from_secs(600));
/// let mut asked = 0;
/// let result = futures::executor::block_on(poller.wait(&Context::new("r"), || {
///     asked += 1;
///     std::future::ready(Ok(if asked < 5 { Progress::Running(None) } else { Progress::Done(asked) }))
/// }))?;
/// assert_eq!(result, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Poller {
    clock: Arc<dyn Clock>,
    first: Duration,
    cap: Duration,
    limit: Duration,
    patience: u32,
}

impl Poller {
    /// Asks at once, then after about two seconds, at growing intervals of up to 30 s, for ten minutes; bears three
    /// failures to ask in a row.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            first: Duration::from_secs(2),
            cap: Duration::from_secs(30),
            limit: Duration::from_secs(600),
            patience: 3,
        }
    }

    /// Waits so long before asking for the second time, twice as long each time after, and never longer than `cap`.
    #[must_use]
    pub fn with_interval(mut self, first: Duration, cap: Duration) -> Self {
        (self.first, self.cap) = (first, cap);
        self
    }

    /// Gives up after this time, or at the deadline of the context if that is earlier.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Bears so many passing failures to ask in a row.
    #[must_use]
    pub fn with_patience(mut self, patience: u32) -> Self {
        self.patience = patience;
        self
    }

    /// Asks with `poll` until the work is done. Asking must change nothing; that the work has failed is an error of `poll`.
    ///
    /// # Errors
    /// `Timeout` with the verdict `Never` when there is no time left: the work goes on, and to begin it again would double
    /// it. Those of `poll` that do not pass.
    pub async fn wait<T, F, Fut>(&self, context: &Context, mut poll: F) -> Result<T>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<Progress<T>>> + Send,
        T: Send,
    {
        let limit = self.clock.monotonic().saturating_add(self.limit);
        let deadline = context.deadline().map_or(limit, |deadline| deadline.min(limit));
        let backoff = Backoff::new(self.first, self.cap, &*self.clock);
        let (mut asked, mut failures) = (0, 0);
        loop {
            let asked_for = match self.clock.until(deadline, poll()).await.ok_or_else(late)? {
                Ok(Progress::Done(result)) => return Ok(result),
                Ok(Progress::Running(wait)) => {
                    failures = 0;
                    wait
                }
                Err(error) if error.retry() != Retry::Never && failures < self.patience => {
                    failures += 1;
                    tracing::debug!(
                        error = error.message(),
                        failures,
                        "the state of an operation cannot be read"
                    );
                    error.retry_after()
                }
                Err(error) => return Err(midway(error)),
            };
            self.pause(asked_for.unwrap_or_default(), backoff.wait(asked), deadline)
                .await?;
            asked += 1;
        }
    }

    /// Waits as long as the backend asked for and our own interval wants, but not past the deadline.
    async fn pause(&self, asked_for: Duration, own: Duration, deadline: Duration) -> Result<()> {
        let left = deadline.saturating_sub(self.clock.monotonic());
        if left.is_zero() || asked_for > left {
            return Err(late());
        }
        self.clock.sleep(own.max(asked_for).min(left)).await;
        Ok(())
    }
}

fn late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the backend has not finished in time; the work goes on there",
    )
    .with_retry(Retry::Never)
}

/// Where the answer that began some work says that its state can be read: the first of these headers that is there,
/// `azure-asyncoperation`, `operation-location`, `location`.
#[must_use]
pub fn monitor(response: &HttpResponse, headers: &[&str]) -> Option<Endpoint> {
    let links = headers
        .iter()
        .filter_map(|name| response.headers().get(*name)?.to_str().ok());
    links.map(Endpoint::follow).next()
}

impl RestClient {
    /// Asks `endpoint` until `states` say that the work is done, and returns the last answer. `endpoint` is a path, or a
    /// link from the answer that began the work ([`monitor`]).
    ///
    /// # Errors
    /// Those of [`Poller::wait`] and of [`States::judge`].
    pub async fn finish(
        &self,
        context: &Context,
        poller: &Poller,
        endpoint: &Endpoint,
        states: &States,
    ) -> Result<Value> {
        let poll = || async {
            let response = self.send(context, endpoint).await?;
            let answer = match response.body().as_ref() {
                [] => Value::Null,
                body => self.read(endpoint, body)?,
            };
            states.judge(self, response.status(), response.headers(), answer)
        };
        poller.wait(context, poll).await
    }
}
