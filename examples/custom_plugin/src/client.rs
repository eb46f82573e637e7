//! The HTTP port on `ureq`. A gateway that has to be fast would bring its own client; this one is short.

use std::io;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use o2::core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2::core::{Error, ErrorKind, Result, Retry};
use tokio::task::spawn_blocking;

/// Opens a connection for each request.
#[derive(Debug)]
pub(crate) struct SocketClient;

impl HttpClient for SocketClient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        async move {
            let sent = spawn_blocking(move || exchange(request)).await;
            sent.map_err(|source| Error::internal("a request was given up").with_source(source))?
        }
        .boxed()
    }
}

fn exchange(request: HttpRequest) -> Result<HttpResponse> {
    if request.egress.is_some() {
        // The ready-made client judges addresses while it connects; this one would go anywhere.
        return Err(Error::config(
            "this HTTP client cannot guard requests to URLs from outside",
        ));
    }
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(request.timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .new_agent();
    let (head, body) = request.request.into_parts();
    let sent = agent.run(http::Request::from_parts(head, body.to_vec()));
    let (head, body) = sent.map_err(failed)?.into_parts();
    let text = body.into_with_config().limit(request.max_body as u64).read_to_vec();
    Ok(http::Response::from_parts(head, Bytes::from(text.map_err(failed)?)))
}

/// What went wrong, and whether it may be tried again.
fn failed(error: ureq::Error) -> Error {
    let (kind, retry) = match &error {
        ureq::Error::Timeout(_) => (ErrorKind::Timeout, Retry::IfIdempotent),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (ErrorKind::Unavailable, Retry::Safe)
        }
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => (ErrorKind::Unavailable, Retry::Safe),
        _ => (ErrorKind::Unavailable, Retry::IfIdempotent),
    };
    Error::new(kind, "the controller cannot be reached")
        .with_retry(retry)
        .with_source(error)
}
