//! [`SeenRequest`]: a request that a fake has got.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request, Uri};

use super::body::form;
use super::{Body, Redaction};

/// A request that a fake has got. `Debug` and `Display` show no secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct SeenRequest {
    /// The method.
    pub method: Method,
    /// The target, absolute.
    pub uri: Uri,
    /// The headers, secret ones included.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl SeenRequest {
    pub(crate) fn of(request: Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        Self {
            method: head.method,
            uri: head.uri,
            headers: head.headers,
            body,
        }
    }

    /// The path, encoded as it was sent.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query parameters, decoded, in their order.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        form(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// The text of a header; `None` when it is not there or no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, read as its content type says.
    #[must_use]
    pub fn content(&self) -> Body {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Body::read(&self.body, kind)
    }
}

/// Method, path and query, without what is secret.
impl fmt::Display for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path())?;
        let query = Redaction::default().pairs(self.query());
        for (index, (name, value)) in query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redaction = Redaction::default();
        f.debug_struct("SeenRequest")
            .field("request", &self.to_string())
            .field("headers", &redaction.headers(&self.headers))
            .field("body", &redaction.body(self.content()))
            .finish()
    }
}
