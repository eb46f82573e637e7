//! [`RestClient`]: calls [`Endpoint`]s of one backend and says what went wrong in the words of the library.
//!
//! It repeats nothing but a call that was refused for a stale token: retries are the business of the layers around a
//! plugin, which know the operation.

mod answer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, HeaderName, HeaderValue};
use http::{HeaderMap, Request};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Ports};
use o2_core::{Context, Error, ErrorKind, Fault, Result, Retry};
use serde::de::DeserializeOwned;

use super::auth::{Auth, Grant, NoAuth};
use super::endpoint::{BaseUrl, Endpoint};
use super::status::StatusMap;
use answer::CallName;

/// Calls endpoints of one backend. Cheap to clone; clones share credentials.
///
/// Each call may take the client's timeout, or what is left until the deadline of the context, whichever is less.
/// Errors name backend, method and path template; parameters, headers and bodies do not get into them, what the backend
/// wrote only into the detail.
#[derive(Clone)]
pub struct RestClient {
    backend: Arc<str>,
    base: Arc<BaseUrl>,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    auth: Arc<dyn Auth>,
    headers: HeaderMap,
    statuses: Arc<StatusMap>,
    timeout: Duration,
    max_body: usize,
}

impl RestClient {
    /// A client for the API at `base`, without credentials, with 30 s per call and at most 16 MiB per answer. `backend`
    /// is the name that errors give it.
    #[must_use]
    pub fn new(backend: &str, base: BaseUrl, ports: &Ports) -> Self {
        Self {
            backend: backend.into(),
            base: Arc::new(base),
            http: Arc::clone(&ports.http),
            clock: Arc::clone(&ports.clock),
            auth: Arc::new(NoAuth),
            headers: HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]),
            statuses: Arc::default(),
            timeout: Duration::from_secs(30),
            max_body: 16 << 20,
        }
    }

    /// Shows these credentials with every call.
    #[must_use]
    pub fn with_auth(mut self, auth: Arc<dyn Auth>) -> Self {
        self.auth = auth;
        self
    }

    /// Sends this header with every call.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Understands answers like this.
    #[must_use]
    pub fn with_statuses(mut self, statuses: StatusMap) -> Self {
        self.statuses = Arc::new(statuses);
        self
    }

    /// Gives each call this much time.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Accepts answers of at most so many bytes.
    #[must_use]
    pub fn with_max_body(mut self, max_body: usize) -> Self {
        self.max_body = max_body;
        self
    }

    /// The same client, the same credentials, for another API of the same backend.
    #[must_use]
    pub fn at(&self, base: BaseUrl) -> Self {
        Self {
            base: Arc::new(base),
            ..self.clone()
        }
    }

    /// Where the API begins.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The name that errors give the backend.
    #[must_use]
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// What its answers mean.
    #[must_use]
    pub fn statuses(&self) -> &StatusMap {
        &self.statuses
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Calls `endpoint` and hands out the answer if its status is expected. When the credentials are refused and newer
    /// ones can be had, it is called once more with those.
    ///
    /// # Errors
    /// What the [`StatusMap`] makes of an unexpected status; `Timeout` when there is no time left; those of the
    /// [`HttpClient`]; those of [`Endpoint::uri`]. An unclear failure of an endpoint that is not idempotent has the verdict
    /// `Never`.
    pub async fn send(&self, context: &Context, endpoint: &Endpoint) -> Result<HttpResponse> {
        let (outcome, grant) = self.attempt(context, endpoint).await?;
        match outcome {
            Err(error) if error.is(ErrorKind::Unauthenticated) && self.auth.renew_after(grant) => {
                self.attempt(context, endpoint).await?.0
            }
            outcome => outcome,
        }
    }

    /// Calls `endpoint` and reads the answer as JSON.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and `Internal` with the backend's fault when the answer cannot be read.
    pub async fn json<T: DeserializeOwned>(&self, context: &Context, endpoint: &Endpoint) -> Result<T> {
        let response = self.send(context, endpoint).await?;
        self.read(endpoint, response.body())
    }

    /// Calls `endpoint` and reads nothing.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn call(&self, context: &Context, endpoint: &Endpoint) -> Result<()> {
        self.send(context, endpoint).await.map(drop)
    }

    /// Reads the body of an answer of `endpoint` as JSON.
    ///
    /// # Errors
    /// `Internal` with the backend's fault, saying where in the body; values are not repeated.
    pub fn read<T: DeserializeOwned>(&self, endpoint: &Endpoint, body: &[u8]) -> Result<T> {
        answer::read(body).map_err(|detail| {
            let message = format!("{}: the answer cannot be read", self.name(endpoint));
            Error::new(ErrorKind::Internal, message)
                .with_fault(Fault::Backend)
                .with_detail(detail)
        })
    }

    fn name<'c>(&'c self, endpoint: &'c Endpoint) -> CallName<'c> {
        CallName {
            backend: &self.backend,
            method: endpoint.method(),
            template: endpoint.template(),
        }
    }

    /// One request, what came of it, and the credentials it was made with.
    async fn attempt(&self, context: &Context, endpoint: &Endpoint) -> Result<(Result<HttpResponse>, Grant)> {
        let mut request = self.request(context, endpoint)?;
        let grant = self.auth.authorize(context, &mut request).await?;
        let path = request.uri().path().to_owned();
        let mut request = HttpRequest::new(request);
        request.timeout = self.time_left(context, endpoint)?;
        request.max_body = self.max_body;
        let outcome = match self.http.send(request).await {
            Ok(response) if endpoint.expects(response.status()) => Ok(response),
            Ok(response) => Err(self.refusal(endpoint, &path, &response)),
            Err(error) => Err(self.failure(endpoint, &path, error)),
        };
        Ok((outcome, grant))
    }

    fn request(&self, context: &Context, endpoint: &Endpoint) -> Result<Request<bytes::Bytes>> {
        let mut request = Request::new(endpoint.body().clone());
        *request.method_mut() = endpoint.method().clone();
        *request.uri_mut() = endpoint.uri(&self.base)?;
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        if let Some(Ok(parent)) = context.trace_parent().map(HeaderValue::from_str) {
            headers.insert("traceparent", parent);
        }
        for (name, value) in endpoint.headers() {
            headers.insert(name, value.clone());
        }
        Ok(request)
    }

    /// The time a call may take.
    fn time_left(&self, context: &Context, endpoint: &Endpoint) -> Result<Duration> {
        let Some(deadline) = context.deadline() else {
            return Ok(self.timeout);
        };
        let left = deadline.saturating_sub(self.clock.monotonic());
        if left.is_zero() {
            let message = format!("{}: there was no time left for it", self.name(endpoint));
            return Err(Error::new(ErrorKind::Timeout, message).with_retry(Retry::Safe));
        }
        Ok(left.min(self.timeout))
    }

    /// The error for an answer with an unexpected status.
    fn refusal(&self, endpoint: &Endpoint, path: &str, response: &HttpResponse) -> Error {
        let error = self.statuses.error(self.name(endpoint), response, self.clock.now());
        let detail = format!("{} {path}: {}", endpoint.method(), error.detail().unwrap_or_default());
        match endpoint.object() {
            Some((object, id)) if error.is(ErrorKind::NotFound) => Error::not_found(object, id).with_detail(detail),
            _ => narrow(error, endpoint).with_detail(detail),
        }
    }

    /// The error for a call without an answer.
    fn failure(&self, endpoint: &Endpoint, path: &str, error: Error) -> Error {
        let detail = format!(
            "{} {path}: {}",
            endpoint.method(),
            error.detail().unwrap_or("no answer")
        );
        let named = Error::new(error.kind(), format!("{}: {error}", self.name(endpoint)))
            .with_fault(error.fault())
            .with_retry(error.retry())
            .with_detail(detail)
            .with_source(error);
        narrow(named, endpoint)
    }
}

/// An operation that is idempotent may call an endpoint that is not; then its unclear failures must not be repeated.
fn narrow(error: Error, endpoint: &Endpoint) -> Error {
    if error.retry() == Retry::IfIdempotent && !endpoint.is_idempotent() {
        error.with_retry(Retry::Never)
    } else {
        error
    }
}

/// The error of a call that was not the first change of its operation. What failed may have sent nothing, but the
/// operation has done something already: only an idempotent one may be repeated.
///
/// ```
/// use o2_adapters::kit::client::midway;
/// use o2_core::{Error, ErrorKind, Retry};
///
/// let refused = Error::new(ErrorKind::Unavailable, "cannot be reached").with_retry(Retry::Safe);
/// assert_eq!(midway(refused).retry(), Retry::IfIdempotent);
/// ```
#[must_use]
pub fn midway(error: Error) -> Error {
    if error.retry() == Retry::Safe {
        error.with_retry(Retry::IfIdempotent)
    } else {
        error
    }
}

impl fmt::Debug for RestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestClient")
            .field("backend", &self.backend)
            .field("base", &self.base)
            .field("auth", &self.auth)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}
