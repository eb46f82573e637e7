//! [`Line`]: the client that reaches a played vCenter.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};

use super::played::Played;

/// The client that reaches it.
#[derive(Debug)]
pub(super) struct Line(pub(super) Arc<Played>);

impl HttpClient for Line {
    fn send<'c>(&'c self, request: HttpRequest) -> BoxFuture<'c, Result<HttpResponse>> {
        self.0.answer(request).boxed()
    }
}
