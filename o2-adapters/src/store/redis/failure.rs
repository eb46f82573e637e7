//! [`Failure`]: what went wrong with Redis, and whether it may pass.

use o2_core::{Error, ErrorKind, Fault};
use redis::RedisError;

/// What went wrong. Everybody who waits for the same connection gets a copy.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    kind: ErrorKind,
    message: &'static str,
    detail: String,
    passes: bool,
}

impl Failure {
    /// Another attempt on another connection may succeed.
    pub(super) fn passing(kind: ErrorKind, message: &'static str, detail: impl Into<String>) -> Self {
        Self {
            passes: true,
            ..Self::lasting(kind, message, detail)
        }
    }

    /// Another attempt would fail again.
    pub(super) fn lasting(kind: ErrorKind, message: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            message,
            detail: detail.into(),
            passes: false,
        }
    }

    pub(super) fn config(message: &'static str, detail: impl Into<String>) -> Self {
        Self::lasting(ErrorKind::Config, message, detail)
    }

    /// Somebody else's data is where ours should be.
    pub(super) fn foreign(detail: impl Into<String>) -> Self {
        Self::lasting(ErrorKind::Internal, "internal error", detail)
    }

    /// No answer in time.
    pub(super) fn silent() -> Self {
        Self::passing(
            ErrorKind::Timeout,
            "the store did not answer in time",
            "no answer from Redis",
        )
    }

    /// Says where it happened.
    pub(super) fn at(mut self, place: &str) -> Self {
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    /// Whether another attempt on another connection may succeed.
    pub(super) fn passes(&self) -> bool {
        self.passes
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let error = Self::new(failure.kind, failure.message).with_detail(failure.detail);
        match failure.kind {
            // No caller can do anything about the memory of the store.
            ErrorKind::QuotaExceeded => error.with_fault(Fault::Backend),
            _ => error,
        }
    }
}

const UNAVAILABLE: &str = "the store is not available";
const REFUSED: &str = "Redis refuses the credentials of the store; check user, password and its ACL";

/// What the server answers while it is starting, is no primary, or must not write now.
const PASSING: [&str; 9] = [
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "NOREPLICAS",
    "NOSCRIPT",
    "READONLY",
    "TRYAGAIN",
];

/// The word an error begins with. Those of several commands that were sent together are kept in a list.
fn code(error: &RedisError) -> String {
    let errors = error.clone().into_server_errors();
    let first = errors.as_deref().and_then(<[_]>::first);
    first.map_or_else(String::new, |(_, error)| error.code().to_owned())
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        let detail = error.to_string();
        match &*code(&error) {
            code if PASSING.contains(&code) => Self::passing(ErrorKind::Unavailable, UNAVAILABLE, detail),
            "OOM" => Self::lasting(ErrorKind::QuotaExceeded, "the store has no memory left", detail),
            "NOAUTH" | "NOPERM" | "WRONGPASS" => Self::config(REFUSED, detail),
            "ASK" | "CROSSSLOT" | "MOVED" => Self::config("the store does not work on Redis Cluster", detail),
            _ => Self::of_kind(error.kind(), detail),
        }
    }
}

impl Failure {
    fn of_kind(kind: redis::ErrorKind, detail: String) -> Self {
        use redis::ErrorKind as Kind;
        match kind {
            Kind::AuthenticationFailed => Self::config(REFUSED, detail),
            Kind::InvalidClientConfig => Self::config("the store's options are wrong", detail),
            Kind::Io => Self::passing(ErrorKind::Unavailable, UNAVAILABLE, detail),
            // No Redis, or no answer to what was asked: asking again would not help.
            Kind::Parse | Kind::UnexpectedReturnType => Self::lasting(ErrorKind::Unavailable, UNAVAILABLE, detail),
            _ => Self::foreign(detail),
        }
    }
}
