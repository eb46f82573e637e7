//! [`Placement`]: where in a request a token or key stands.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{Request, Uri};
use o2_core::ports::Secret;
use o2_core::{Error, Result};
use url::form_urlencoded::byte_serialize;

/// Where in a request a token or key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …`, of what is encoded already.
    Basic,
    /// This header.
    Header(HeaderName),
    /// This parameter of the query.
    Query(String),
}

impl Placement {
    /// Puts `secret` where it belongs.
    ///
    /// # Errors
    /// `Config` when it has characters that cannot stand there.
    pub(crate) fn put(&self, secret: &Secret, request: &mut Request<Bytes>) -> Result<()> {
        match self {
            Self::Bearer => insert(request, AUTHORIZATION, &format!("Bearer {}", secret.expose())),
            Self::Basic => insert(request, AUTHORIZATION, &format!("Basic {}", secret.expose())),
            Self::Header(name) => insert(request, name.clone(), secret.expose()),
            Self::Query(name) => {
                let uri = with_parameter(request.uri(), name, secret.expose());
                *request.uri_mut() = uri.ok_or_else(unusable)?;
                Ok(())
            }
        }
    }
}

fn insert(request: &mut Request<Bytes>, name: HeaderName, value: &str) -> Result<()> {
    let mut value = HeaderValue::from_str(value).map_err(|_| unusable())?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

fn with_parameter(uri: &Uri, name: &str, value: &str) -> Option<Uri> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let before = uri.query().map_or(String::new(), |query| format!("{query}&"));
    let target = format!("{}?{before}{}={}", uri.path(), encoded(name), encoded(value));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn unusable() -> Error {
    Error::config("a credential for the backend has characters that cannot be sent")
}
