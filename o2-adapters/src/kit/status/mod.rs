//! [`StatusMap`]: what the statuses and error codes of a backend mean, as a table.
//!
//! There is one standard table; an adapter adds the rows in which its backend differs. A row for an error code found in
//! the body goes before one for the status, since many backends say with a code what the status leaves open.

mod code;
mod retry_after;
#[cfg(test)]
mod tests;

use std::fmt;

use http::StatusCode;
use o2_core::ports::HttpResponse;
use o2_core::{Error, ErrorKind, Fault, Retry, Timestamp};

use super::redact::excerpt;
use code::Pointer;
pub use retry_after::retry_after;

/// What an answer means: what can be done, whose fault it is, whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// What a caller can do about it.
    pub kind: ErrorKind,
    /// Whose fault it is.
    pub fault: Fault,
    /// Whether the call may be repeated.
    pub retry: Retry,
}

impl Meaning {
    /// The usual fault and verdict of `kind`, but for what no caller can help: that the backend refuses us, limits us or
    /// fails is its fault, or ours, never the caller's.
    #[must_use]
    pub const fn of(kind: ErrorKind) -> Self {
        let fault = match kind {
            ErrorKind::Unauthenticated
            | ErrorKind::PermissionDenied
            | ErrorKind::QuotaExceeded
            | ErrorKind::RateLimited
            | ErrorKind::Internal => Fault::Backend,
            _ => kind.usual_fault(),
        };
        Self {
            kind,
            fault,
            retry: kind.usual_retry(),
        }
    }

    /// With another fault.
    #[must_use]
    pub const fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// With another verdict.
    #[must_use]
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}

impl From<ErrorKind> for Meaning {
    fn from(kind: ErrorKind) -> Self {
        Self::of(kind)
    }
}

/// What the answers of a backend mean.
///
/// ```
/// use o2_adapters::kit::status::StatusMap;
/// use o2_core::ErrorKind;
///
/// // Google answers 403 both for missing permission and for too many requests; the reason tells them apart.
/// let statuses = StatusMap::new()
///     .with_code_at("/error/errors/0/reason")
///     .with_code("rateLimitExceeded", ErrorKind::RateLimited);
/// let body = r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#;
/// let response = http::Response::builder().status(403).body(body.into()).unwrap();
/// let error = statuses.error("gcp", &response, o2_core::Timestamp::UNIX_EPOCH);
/// assert!(error.is(ErrorKind::RateLimited));
/// ```
#[derive(Debug, Clone, Default)]
pub struct StatusMap {
    pointers: Vec<Pointer>,
    codes: Vec<(String, Meaning)>,
    statuses: Vec<(u16, Meaning)>,
}

impl StatusMap {
    /// The standard table alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for an error code at this JSON pointer (RFC 6901) of a body; a part `*` stands for the first member or item
    /// in which the rest is found. May be called several times; a code without a row is passed over.
    #[must_use]
    pub fn with_code_at(mut self, pointer: &str) -> Self {
        self.pointers.push(Pointer::new(pointer));
        self
    }

    /// Says what an error code means, whatever the status. Upper and lower case are the same.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>, meaning: impl Into<Meaning>) -> Self {
        self.codes.push((code.into(), meaning.into()));
        self
    }

    /// Says what a status means where no code decides.
    #[must_use]
    pub fn with_status(mut self, status: u16, meaning: impl Into<Meaning>) -> Self {
        self.statuses.push((status, meaning.into()));
        self
    }

    /// What an answer means that was not hoped for.
    #[must_use]
    pub fn meaning(&self, response: &HttpResponse) -> Meaning {
        let status = response.status().as_u16();
        let row = |(known, meaning): &(u16, Meaning)| (*known == status).then_some(*meaning);
        self.by_code(response.body())
            .or_else(|| self.statuses.iter().rev().find_map(row))
            .unwrap_or_else(|| standard(response.status()))
    }

    fn by_code(&self, body: &[u8]) -> Option<Meaning> {
        if self.pointers.is_empty() || self.codes.is_empty() {
            return None;
        }
        let body = serde_json::from_slice(body).ok()?;
        let codes = self.pointers.iter().filter_map(|pointer| pointer.text(&body));
        codes.into_iter().find_map(|code| self.code(&code))
    }

    /// What an error code means, if it has a row.
    #[must_use]
    pub fn code(&self, code: &str) -> Option<Meaning> {
        let mut rows = self.codes.iter().rev();
        rows.find_map(|(known, meaning)| known.eq_ignore_ascii_case(code).then_some(*meaning))
    }

    /// The error for an answer that was not hoped for. `call` names backend and call in the message; what the backend
    /// wrote goes into the detail, cut and without secrets.
    #[must_use]
    pub fn error(&self, call: impl fmt::Display, response: &HttpResponse, now: Timestamp) -> Error {
        let meaning = self.meaning(response);
        let error = Error::new(meaning.kind, format!("{call}: {}", words(meaning.kind)))
            .with_fault(meaning.fault)
            .with_retry(meaning.retry)
            .with_detail(format!("{}: {}", response.status(), excerpt(response.body())));
        match retry_after(response.headers(), now) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }
}

/// What a status means by itself.
fn standard(status: StatusCode) -> Meaning {
    let kind = match status.as_u16() {
        400 | 413 | 422 => ErrorKind::InvalidInput,
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::NotFound,
        405 | 501 => ErrorKind::Unsupported,
        409 | 423 => ErrorKind::Conflict,
        408 | 504 => ErrorKind::Timeout,
        412 | 428 => ErrorKind::PreconditionFailed,
        429 => ErrorKind::RateLimited,
        502 | 503 => ErrorKind::Unavailable,
        507 => ErrorKind::QuotaExceeded,
        // What we sent was not what this backend takes, and no caller can change that.
        402..=499 => return Meaning::of(ErrorKind::Internal).with_fault(Fault::Gateway),
        _ => ErrorKind::Internal,
    };
    Meaning::of(kind)
}

/// What a caller is told about it.
fn words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "the backend has no such object",
        ErrorKind::AlreadyExists => "the backend has such an object already",
        ErrorKind::Conflict => "the state of the backend does not allow it",
        ErrorKind::PreconditionFailed => "the object was changed meanwhile",
        ErrorKind::InvalidInput => "the backend does not accept the input",
        ErrorKind::Unsupported => "the backend does not support it",
        ErrorKind::Unauthenticated => "the backend does not accept the gateway's credentials",
        ErrorKind::PermissionDenied => "the backend does not permit it to the gateway",
        ErrorKind::QuotaExceeded => "a quota of the backend is used up",
        ErrorKind::RateLimited => "the backend is asked too often",
        ErrorKind::Timeout => "the backend took too long",
        ErrorKind::Unavailable => "the backend is not available",
        ErrorKind::Config => "the backend is not configured for it",
        _ => "the backend gave an unexpected answer",
    }
}
