//! Repositories that play in memory, behind the `HttpClient` port: a registry at `registry.example`, its server of tokens at
//! `auth.example`, its store of blobs at `blobs.example`, and a ChartMuseum at `charts.example`.

mod museum;
mod registry;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, pending, poll_fn, ready};
use http::{HeaderMap, Method, StatusCode};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Ports};
use o2_core::{Error, ErrorKind, Result, Retry, Timestamp};
use o2_testkit::ManualClock;
use o2_testkit::conformance::Trouble;
use serde_json::Value;

use museum::Museum;
use registry::Registry;

/// What came in: `GET registry.example/v2/`.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
}

/// All of them.
pub(crate) struct Played {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) registry: Registry,
    pub(super) museum: Museum,
    pub(super) trouble: Option<Trouble>,
    calls: Vec<Call>,
}

/// A request, taken apart.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) now: Timestamp,
}

impl Asked {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Played {
    pub(crate) fn new(clock: &Arc<ManualClock>) -> Arc<Self> {
        Self::of(Arc::clone(clock) as Arc<dyn Clock>)
    }

    pub(crate) fn of(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: Mutex::default(),
        })
    }

    pub(crate) fn ports(self: &Arc<Self>) -> Ports {
        Ports::new(Arc::clone(&self.clock)).with_http(Arc::clone(self) as Arc<dyn HttpClient>)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn set_trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    /// Puts a chart into the registry, as Helm does.
    pub(crate) fn push(&self, repository: &str, archive: &Bytes) {
        let now = self.clock.now();
        self.state().registry.push(repository, archive, now);
    }

    /// Puts a chart into the museum.
    pub(crate) fn exhibit(&self, archive: &Bytes) {
        let now = self.clock.now();
        self.state().museum.add(archive, now);
    }

    /// Lets only this user in, by tokens.
    pub(crate) fn require_login(&self, user: &str, password: &str) {
        self.state().registry.login = Some((user.to_owned(), password.to_owned()));
    }

    /// Takes no token any more that was handed out.
    pub(crate) fn revoke_tokens(&self) {
        self.state().registry.tokens.clear();
    }

    /// Sends those who want blobs to another host.
    pub(crate) fn keep_blobs_elsewhere(&self) {
        self.state().registry.blobs_elsewhere = true;
    }

    /// Changes the content of all blobs behind the registry's back.
    pub(crate) fn tamper(&self) {
        for blob in self.state().registry.blobs.values_mut() {
            *blob = Bytes::from_static(b"something else");
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.line).collect()
    }

    fn answer(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (parts, body) = request.request.into_parts();
        let host = parts.uri.host().unwrap().to_owned();
        let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let asked = Asked {
            method: parts.method,
            path: percent_decoded(parts.uri.path()),
            query: query.into_owned().collect(),
            headers: parts.headers,
            body,
            now: self.clock.now(),
        };
        let mut state = self.state();
        state.calls.push(Call {
            line: format!("{} {host}{}", asked.method, asked.path),
            authorization: asked.header("authorization").map(str::to_owned),
        });
        let odd = state.trouble == Some(Trouble::OddObject);
        let response = match (state.trouble, host.as_str()) {
            (Some(Trouble::Denied), _) => reply(401, r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#),
            (_, "registry.example") => state.registry.answer(&asked, odd),
            (_, "auth.example") => state.registry.token(&asked),
            (_, "blobs.example") => state.registry.blob(&asked),
            (_, "charts.example") => state.museum.answer(&asked, odd),
            _ => return Err(Error::new(ErrorKind::Unavailable, "there is no such host").with_retry(Retry::Safe)),
        };
        if response.body().len() > request.max_body {
            return Err(Error::new(ErrorKind::Internal, "the answer is too long"));
        }
        Ok(response)
    }
}

impl HttpClient for Played {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        match self.state().trouble {
            Some(Trouble::Down) => {
                let refused = Error::new(ErrorKind::Unavailable, "the connection was refused");
                return ready(Err(refused.with_retry(Retry::Safe))).boxed();
            }
            Some(Trouble::Hanging) => return pending().boxed(),
            _ => {}
        }
        // As over a network, nothing is there at once.
        async move {
            let mut asked = false;
            poll_fn(|task| {
                task.waker().wake_by_ref();
                if std::mem::replace(&mut asked, true) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            self.answer(request)
        }
        .boxed()
    }
}

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Played")
    }
}

pub(super) fn reply(status: u16, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = http::Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

pub(super) fn with(mut response: HttpResponse, name: &'static str, value: &str) -> HttpResponse {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

pub(super) fn json(status: u16, body: &Value) -> HttpResponse {
    reply(status, body.to_string())
}

fn percent_decoded(path: &str) -> String {
    let encoded = path.replace('+', "%2B");
    let (decoded, _) = url::form_urlencoded::parse(encoded.as_bytes())
        .next()
        .unwrap_or_default();
    decoded.into_owned()
}
