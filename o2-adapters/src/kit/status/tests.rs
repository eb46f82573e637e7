//! The standard table, and how an adapter's rows change it.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn response(status: u16, body: &str) -> HttpResponse {
    let body = Bytes::copy_from_slice(body.as_bytes());
    http::Response::builder().status(status).body(body).unwrap()
}

fn error(statuses: &StatusMap, response: &HttpResponse) -> Error {
    statuses.error("lab: GET /x", response, Timestamp::UNIX_EPOCH)
}

#[test]
fn the_standard_table() {
    use {ErrorKind as Kind, Fault::*, Retry::*};
    for (status, kind, fault, retry) in [
        (302, Kind::Internal, Backend, Never),
        (400, Kind::InvalidInput, Caller, Never),
        (401, Kind::Unauthenticated, Backend, Never),
        (403, Kind::PermissionDenied, Backend, Never),
        (404, Kind::NotFound, Caller, Never),
        (405, Kind::Unsupported, Caller, Never),
        (406, Kind::Internal, Gateway, Never),
        (408, Kind::Timeout, Backend, IfIdempotent),
        (409, Kind::Conflict, Caller, Never),
        (410, Kind::NotFound, Caller, Never),
        (412, Kind::PreconditionFailed, Caller, Never),
        (413, Kind::InvalidInput, Caller, Never),
        (422, Kind::InvalidInput, Caller, Never),
        (423, Kind::Conflict, Caller, Never),
        (429, Kind::RateLimited, Backend, Safe),
        (500, Kind::Internal, Backend, Never),
        (502, Kind::Unavailable, Backend, IfIdempotent),
        (503, Kind::Unavailable, Backend, IfIdempotent),
        (504, Kind::Timeout, Backend, IfIdempotent),
        (507, Kind::QuotaExceeded, Backend, Never),
    ] {
        let error = error(&StatusMap::new(), &response(status, "why"));
        assert_eq!(
            (error.kind(), error.fault(), error.retry()),
            (kind, fault, retry),
            "{status}"
        );
        assert!(error.message().starts_with("lab: GET /x: "), "{error}");
        assert!(error.detail().unwrap().starts_with(&status.to_string()), "{error:?}");
    }
}

#[test]
fn a_code_goes_before_a_status_and_later_rows_before_earlier_ones() {
    let statuses = StatusMap::new()
        .with_code_at("/error/code")
        .with_code_at("/error/details/*/code")
        .with_status(400, ErrorKind::Conflict)
        .with_status(400, ErrorKind::Unsupported)
        .with_code("Throttling", ErrorKind::RateLimited)
        .with_code("Quota", Meaning::of(ErrorKind::Conflict))
        .with_code("Quota", Meaning::of(ErrorKind::QuotaExceeded).with_retry(Retry::Safe));
    for (status, body, kind) in [
        (400, "", ErrorKind::Unsupported),
        (400, "not JSON", ErrorKind::Unsupported),
        (400, r#"{"error":{"code":"Other"}}"#, ErrorKind::Unsupported),
        (400, r#"{"error":{"code":"throttling"}}"#, ErrorKind::RateLimited),
        (
            500,
            r#"{"error":{"code":"Other","details":[{"code":"Quota"}]}}"#,
            ErrorKind::QuotaExceeded,
        ),
        (404, r#"{"error":{"code":"Other"}}"#, ErrorKind::NotFound),
    ] {
        assert_eq!(
            error(&statuses, &response(status, body)).kind(),
            kind,
            "{status} {body}"
        );
    }
}

#[test]
fn what_the_backend_wrote_is_for_the_operator() {
    let error = error(
        &StatusMap::new(),
        &response(409, r#"{"why":"locked by ann","token":"s3cret"}"#),
    );
    assert!(!error.message().contains("ann"), "{error}");
    assert!(error.detail().unwrap().contains("locked by ann"), "{error:?}");
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[test]
fn the_wish_to_wait_is_kept() {
    let mut response = response(503, "");
    response.headers_mut().insert("retry-after", "7".parse().unwrap());
    let wait = error(&StatusMap::new(), &response).retry_after();
    assert_eq!(wait, Some(std::time::Duration::from_secs(7)));
}

proptest! {
    #[test]
    fn every_status_has_a_meaning_and_only_clear_ones_are_the_callers_fault(status in 300_u16..1000, body in ".{0,30}") {
        let error = error(&StatusMap::new(), &response(status, &body));
        if error.fault() == Fault::Caller {
            prop_assert!((400..500).contains(&status) || status == 501);
        }
        if error.retry() == Retry::Safe {
            prop_assert_eq!(status, 429);
        }
    }
}
