//! [`Reply`]: what an expected request is answered with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use o2_core::ports::HttpResponse;
use o2_core::{Error, Result};
use serde_json::Value;

/// What an expected request is answered with: a response or an error, at once or after a while.
#[derive(Clone)]
pub struct Reply {
    outcome: Outcome,
    pub(super) delay: Duration,
}

#[derive(Clone)]
enum Outcome {
    Response {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    },
    Error(Arc<dyn Fn() -> Error + Send + Sync>),
}

impl Reply {
    /// A response without body.
    ///
    /// # Panics
    /// As all constructors do, when `status` is no status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::bytes(status, Bytes::new())
    }

    /// A response with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string()).header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// A response with a text.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self::bytes(status, body.to_owned()).header(CONTENT_TYPE.as_str(), "text/plain; charset=utf-8")
    }

    /// A response with any body and no content type.
    ///
    /// # Panics
    /// When `status` is no status.
    #[must_use]
    pub fn bytes(status: u16, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or_else(|error| panic!("{status}: {error}"));
        Self::of(Outcome::Response {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        })
    }

    /// No response: the client fails with what `make` makes, each time.
    #[must_use]
    pub fn error(make: impl Fn() -> Error + Send + Sync + 'static) -> Self {
        Self::of(Outcome::Error(Arc::new(make)))
    }

    /// This response.
    pub(crate) fn of_response(response: HttpResponse) -> Self {
        let (head, body) = response.into_parts();
        Self::of(Outcome::Response {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            delay: Duration::ZERO,
        }
    }

    /// With one header more. Errors have none.
    ///
    /// # Panics
    /// When this cannot be a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let value = HeaderValue::from_str(value).unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Outcome::Response { headers, .. } = &mut self.outcome {
            headers.append(name, value);
        }
        self
    }

    /// After this time on the client's clock. A request whose own timeout is shorter fails with it.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) fn response(self) -> Result<HttpResponse> {
        match self.outcome {
            Outcome::Response { status, headers, body } => {
                let mut response = HttpResponse::new(body);
                *response.status_mut() = status;
                *response.headers_mut() = headers;
                Ok(response)
            }
            Outcome::Error(make) => Err(make()),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, size) = match &self.outcome {
            Outcome::Response { status, body, .. } => (status.to_string(), body.len()),
            Outcome::Error(make) => (make().to_string(), 0),
        };
        f.debug_struct("Reply")
            .field("outcome", &what)
            .field("body_bytes", &size)
            .field("delay", &self.delay)
            .finish()
    }
}
