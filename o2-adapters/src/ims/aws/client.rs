//! Requests to the backend, and its answers as results. The only file that knows the transport.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use o2_core::error::Excerpt;
use o2_core::ports::{HttpClient, HttpRequest, Secret};
use o2_core::{Error, ErrorKind, Fault, Result};
use serde::de::DeserializeOwned;

use super::wire::About;
use super::AwsConfig;

/// Sends requests to one backend.
#[derive(Debug)]
pub(super) struct Client {
    http: Arc<dyn HttpClient>,
    endpoint: String,
    token: Secret,
}

impl Client {
    pub(super) fn new(config: AwsConfig, http: Arc<dyn HttpClient>) -> Self {
        Self {
            http,
            endpoint: config.endpoint.trim_end_matches('/').to_owned(),
            token: config.token,
        }
    }

    /// What the backend says about itself.
    pub(super) async fn about(&self) -> Result<About> {
        self.get("/version").await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let request = http::Request::builder()
            .method(Method::GET)
            .uri(format!("{}{path}", self.endpoint))
            .header(
                http::header::AUTHORIZATION,
                format!("Bearer {}", self.token.expose()),
            )
            .body(Bytes::new())
            .map_err(|source| Error::internal("a request to the backend cannot be made").with_source(source))?;
        let response = self.http.send(HttpRequest::new(request)).await?;
        if !response.status().is_success() {
            return Err(refusal(response.status(), response.body()));
        }
        serde_json::from_slice(response.body()).map_err(|source| {
            Error::internal(format!("the answer to {path} cannot be read"))
                .with_fault(Fault::Backend)
                .with_source(source)
        })
    }
}

/// What a status of the backend means.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let (kind, message) = match status.as_u16() {
        401 | 403 => (ErrorKind::PermissionDenied, "the backend refuses our credentials"),
        429 => (ErrorKind::RateLimited, "the backend is asked too often"),
        502..=504 => (ErrorKind::Unavailable, "the backend is not there"),
        _ => (ErrorKind::Internal, "the backend failed"),
    };
    let detail = format!("{status}: {}", Excerpt(&String::from_utf8_lossy(body)));
    Error::new(kind, message).with_fault(Fault::Backend).with_detail(detail)
}
