//! A scripted backend for the tests of the kit: it answers what it is told to and remembers what it was asked.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Ports};
use o2_core::{Error, Result};
use o2_testkit::ManualClock;

use super::client::RestClient;
use super::endpoint::BaseUrl;

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET /path?query`.
    pub(crate) line: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
    pub(crate) timeout: Duration,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

type Answer = Box<dyn Fn(&Asked) -> Result<HttpResponse> + Send + Sync>;

/// Answers with a script, one answer after the other, or with a function.
pub(crate) struct Backend {
    clock: Arc<ManualClock>,
    delay: Duration,
    script: Mutex<VecDeque<Result<HttpResponse>>>,
    otherwise: Option<Answer>,
    asked: Mutex<Vec<Asked>>,
}

impl Backend {
    /// Answers with `script`, and fails the test when it is asked more.
    pub(crate) fn scripted(
        clock: &Arc<ManualClock>,
        script: impl IntoIterator<Item = Result<HttpResponse>>,
    ) -> Arc<Self> {
        Self::new(clock, Duration::ZERO, script.into_iter().collect(), None)
    }

    /// Answers with `answer`.
    pub(crate) fn answering(
        clock: &Arc<ManualClock>,
        answer: impl Fn(&Asked) -> Result<HttpResponse> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::new(clock, Duration::ZERO, VecDeque::new(), Some(Box::new(answer)))
    }

    /// Answers with `answer` after a while.
    pub(crate) fn slow(
        clock: &Arc<ManualClock>,
        delay: Duration,
        answer: impl Fn(&Asked) -> Result<HttpResponse> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::new(clock, delay, VecDeque::new(), Some(Box::new(answer)))
    }

    fn new(
        clock: &Arc<ManualClock>,
        delay: Duration,
        script: VecDeque<Result<HttpResponse>>,
        otherwise: Option<Answer>,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            delay,
            script: Mutex::new(script),
            otherwise,
            asked: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The lines of the requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub(crate) fn ports(self: &Arc<Self>) -> Ports {
        Ports::new(Arc::clone(&self.clock) as Arc<dyn Clock>).with_http(Arc::clone(self) as Arc<dyn HttpClient>)
    }

    /// A client of this backend, at `https://lab/api`.
    pub(crate) fn client(self: &Arc<Self>) -> RestClient {
        RestClient::new(
            "lab",
            BaseUrl::parse("endpoint", "https://lab/api").unwrap(),
            &self.ports(),
        )
    }

    fn next(&self, asked: &Asked) -> Result<HttpResponse> {
        match (self.script.lock().unwrap().pop_front(), &self.otherwise) {
            (Some(answer), _) => answer,
            (None, Some(answer)) => answer(asked),
            (None, None) => panic!("nobody expected {asked:?}"),
        }
    }
}

impl HttpClient for Backend {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let (parts, body) = request.request.into_parts();
        let asked = Asked {
            line: format!("{} {}", parts.method, parts.uri.path_and_query().unwrap()),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
            timeout: request.timeout,
        };
        self.asked.lock().unwrap().push(asked.clone());
        async move {
            if !self.delay.is_zero() {
                self.clock.sleep(self.delay).await;
            }
            self.next(&asked)
        }
        .boxed()
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backend")
    }
}

/// An answer with this status and body.
pub(crate) fn answer(status: u16, body: impl ToString) -> Result<HttpResponse> {
    Ok(http::Response::builder()
        .status(status)
        .body(Bytes::from(body.to_string()))
        .unwrap())
}

/// The same with one more header.
pub(crate) fn with_header(response: Result<HttpResponse>, name: &'static str, value: &str) -> Result<HttpResponse> {
    let mut response = response?;
    response.headers_mut().insert(name, value.parse().unwrap());
    Ok(response)
}

/// A connection that was refused.
pub(crate) fn refused() -> Result<HttpResponse> {
    Err(Error::new(o2_core::ErrorKind::Unavailable, "the connection was refused").with_retry(o2_core::Retry::Safe))
}
