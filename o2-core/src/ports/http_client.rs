//! Outbound HTTP, as the host does it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::NotProvided;
use crate::Result;
use crate::webhook::egress::EgressPolicy;

/// A request with the time it may take, from connecting to the last byte of the body.
///
/// `Debug` output tells names and sizes only: header values, the query and the body may hold secrets.
#[non_exhaustive]
pub struct HttpRequest {
    /// The request. The target is an absolute URI.
    pub request: http::Request<Bytes>,
    /// The time it may take.
    pub timeout: Duration,
    /// The most bytes of body to accept; a longer one is an error, unless [`Self::cut_body`] says otherwise.
    pub max_body: usize,
    /// Whether of a longer body the first `max_body` bytes are enough.
    pub cut_body: bool,
    /// Where the request may go, when somebody else has chosen its target.
    pub egress: Option<Arc<EgressPolicy>>,
}

impl HttpRequest {
    /// A request that may take 30 s and answer with 16 MiB.
    #[must_use]
    pub fn new(request: http::Request<Bytes>) -> Self {
        Self {
            request,
            timeout: Duration::from_secs(30),
            max_body: 16 << 20,
            cut_body: false,
            egress: None,
        }
    }

    /// Only the first `bytes` of the response's body are of interest; the rest is not read, and is no error.
    #[must_use]
    pub fn discard_body_after(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self.cut_body = true;
        self
    }

    /// The request goes where `policy` allows, or nowhere.
    #[must_use]
    pub fn guarded_by(mut self, policy: Arc<EgressPolicy>) -> Self {
        self.egress = Some(policy);
        self
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.request.uri();
        let query: Vec<_> = uri
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .map(name)
            .collect();
        f.debug_struct("HttpRequest")
            .field("method", self.request.method())
            .field("host", &uri.host())
            .field("port", &uri.port_u16())
            .field("path", &uri.path())
            .field("query", &query)
            .field("headers", &self.request.headers().keys().collect::<Vec<_>>())
            .field("body_bytes", &self.request.body().len())
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .field("cut_body", &self.cut_body)
            .field("guarded", &self.egress.is_some())
            .finish()
    }
}

/// The name in `name=value`; what stands alone may be a value.
fn name(parameter: &str) -> &str {
    parameter.split_once('=').map_or("…", |(name, _)| name)
}

/// A response with its whole body.
pub type HttpResponse = http::Response<Bytes>;

/// Sends HTTP requests. Does not follow redirects and does not retry; callers decide.
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Sends one request.
    ///
    /// A request with an [`EgressPolicy`] connects to no address without asking the policy: that of the URL, and those that
    /// its name turns into at that moment. It uses no connection that was opened under another policy, and no proxy unless
    /// that enforces the policy. A client that cannot do so refuses such requests with `Config`.
    ///
    /// # Errors
    /// `InvalidInput` when the policy of the request does not allow its target, `Unavailable` with retry `Safe` when nothing
    /// was sent, `Timeout` or `Unavailable` with `IfIdempotent` otherwise.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_names_and_sizes_and_no_value() {
        let request = http::Request::builder()
            .method("POST")
            .uri("https://user:s3cret@backend.example:8443/tokens?sig=s3cret&page=7")
            .header("authorization", "Bearer s3cret")
            .header("x-key", "s3cret")
            .body(Bytes::from_static(b"{\"password\":\"s3cret\"}"))
            .unwrap();
        let shown = format!("{:?}", HttpRequest::new(request));
        assert!(!shown.contains("s3cret") && !shown.contains("\"7\""), "{shown}");
        for part in [
            "POST",
            "backend.example",
            "8443",
            "/tokens",
            "sig",
            "page",
            "authorization",
            "x-key",
            "body_bytes: 21",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }

    #[test]
    fn a_parameter_without_a_value_may_itself_be_secret() {
        let request = http::Request::get("https://backend.example/?s3cret")
            .body(Bytes::new())
            .unwrap();
        let shown = format!("{:?}", HttpRequest::new(request));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
