//! [`WebhookSink`]: a subscriber inside the test. It is the `HttpClient` through which notifications are sent, and keeps
//! what reaches it.

#![allow(clippy::panic, reason = "a test that waits in vain fails, as an assertion does")]

mod delivery;
mod order;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures::future::BoxFuture;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode, Uri};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result, Retry};
use url::Url;

pub use delivery::{Delivery, Outcome, Refusal};

use crate::exchange::SeenRequest;
use crate::scripted_http::no_answer;

/// A subscriber: takes every request to its URL and to what lies below it, and answers 204 unless told otherwise.
/// Requests to other places fail, as nobody listens there, and so do those whose policy does not allow their URL.
///
/// ```
/// use bytes::Bytes;
/// use o2_core::ports::{HttpClient, HttpRequest};
/// use o2_testkit::ManualClock;
/// use o2_testkit::webhook::{Refusal, WebhookSink};
/// use std::time::Duration;
///
/// # futures::executor::block_on(async {
/// let sink = WebhookSink::new("https://smo.test/notify", ManualClock::auto());
/// sink.refuse(1, Refusal::Status { status: 503, retry_after: Some(30) });
///
/// let notification = || {
///     let request = http::Request::post("https://smo.test/notify").header("x-notification-id", "n1");
///     HttpRequest::new(request.body(Bytes::from(r#"{"event": 1}"#)).unwrap())
/// };
/// assert_eq!(sink.send(notification()).await.unwrap().status(), 503);
/// assert_eq!(sink.send(notification()).await.unwrap().status(), 204);
///
/// let delivery = sink.delivery(1, Duration::from_secs(60)).await;
/// assert_eq!(delivery.json()["event"], 1);
/// assert_eq!((sink.attempts().len(), sink.deliveries().len()), (2, 1));
/// assert!(sink.duplicates("x-notification-id").is_empty());
/// # });
/// ```
pub struct WebhookSink {
    url: Uri,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attempts: Vec<Delivery>,
    refusals: VecDeque<(usize, Refusal)>,
    waiting: Vec<Waker>,
}

impl WebhookSink {
    /// A subscriber at `url`; times are those of `clock`.
    ///
    /// # Panics
    /// When `url` is not absolute.
    #[must_use]
    pub fn new(url: &str, clock: Arc<dyn Clock>) -> Arc<Self> {
        let uri: Uri = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
        assert!(
            uri.scheme().is_some() && uri.authority().is_some(),
            "{url} is not absolute"
        );
        Arc::new(Self {
            url: uri,
            clock,
            state: Mutex::default(),
        })
    }

    /// Its URL, to subscribe with.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Refuses the next requests, so many, in this way; after those that are to be refused already.
    pub fn refuse(&self, requests: usize, how: Refusal) {
        self.lock().refusals.push_back((requests, how));
    }

    /// Every request to it, in order of arrival, whatever became of it.
    #[must_use]
    pub fn attempts(&self) -> Vec<Delivery> {
        self.lock().attempts.clone()
    }

    /// The requests that were accepted, in order.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        let state = self.lock();
        state.accepted().cloned().collect()
    }

    /// Waits for the `number`-th accepted delivery, counted from 1, on the sink's clock.
    ///
    /// # Panics
    /// When it has not come within `limit`.
    pub async fn delivery(&self, number: usize, limit: Duration) -> Delivery {
        let arrived = poll_fn(|context| {
            let mut state = self.lock();
            let found = number
                .checked_sub(1)
                .and_then(|index| state.accepted().nth(index))
                .cloned();
            match found {
                Some(delivery) => Poll::Ready(delivery),
                None => {
                    state.wait(context.waker());
                    Poll::Pending
                }
            }
        });
        let arrived = self.clock.within(limit, arrived).await;
        arrived.unwrap_or_else(|_| {
            let attempts: Vec<_> = self.attempts().iter().map(ToString::to_string).collect();
            panic!("delivery {number} has not come within {limit:?}; attempts so far: {attempts:#?}")
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request is for this subscriber.
    fn is_mine(&self, uri: &Uri) -> bool {
        let base = self.url.path().trim_end_matches('/');
        let rest = uri.path().strip_prefix(base);
        let below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        below && uri.scheme() == self.url.scheme() && uri.authority() == self.url.authority()
    }

    /// Keeps a request, and says what becomes of it.
    fn take(&self, request: SeenRequest) -> Outcome {
        let time = self.clock.now();
        let mut state = self.lock();
        let outcome = state.next_outcome();
        state.attempts.push(Delivery::new(time, request, outcome));
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        outcome
    }
}

impl State {
    fn accepted(&self) -> impl Iterator<Item = &Delivery> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.outcome == Outcome::Accepted)
    }

    fn next_outcome(&mut self) -> Outcome {
        while let Some((left, how)) = self.refusals.front_mut() {
            if *left > 0 {
                *left -= 1;
                return Outcome::Refused(*how);
            }
            self.refusals.pop_front();
        }
        Outcome::Accepted
    }

    fn wait(&mut self, waker: &Waker) {
        if !self.waiting.iter().any(|known| known.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }
}

impl HttpClient for WebhookSink {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        Box::pin(async move {
            check_policy(&request)?;
            if !self.is_mine(request.request.uri()) {
                return Err(nobody_listens());
            }
            match self.take(SeenRequest::of(request.request)) {
                Outcome::Accepted => answer(204, None),
                Outcome::Refused(Refusal::Status { status, retry_after }) => answer(status, retry_after),
                Outcome::Refused(Refusal::Unreachable) => Err(nobody_listens()),
                Outcome::Refused(Refusal::Silence) => {
                    self.clock.sleep(request.timeout).await;
                    Err(no_answer(request.timeout))
                }
            }
        })
    }
}

/// Names are not resolved: a name that the policy does not deny is allowed.
fn check_policy(request: &HttpRequest) -> Result<()> {
    let Some(policy) = &request.egress else {
        return Ok(());
    };
    let url = Url::parse(&request.request.uri().to_string());
    policy.check_url(&url.map_err(|error| Error::internal("a request cannot be sent").with_source(error))?)
}

fn nobody_listens() -> Error {
    Error::new(ErrorKind::Unavailable, "connection refused").with_retry(Retry::Safe)
}

fn answer(status: u16, retry_after: Option<u32>) -> Result<HttpResponse> {
    let mut response = HttpResponse::default();
    let status = StatusCode::from_u16(status);
    *response.status_mut() = status.map_err(|error| Error::config(format!("a refusal has {error}")))?;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

impl fmt::Debug for WebhookSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSink")
            .field("url", &self.url)
            .field("attempts", &self.lock().attempts.len())
            .finish_non_exhaustive()
    }
}
