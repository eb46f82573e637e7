//! Outbound HTTP, as the host does it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::NotProvided;
use crate::Result;

/// A request with the time it may take, from connecting to the last byte of the body.
#[derive(Debug)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The request. The target is an absolute URI.
    pub request: http::Request<Bytes>,
    /// The time it may take.
    pub timeout: Duration,
    /// The most bytes of body to accept; a longer one is an error.
    pub max_body: usize,
}

impl HttpRequest {
    /// A request that may take 30 s and answer with 16 MiB.
    #[must_use]
    pub fn new(request: http::Request<Bytes>) -> Self {
        Self {
            request,
            timeout: Duration::from_secs(30),
            max_body: 16 << 20,
        }
    }
}

/// A response with its whole body.
pub type HttpResponse = http::Response<Bytes>;

/// Sends HTTP requests. Does not follow redirects and does not retry; callers decide.
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Sends one request.
    ///
    /// # Errors
    /// `Unavailable` with retry `Safe` when nothing was sent, `Timeout` or `Unavailable` with `IfIdempotent` otherwise.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>>;
}

impl HttpClient for NotProvided {
    fn send(&self, _: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        Box::pin(std::future::ready(Err(Self::error(
            "HTTP client",
            "the one of o2-adapters, feature 'http-reqwest'",
        ))))
    }
}
