//! What a caller can do about an error, and whose fault it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Retry;

/// Names what a caller can do, never the library that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The object does not exist.
    NotFound,
    /// An object with this id or name exists.
    AlreadyExists,
    /// The object's state does not allow it now.
    Conflict,
    /// The object changed since the caller read it.
    PreconditionFailed,
    /// The input is wrong.
    InvalidInput,
    /// The backend lacks the operation.
    Unsupported,
    /// Nobody knows who is asking.
    Unauthenticated,
    /// Whoever asks may not do it.
    PermissionDenied,
    /// A quota is used up.
    QuotaExceeded,
    /// Too many requests for now.
    RateLimited,
    /// No answer in time; what happened is unknown.
    Timeout,
    /// The backend or the plugin is not there now.
    Unavailable,
    /// The configuration is wrong.
    Config,
    /// A defect.
    Internal,
}

impl ErrorKind {
    /// Every kind, in order of declaration.
    pub const ALL: [Self; 14] = [
        Self::NotFound,
        Self::AlreadyExists,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::InvalidInput,
        Self::Unsupported,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::QuotaExceeded,
        Self::RateLimited,
        Self::Timeout,
        Self::Unavailable,
        Self::Config,
        Self::Internal,
    ];

    /// The kind in camelCase, as problem documents and headers carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "notFound",
            Self::AlreadyExists => "alreadyExists",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "preconditionFailed",
            Self::InvalidInput => "invalidInput",
            Self::Unsupported => "unsupported",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permissionDenied",
            Self::QuotaExceeded => "quotaExceeded",
            Self::RateLimited => "rateLimited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Config => "config",
            Self::Internal => "internal",
        }
    }

    /// Whose fault an error of this kind is unless it says otherwise.
    #[must_use]
    pub const fn usual_fault(self) -> Fault {
        match self {
            Self::Timeout | Self::Unavailable => Fault::Backend,
            Self::Config | Self::Internal => Fault::Gateway,
            _ => Fault::Caller,
        }
    }

    /// Whether trying again makes sense unless the error says otherwise.
    #[must_use]
    pub const fn usual_retry(self) -> Retry {
        match self {
            Self::RateLimited => Retry::Safe,
            Self::Timeout | Self::Unavailable => Retry::IfIdempotent,
            _ => Retry::Never,
        }
    }

    /// How bad it is when several backends failed and one error must speak for all: higher is worse.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Internal => 7,
            Self::Config => 6,
            Self::Unavailable => 5,
            Self::Timeout => 4,
            Self::RateLimited | Self::QuotaExceeded => 3,
            Self::Unauthenticated | Self::PermissionDenied => 2,
            Self::Unsupported
            | Self::InvalidInput
            | Self::Conflict
            | Self::AlreadyExists
            | Self::PreconditionFailed => 1,
            Self::NotFound => 0,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Fault {
    /// The caller must change the request.
    Caller,
    /// We, or our configuration.
    Gateway,
    /// The system behind the plugin.
    Backend,
}
