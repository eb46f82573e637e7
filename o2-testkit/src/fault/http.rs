//! [`FaultyHttp`]: an `HttpClient` that goes wrong on purpose.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode, Uri};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result, Retry};
use serde::{Deserialize, Serialize};

use super::plan::Injector;
use super::{FaultPlan, Injected};
use crate::scripted_http::no_answer;

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum HttpFault {
    /// It takes this long before anything happens; with the request's own timeout or more, it fails with that.
    Latency(Duration),
    /// It is refused with 429 and this many seconds of `Retry-After`.
    RateLimits(u32),
    /// It is refused with this status. [`FaultPlan::burst`] makes it last.
    Status(u16),
    /// Nothing is sent: the connection cannot be made. Any request may be repeated.
    ResetBeforeSend,
    /// It is sent, and the connection is gone before the answer. Idempotent requests may be repeated.
    ResetAfterSend,
    /// It is sent, and the connection is gone in the middle of the answer's body, which the client notices.
    CutsBody,
    /// It is sent, and the answer has only the first half of its body, which the client does not notice.
    TruncatesJson,
    /// A `GET` is answered as the one before it with the same path, whatever its query; lists get a page twice. The first
    /// of a path goes through.
    RepeatsReply,
}

/// An `HttpClient` around another one, whose requests go wrong as a plan says. All requests are of the subject `http`.
///
/// ```
/// use bytes::Bytes;
/// use o2_core::Retry;
/// use o2_core::ports::{HttpClient, HttpRequest};
/// use o2_testkit::ManualClock;
/// use o2_testkit::fault::{FaultPlan, FaultyHttp, HttpFault};
/// use o2_testkit::scripted_http::{Expect, Reply, ScriptedHttp};
///
/// let backend = ScriptedHttp::in_order(ManualClock::auto());
/// backend.expect(Expect::get("/groups"), Reply::status(200));
/// let plan = FaultPlan::seeded(1).at("http", 1, HttpFault::ResetBeforeSend);
/// let http = FaultyHttp::new(backend, ManualClock::auto(), plan);
///
/// let request = || HttpRequest::new(http::Request::get("https://lab.test/groups").body(Bytes::new()).unwrap());
/// let error = futures::executor::block_on(http.send(request())).unwrap_err();
/// assert_eq!(error.retry(), Retry::Safe);
/// assert!(futures::executor::block_on(http.send(request())).is_ok());
/// ```
pub struct FaultyHttp {
    inner: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    injector: Injector<HttpFault>,
    /// The newest reply to a `GET` of each path.
    replies: Mutex<HashMap<String, HttpResponse>>,
}

impl FaultyHttp {
    /// What all its requests are in plans.
    pub const SUBJECT: &'static str = "http";

    /// Sends what does not go wrong through `inner`; time passes on `clock`.
    #[must_use]
    pub fn new(inner: Arc<dyn HttpClient>, clock: Arc<dyn Clock>, plan: FaultPlan<HttpFault>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            clock,
            injector: Injector::new(plan),
            replies: Mutex::default(),
        })
    }

    /// What has gone wrong so far; [`FaultPlan::of`] makes a plan of it that does the same again.
    #[must_use]
    pub fn injected(&self) -> Vec<Injected<HttpFault>> {
        self.injector.injected()
    }

    async fn attempt(&self, fault: HttpFault, request: HttpRequest) -> Result<HttpResponse> {
        match fault {
            HttpFault::Latency(delay) => self.late(delay, request).await,
            HttpFault::RateLimits(seconds) => {
                let mut refusal = refusal(StatusCode::TOO_MANY_REQUESTS);
                refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                Ok(refusal)
            }
            HttpFault::Status(status) => {
                let status = StatusCode::from_u16(status);
                status
                    .map(refusal)
                    .map_err(|error| Error::config(format!("a plan of faults has {error}")))
            }
            HttpFault::ResetBeforeSend => Err(lost("connection refused").with_retry(Retry::Safe)),
            HttpFault::ResetAfterSend => {
                self.forward(request).await?;
                Err(lost("connection reset"))
            }
            HttpFault::CutsBody => {
                self.forward(request).await?;
                Err(lost("the connection was closed in the middle of the answer"))
            }
            HttpFault::TruncatesJson => {
                let response = self.forward(request).await?;
                Ok(response.map(|body| body.slice(..body.len() / 2)))
            }
            HttpFault::RepeatsReply => match self.reply_before(&request) {
                Some(reply) => Ok(reply),
                None => self.forward(request).await,
            },
        }
    }

    async fn late(&self, delay: Duration, mut request: HttpRequest) -> Result<HttpResponse> {
        self.clock.sleep(delay.min(request.timeout)).await;
        match request.timeout.checked_sub(delay) {
            Some(rest) if !rest.is_zero() => {
                request.timeout = rest;
                self.forward(request).await
            }
            _ => Err(no_answer(request.timeout)),
        }
    }

    /// Sends a request, and keeps the reply if it may be repeated.
    async fn forward(&self, request: HttpRequest) -> Result<HttpResponse> {
        let key = key(&request);
        let response = self.inner.send(request).await?;
        if let Some(key) = key {
            let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
            replies.insert(key, response.clone());
        }
        Ok(response)
    }

    fn reply_before(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.get(&key(request)?).cloned()
    }
}

/// Under what the reply to a request is kept.
fn key(request: &HttpRequest) -> Option<String> {
    let uri: &Uri = request.request.uri();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    (request.request.method() == Method::GET).then(|| format!("{authority}{}", uri.path()))
}

fn refusal(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::new(Bytes::from(format!("{status}\n")));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

fn lost(message: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message)
}

impl HttpClient for FaultyHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        Box::pin(async move {
            match self.injector.next(Self::SUBJECT) {
                Some(fault) => self.attempt(fault, request).await,
                None => self.forward(request).await,
            }
        })
    }
}

impl fmt::Debug for FaultyHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyHttp")
            .field("inner", &self.inner)
            .field("injected", &self.injected())
            .finish_non_exhaustive()
    }
}
