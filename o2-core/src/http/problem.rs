//! Errors on the wire: RFC 9457 problem documents, with the product's extra members `error` and `message`. The only
//! place where kinds of errors become HTTP statuses.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Fault, Violation};
use crate::model::attribute::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Shape};

/// The content type of problem documents.
pub const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProblemDetails {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub problem_type: Cow<'static, str>,
    /// The status in words.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong here.
    pub detail: String,
    /// The kind of error, one camelCase word.
    pub error: Cow<'static, str>,
    /// The same as `detail`, under the product's own name.
    pub message: String,
    /// The operation that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Cow<'static, str>>,
    /// The plugin that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The request, to find it in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The places in the request that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

impl ProblemDetails {
    /// Its fields, for the OpenAPI document.
    pub const SHAPE: Shape = Shape::of::<Self>();

    /// A problem that is not an [`Error`]: something about HTTP itself.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let title = status.canonical_reason().unwrap_or("Unknown");
        Self {
            problem_type: "about:blank".into(),
            title: title.into(),
            status: status.as_u16(),
            message: detail.clone(),
            detail,
            error: camel_case(title).into(),
            operation: None,
            plugin: None,
            request_id: None,
            violations: Vec::new(),
        }
    }

    /// The public part of an error.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        Self {
            error: error.kind().as_str().into(),
            operation: error.operation().map(|operation| operation.name.into()),
            plugin: error.plugin().map(ToString::to_string),
            violations: error.violations().to_vec(),
            ..Self::new(status(error.kind(), error.fault()), error.message())
        }
    }

    /// Names the request.
    #[must_use]
    pub fn with_request_id(mut self, id: &str) -> Self {
        self.request_id = Some(id.to_owned());
        self
    }

    /// As a response.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        // A struct of strings and numbers always serialises.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE_PROBLEM));
        response
    }
}

impl Attributes for ProblemDetails {
    const NAME: &'static str = "ProblemDetails";

    fn attributes() -> &'static [Attribute<Self>] {
        const VIOLATION: Kind = Kind::Object(Shape::of::<Violation>());
        static TABLE: &[Attribute<ProblemDetails>] = &[
            Attribute::required("type", Kind::String, "Always about:blank.", |p| {
                Value::String(&p.problem_type)
            }),
            Attribute::required("title", Kind::String, "The status in words.", |p| {
                Value::String(&p.title)
            }),
            Attribute::required("status", Kind::Integer, "The HTTP status.", |p| {
                Value::Integer(p.status.into())
            }),
            Attribute::required("detail", Kind::String, "What went wrong here.", |p| {
                Value::String(&p.detail)
            }),
            Attribute::required("error", Kind::String, "The kind of error.", |p| Value::String(&p.error)),
            Attribute::required("message", Kind::String, "The same as detail.", |p| {
                Value::String(&p.message)
            }),
            Attribute::optional("operation", Kind::String, "The operation that failed.", |p| {
                Value::text(p.operation.as_deref())
            }),
            Attribute::optional("plugin", Kind::String, "The plugin that failed.", |p| {
                Value::text(p.plugin.as_deref())
            }),
            Attribute::optional("requestId", Kind::String, "The request, to find it in the logs.", |p| {
                Value::text(p.request_id.as_deref())
            }),
            Attribute::optional(
                "violations",
                Kind::Array(&VIOLATION),
                "The places in the request that are wrong.",
                |p| Value::array(&p.violations),
            ),
        ];
        TABLE
    }
}

impl Attributes for Violation {
    const NAME: &'static str = "Violation";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<Violation>] = &[
            Attribute::required(
                "at",
                Kind::String,
                "Where: a path into the body, or a parameter.",
                |v| Value::String(&v.at),
            ),
            Attribute::required("reason", Kind::String, "What is wrong and what would be right.", |v| {
                Value::String(&v.reason)
            }),
        ];
        TABLE
    }
}

/// The response to an error.
#[must_use]
pub fn respond(error: &Error, request_id: &str) -> Response<Bytes> {
    let mut response = ProblemDetails::of(error).with_request_id(request_id).into_response();
    let headers = response.headers_mut();
    if let Some(wait) = error.retry_after() {
        // Rounded up: whoever comes back too early is refused again.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    if error.is(ErrorKind::Unauthenticated) && error.fault() == Fault::Caller {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The response to a method the path does not have.
#[must_use]
pub fn method_not_allowed(method: &Method, allowed: &str, request_id: &str) -> Response<Bytes> {
    let detail = format!("{method} is not allowed here (allowed: {allowed})");
    let problem = ProblemDetails::new(StatusCode::METHOD_NOT_ALLOWED, detail).with_request_id(request_id);
    let mut response = problem.into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// The status of an error of this kind that is this party's fault.
#[must_use]
pub const fn status(kind: ErrorKind, fault: Fault) -> StatusCode {
    match (kind, fault) {
        (ErrorKind::NotFound, _) => StatusCode::NOT_FOUND,
        (ErrorKind::AlreadyExists | ErrorKind::Conflict, _) => StatusCode::CONFLICT,
        (ErrorKind::PreconditionFailed, _) => StatusCode::PRECONDITION_FAILED,
        (ErrorKind::InvalidInput, Fault::Caller) => StatusCode::BAD_REQUEST,
        (ErrorKind::Unsupported, _) => StatusCode::NOT_IMPLEMENTED,
        (ErrorKind::Unauthenticated, Fault::Caller) => StatusCode::UNAUTHORIZED,
        (ErrorKind::PermissionDenied, Fault::Caller) => StatusCode::FORBIDDEN,
        (ErrorKind::QuotaExceeded, Fault::Caller) | (ErrorKind::RateLimited, Fault::Caller) => {
            StatusCode::TOO_MANY_REQUESTS
        }
        (ErrorKind::QuotaExceeded, Fault::Backend) => StatusCode::INSUFFICIENT_STORAGE,
        (ErrorKind::RateLimited | ErrorKind::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (ErrorKind::Timeout, _) => StatusCode::GATEWAY_TIMEOUT,
        // The backend refuses us, rejects what we sent, or breaks: the caller can do nothing about it.
        (
            ErrorKind::Unauthenticated | ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Internal,
            Fault::Backend,
        ) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn camel_case(title: &str) -> String {
    let mut words = title.split(' ');
    let first = words.next().unwrap_or("").to_lowercase();
    words.fold(first, |text, word| text + word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_gateways_and_backends_faults_have_different_statuses() {
        for (kind, caller, gateway, backend) in [
            (ErrorKind::NotFound, 404, 404, 404),
            (ErrorKind::AlreadyExists, 409, 409, 409),
            (ErrorKind::Conflict, 409, 409, 409),
            (ErrorKind::PreconditionFailed, 412, 412, 412),
            (ErrorKind::InvalidInput, 400, 500, 502),
            (ErrorKind::Unsupported, 501, 501, 501),
            (ErrorKind::Unauthenticated, 401, 500, 502),
            (ErrorKind::PermissionDenied, 403, 500, 502),
            (ErrorKind::QuotaExceeded, 429, 500, 507),
            (ErrorKind::RateLimited, 429, 503, 503),
            (ErrorKind::Timeout, 504, 504, 504),
            (ErrorKind::Unavailable, 503, 503, 503),
            (ErrorKind::Config, 500, 500, 500),
            (ErrorKind::Internal, 500, 500, 502),
        ] {
            let statuses = [Fault::Caller, Fault::Gateway, Fault::Backend].map(|fault| status(kind, fault).as_u16());
            assert_eq!(statuses, [caller, gateway, backend], "{kind}");
        }
    }

    #[test]
    fn the_document_has_the_products_members_and_no_internals() {
        let error = Error::violation("body.name", "must not be empty").with_detail("secret");
        let response = respond(&error, "req-1");
        assert_eq!(response.headers()[CONTENT_TYPE], CONTENT_TYPE_PROBLEM);
        let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "about:blank", "title": "Bad Request", "status": 400,
                "detail": "body.name: must not be empty", "error": "invalidInput",
                "message": "body.name: must not be empty", "requestId": "req-1",
                "violations": [{"at": "body.name", "reason": "must not be empty"}],
            })
        );
        assert!(!String::from_utf8_lossy(response.body()).contains("secret"));
    }

    #[test]
    fn waiting_times_and_challenges_are_headers() {
        let busy = Error::new(ErrorKind::RateLimited, "slow").with_retry_after(std::time::Duration::from_millis(1500));
        assert_eq!(respond(&busy, "r").headers()[RETRY_AFTER], "2");
        let soon = Error::new(ErrorKind::RateLimited, "slow").with_retry_after(std::time::Duration::ZERO);
        assert_eq!(respond(&soon, "r").headers()[RETRY_AFTER], "1");
        let unknown = Error::new(ErrorKind::Unauthenticated, "who?");
        assert_eq!(respond(&unknown, "r").headers()[WWW_AUTHENTICATE], "Bearer");
        assert_eq!(
            method_not_allowed(&Method::PUT, "GET, HEAD", "r").headers()[ALLOW],
            "GET, HEAD"
        );
    }
}
