//! What the answers of an API server that are no success mean.
//!
//! The reasons are those of `metav1.StatusReason`:
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>.

use std::time::Duration;

use kube::core::Status;
use kube::runtime::watcher;
use o2_core::error::Excerpt;
use o2_core::{Error, ErrorKind, Fault, Retry, Violation};

/// What an error of the client means.
pub(crate) fn error_of(error: kube::Error) -> Error {
    match error {
        kube::Error::Api(status) => refusal(&status),
        kube::Error::Auth(source) => {
            let message = "no credentials for the API server can be had";
            Error::new(ErrorKind::Unavailable, message).with_detail(source.to_string())
        }
        kube::Error::SerdeError(source) => unreadable(source),
        kube::Error::FromUtf8(source) => unreadable(source),
        kube::Error::BuildRequest(source) => {
            Error::internal("a request to the API server cannot be made").with_source(source)
        }
        other => unreachable_server(other),
    }
}

/// What an error of a watch means.
pub(super) fn watch_error_of(error: watcher::Error) -> Error {
    match error {
        watcher::Error::InitialListFailed(source)
        | watcher::Error::WatchStartFailed(source)
        | watcher::Error::WatchFailed(source) => error_of(source),
        watcher::Error::WatchError(status) => refusal(&status),
        watcher::Error::NoResourceVersion => Error::new(
            ErrorKind::Internal,
            "the API server lists a kind that cannot be watched",
        )
        .with_fault(Fault::Backend),
    }
}

fn unreadable(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, "an answer of the API server cannot be read")
        .with_fault(Fault::Backend)
        .with_source(source)
}

fn unreachable_server(source: kube::Error) -> Error {
    let retry = if was_refused(&source) {
        Retry::Safe
    } else {
        Retry::IfIdempotent
    };
    Error::new(ErrorKind::Unavailable, "the API server cannot be reached")
        .with_fault(Fault::Backend)
        .with_retry(retry)
        .with_source(source)
}

/// Whether nothing listened, so that nothing has been sent.
fn was_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::ConnectionRefused;
        }
        cause = error.source();
    }
    false
}

/// What a refusal means.
pub(crate) fn refusal(status: &Status) -> Error {
    let kind = kind_of(status);
    let mut error = Error::new(kind, message(kind, status)).with_fault(fault_of(kind));
    if let Some(wait) = wait(status) {
        error = error.with_retry_after(wait);
    }
    if let Some(details) = &status.details {
        for cause in &details.causes {
            let at = if cause.field.is_empty() { "body" } else { &cause.field };
            error = error.with_violation(Violation {
                at: at.to_owned(),
                reason: Excerpt(&cause.message).to_string(),
            });
        }
    }
    let reason = if status.reason.is_empty() { "-" } else { &status.reason };
    error.with_detail(format!("{} {reason}: {}", status.code, whole(&status.message)))
}

/// What the operator reads in the log: all of it, unless it is very long.
fn whole(message: &str) -> String {
    const LONGEST: usize = 1_000;
    let shown = message.chars().filter(|c| !c.is_control());
    shown.take(LONGEST).collect()
}

/// The kind of an error by its reason; by its code where there is none.
fn kind_of(status: &Status) -> ErrorKind {
    match status.reason.as_str() {
        "NotFound" => ErrorKind::NotFound,
        "AlreadyExists" => ErrorKind::AlreadyExists,
        "Conflict" => ErrorKind::Conflict,
        "Invalid" | "BadRequest" | "NotAcceptable" | "UnsupportedMediaType" | "RequestEntityTooLarge" => {
            ErrorKind::InvalidInput
        }
        "Forbidden" if status.message.contains("exceeded quota") => ErrorKind::QuotaExceeded,
        "Forbidden" => ErrorKind::PermissionDenied,
        "Unauthorized" => ErrorKind::PermissionDenied,
        "Expired" | "Gone" => ErrorKind::Conflict,
        "TooManyRequests" => ErrorKind::RateLimited,
        "Timeout" | "ServerTimeout" => ErrorKind::Timeout,
        "ServiceUnavailable" | "InternalError" | "StoreReadError" => ErrorKind::Unavailable,
        "MethodNotAllowed" => ErrorKind::Unsupported,
        _ => kind_by_code(status),
    }
}

fn kind_by_code(status: &Status) -> ErrorKind {
    match status.code {
        400 | 406 | 413 | 415 | 422 => ErrorKind::InvalidInput,
        401 => ErrorKind::PermissionDenied,
        403 if status.message.contains("exceeded quota") => ErrorKind::QuotaExceeded,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        405 => ErrorKind::Unsupported,
        409 | 410 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        504 => ErrorKind::Timeout,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    }
}

/// Whose fault it is: what we may not do at the server is never the fault of who asks us.
fn fault_of(kind: ErrorKind) -> Fault {
    match kind {
        ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::Conflict | ErrorKind::InvalidInput => Fault::Caller,
        _ => Fault::Backend,
    }
}

fn message(kind: ErrorKind, status: &Status) -> String {
    let said = Excerpt(&status.message);
    match kind {
        ErrorKind::PermissionDenied if status.code == 401 => "the API server does not know our credentials".to_owned(),
        ErrorKind::PermissionDenied => "the API server does not allow us this".to_owned(),
        ErrorKind::QuotaExceeded => format!("a quota of the cluster is exhausted: {said}"),
        ErrorKind::RateLimited => "the API server is asked too often".to_owned(),
        ErrorKind::Timeout => "the API server took too long".to_owned(),
        ErrorKind::Unavailable => "the API server is not able to answer".to_owned(),
        ErrorKind::Unsupported => "the API server has no such operation".to_owned(),
        _ if status.message.is_empty() => "the API server refuses this without a reason".to_owned(),
        _ => said.to_string(),
    }
}

/// How long to wait before trying again, if the server says so.
fn wait(status: &Status) -> Option<Duration> {
    let seconds = status.details.as_ref()?.retry_after_seconds;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

/// Whether the server does not have the kind at all: the path is unknown, rather than the object.
pub(crate) fn kind_is_unknown(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else {
        return false;
    };
    let named = status.details.as_ref().is_some_and(|details| !details.name.is_empty());
    status.code == 404 && !named
}

/// Whether it is this that we may not do, rather than that nobody knows us.
pub(crate) fn is_forbidden(error: &Error) -> bool {
    error.is(ErrorKind::PermissionDenied) && error.detail().is_some_and(|detail| detail.starts_with("403 "))
}

/// Whether our credentials are no longer good.
pub(super) fn is_unauthorized(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 401)
}

#[cfg(test)]
mod tests;
