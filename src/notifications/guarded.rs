//! [`Guarded`]: the HTTP client for callbacks. They come from outside, so every request is held to the egress policy, and
//! of what the other side answers only the beginning is read.

use std::sync::Arc;

use futures::future::BoxFuture;
use o2_core::Result;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::webhook::egress::EgressPolicy;

/// What is read of an answer. Nobody looks at it.
const MOST: usize = 16 << 10;

/// Sends requests to callbacks.
#[derive(Debug)]
pub(super) struct Guarded {
    http: Arc<dyn HttpClient>,
    egress: Arc<EgressPolicy>,
}

impl Guarded {
    pub(super) fn new(http: Arc<dyn HttpClient>, egress: Arc<EgressPolicy>) -> Self {
        Self { http, egress }
    }
}

impl HttpClient for Guarded {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let guarded = request.guarded_by(Arc::clone(&self.egress)).discard_body_after(MOST);
        self.http.send(guarded)
    }
}
