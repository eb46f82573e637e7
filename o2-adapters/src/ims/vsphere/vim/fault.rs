//! What the faults of the VIM API mean.

use o2_core::error::Excerpt;
use o2_core::{Error, ErrorKind, Fault, Retry};

use super::xml::Element;

/// Why a call failed.
#[derive(Debug)]
pub(in super::super) enum Failure {
    /// The session is gone, and what was made in it; the call has done nothing.
    Lost,
    /// Something the call was about is not there any more: an object, a collector, a version.
    Gone(Error),
    Other(Error),
}

pub(in super::super) type Called<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost => Self::new(
                ErrorKind::PermissionDenied,
                "the vCenter ends our sessions as soon as they begin",
            )
            .with_fault(Fault::Backend),
            Failure::Gone(error) | Failure::Other(error) => error,
        }
    }
}

/// What a `Fault` element says.
pub(super) fn failure(method: &str, fault: &Element) -> Failure {
    let detail = fault.child("detail").and_then(|detail| detail.children.first());
    let name = detail.map_or("", |detail| {
        let named = detail.name.strip_suffix("Fault").unwrap_or(&detail.name);
        detail.kind.as_deref().unwrap_or(named)
    });
    named(method, name, fault.text_at(&["faultstring"]).unwrap_or_default())
}

/// The failure of this name, of a call or of a task.
pub(super) fn named(method: &str, name: &str, text: &str) -> Failure {
    let (kind, message) = match name {
        "NotAuthenticated" => return Failure::Lost,
        "InvalidLogin" | "NoPermission" if method == "Login" => {
            (ErrorKind::PermissionDenied, "the vCenter refuses our user and password")
        }
        "NoPermission" => (
            ErrorKind::PermissionDenied,
            "our account at the vCenter lacks a privilege",
        ),
        "ManagedObjectNotFound" | "InvalidCollectorVersion" | "NotFound" => {
            (ErrorKind::NotFound, "the vCenter has no such object any more")
        }
        "DuplicateName" => (ErrorKind::AlreadyExists, "the name is taken beside it"),
        "InvalidArgument" | "InvalidName" | "InvalidType" | "InvalidRequest" => {
            (ErrorKind::InvalidInput, "the vCenter does not take what was asked for")
        }
        "ConcurrentAccess" | "TaskInProgress" => (
            ErrorKind::Conflict,
            "somebody else is changing the object at the vCenter",
        ),
        "InvalidState" | "InvalidPowerState" | "ResourceInUse" => {
            (ErrorKind::Conflict, "the object is not in a state that permits it")
        }
        "HostNotConnected" | "HostCommunication" => {
            (ErrorKind::Unavailable, "the host cannot be reached by the vCenter")
        }
        "NotSupported" | "RestrictedVersion" => (ErrorKind::Unsupported, "the vCenter cannot do this"),
        _ if name.starts_with("Insufficient") => (
            ErrorKind::Conflict,
            "the vCenter has not the resources that were asked for",
        ),
        _ => (ErrorKind::Internal, "the vCenter failed"),
    };
    let fault = match kind {
        ErrorKind::AlreadyExists | ErrorKind::InvalidInput | ErrorKind::Conflict | ErrorKind::NotFound => Fault::Caller,
        _ => Fault::Backend,
    };
    let detail = format!("{method}: {}: {}", Excerpt(name), Excerpt(text));
    let mut error = Error::new(kind, message).with_fault(fault).with_detail(detail);
    if matches!(name, "InvalidLogin" | "NoPermission" | "RestrictedVersion") {
        error = error.with_retry(Retry::Never);
    }
    match name {
        "ManagedObjectNotFound" | "InvalidCollectorVersion" => Failure::Gone(error),
        _ => Failure::Other(error),
    }
}
