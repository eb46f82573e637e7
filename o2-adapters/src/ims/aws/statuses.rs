//! What AWS's error codes mean. Statuses say little: a refusal for asking too often may be 400, and 503 with another service.

use o2_core::{Error, ErrorKind, Fault, Retry};

use crate::kit::status::{Meaning, StatusMap};

const CODES: &[(&str, ErrorKind)] = &[
    ("ResourceNotFoundException", ErrorKind::NotFound),
    ("NotFoundException", ErrorKind::NotFound),
    ("InvalidInstanceID.NotFound", ErrorKind::NotFound),
    ("InvalidInstanceID.Malformed", ErrorKind::NotFound),
    ("InvalidGroup.NotFound", ErrorKind::NotFound),
    ("AlreadyExists", ErrorKind::AlreadyExists),
    ("ValidationError", ErrorKind::InvalidInput),
    ("InvalidParameterValue", ErrorKind::InvalidInput),
    ("InvalidParameterException", ErrorKind::InvalidInput),
    ("BadRequestException", ErrorKind::InvalidInput),
    ("InvalidLaunchTemplateId.NotFound", ErrorKind::InvalidInput),
    ("InvalidLaunchTemplateName.NotFoundException", ErrorKind::InvalidInput),
    ("ResourceInUse", ErrorKind::Conflict),
    ("ResourceInUseException", ErrorKind::Conflict),
    ("ScalingActivityInProgress", ErrorKind::Conflict),
    ("ResourceContention", ErrorKind::Conflict),
    ("InvalidRequestException", ErrorKind::Conflict),
    ("InvalidNextToken", ErrorKind::Conflict),
    ("LimitExceeded", ErrorKind::QuotaExceeded),
    ("ResourceLimitExceeded", ErrorKind::QuotaExceeded),
    ("ResourceLimitExceededException", ErrorKind::QuotaExceeded),
    ("InstanceLimitExceeded", ErrorKind::QuotaExceeded),
    ("VcpuLimitExceeded", ErrorKind::QuotaExceeded),
    ("InsufficientInstanceCapacity", ErrorKind::QuotaExceeded),
    ("UnauthorizedOperation", ErrorKind::PermissionDenied),
    ("AccessDenied", ErrorKind::PermissionDenied),
    ("AccessDeniedException", ErrorKind::PermissionDenied),
    ("OptInRequired", ErrorKind::PermissionDenied),
    ("AuthFailure", ErrorKind::Unauthenticated),
    ("ExpiredToken", ErrorKind::Unauthenticated),
    ("ExpiredTokenException", ErrorKind::Unauthenticated),
    ("InvalidClientTokenId", ErrorKind::Unauthenticated),
    ("UnrecognizedClientException", ErrorKind::Unauthenticated),
    ("InvalidSignatureException", ErrorKind::Unauthenticated),
    ("SignatureDoesNotMatch", ErrorKind::Unauthenticated),
    ("IncompleteSignature", ErrorKind::Unauthenticated),
    ("MissingAuthenticationToken", ErrorKind::Unauthenticated),
    ("RequestExpired", ErrorKind::Unauthenticated),
    ("RequestTimeTooSkewed", ErrorKind::Unauthenticated),
    ("RequestLimitExceeded", ErrorKind::RateLimited),
    ("Throttling", ErrorKind::RateLimited),
    ("ThrottlingException", ErrorKind::RateLimited),
    ("ThrottledException", ErrorKind::RateLimited),
    ("TooManyRequestsException", ErrorKind::RateLimited),
    ("InternalError", ErrorKind::Unavailable),
    ("InternalFailure", ErrorKind::Unavailable),
    ("ServiceUnavailable", ErrorKind::Unavailable),
    ("Unavailable", ErrorKind::Unavailable),
    ("ServiceUnavailableException", ErrorKind::Unavailable),
    ("ServerException", ErrorKind::Unavailable),
];

/// What callers are told when our credentials are refused for good: they need not log in, we must.
pub(super) fn ours(error: Error) -> Error {
    if !error.is(ErrorKind::Unauthenticated) {
        return error;
    }
    let told = Error::new(ErrorKind::PermissionDenied, error.message().to_owned()).with_fault(error.fault());
    match error.detail().map(str::to_owned) {
        Some(detail) => told.with_detail(detail),
        None => told,
    }
    .with_source(error)
}

/// The table of all services.
pub(super) fn table() -> StatusMap {
    let table = StatusMap::new()
        .with_code_at("/Errors/Error/Code")
        .with_code_at("/Error/Code")
        .with_code_at("/__type");
    let table = CODES
        .iter()
        .fold(table, |table, (code, kind)| table.with_code(*code, Meaning::of(*kind)));
    table
        // The same call works once the other activity is over.
        .with_code(
            "ResourceContention",
            Meaning::of(ErrorKind::Conflict).with_retry(Retry::Safe),
        )
        // A place in a list that AWS has forgotten: the list begins anew.
        .with_code(
            "InvalidNextToken",
            Meaning::of(ErrorKind::Unavailable).with_fault(Fault::Backend),
        )
}
