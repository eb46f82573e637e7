//! One row for each reason of a `Status`, with the words of a real API server.

use serde_json::{Value, json};

use super::*;

fn status(value: &Value) -> Status {
    serde_json::from_value(value.clone()).unwrap()
}

fn plain(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message})
}

#[test]
fn every_reason_has_a_meaning() {
    use ErrorKind::*;
    use Fault::{Backend, Caller};
    let rows = [
        (
            404,
            "NotFound",
            r#"nodes "x" not found"#,
            NotFound,
            Caller,
            Retry::Never,
        ),
        (
            409,
            "AlreadyExists",
            r#"secrets "x" already exists"#,
            AlreadyExists,
            Caller,
            Retry::Never,
        ),
        (
            409,
            "Conflict",
            r#"Operation cannot be fulfilled on nodes "x": the object has been modified"#,
            Conflict,
            Caller,
            Retry::Never,
        ),
        (
            422,
            "Invalid",
            r#"Node "x" is invalid: spec: Required value"#,
            InvalidInput,
            Caller,
            Retry::Never,
        ),
        (
            400,
            "BadRequest",
            "the object provided is unrecognized",
            InvalidInput,
            Caller,
            Retry::Never,
        ),
        (
            413,
            "RequestEntityTooLarge",
            "limit is 3145728",
            InvalidInput,
            Caller,
            Retry::Never,
        ),
        (
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format",
            InvalidInput,
            Caller,
            Retry::Never,
        ),
        (
            406,
            "NotAcceptable",
            "only the following media types are accepted",
            InvalidInput,
            Caller,
            Retry::Never,
        ),
        (
            403,
            "Forbidden",
            r#"nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope"#,
            PermissionDenied,
            Backend,
            Retry::Never,
        ),
        (
            403,
            "Forbidden",
            r#"pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"#,
            QuotaExceeded,
            Backend,
            Retry::Never,
        ),
        (
            401,
            "Unauthorized",
            "Unauthorized",
            PermissionDenied,
            Backend,
            Retry::Never,
        ),
        (
            410,
            "Expired",
            "The provided continue parameter is too old",
            Conflict,
            Caller,
            Retry::Never,
        ),
        (
            410,
            "Gone",
            "too old resource version: 1 (2)",
            Conflict,
            Caller,
            Retry::Never,
        ),
        (
            429,
            "TooManyRequests",
            "Too many requests, please try again later.",
            RateLimited,
            Backend,
            Retry::Safe,
        ),
        (
            504,
            "Timeout",
            "request did not complete within requested timeout",
            Timeout,
            Backend,
            Retry::IfIdempotent,
        ),
        (
            500,
            "ServerTimeout",
            "The list operation against nodes could not be completed",
            Timeout,
            Backend,
            Retry::IfIdempotent,
        ),
        (
            503,
            "ServiceUnavailable",
            "service unavailable",
            Unavailable,
            Backend,
            Retry::IfIdempotent,
        ),
        (
            500,
            "InternalError",
            r#"Internal error occurred: failed calling webhook "w": connection refused"#,
            Unavailable,
            Backend,
            Retry::IfIdempotent,
        ),
        (
            405,
            "MethodNotAllowed",
            "the server does not allow this method",
            Unsupported,
            Backend,
            Retry::Never,
        ),
        (404, "", "404 page not found", NotFound, Caller, Retry::Never),
        (502, "", "Bad Gateway", Unavailable, Backend, Retry::IfIdempotent),
        (504, "", "Gateway Timeout", Timeout, Backend, Retry::IfIdempotent),
        (418, "", "I'm a teapot", Internal, Backend, Retry::Never),
    ];
    for (code, reason, said, kind, fault, retry) in rows {
        let error = refusal(&status(&plain(code, reason, said)));
        let got = (error.kind(), error.fault(), error.retry());
        assert_eq!(got, (kind, fault, retry), "{code} {reason} {said}");
        assert!(error.detail().unwrap().contains(said), "{error:?}");
    }
}

#[test]
fn what_is_wrong_with_the_input_is_told_by_field() {
    let error = refusal(&status(&json!({
        "kind": "Status", "status": "Failure", "code": 422, "reason": "Invalid",
        "message": "MachineDeployment.cluster.x-k8s.io \"md\" is invalid: spec.clusterName: Required value",
        "details": {"name": "md", "group": "cluster.x-k8s.io", "kind": "MachineDeployment", "causes": [
            {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.clusterName"},
        ]},
    })));
    let [violation] = error.violations() else {
        panic!("{error:?}");
    };
    assert_eq!(
        (violation.at.as_str(), violation.reason.as_str()),
        ("spec.clusterName", "Required value")
    );
}

#[test]
fn a_server_says_when_to_come_again() {
    let error = refusal(&status(&json!({
        "kind": "Status", "code": 429, "reason": "TooManyRequests", "message": "slow down",
        "details": {"retryAfterSeconds": 7},
    })));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[test]
fn messages_for_callers_do_not_say_who_we_are_to_the_server() {
    let error = refusal(&status(&plain(
        403,
        "Forbidden",
        r#"User "system:serviceaccount:o2:gw" cannot list"#,
    )));
    assert!(!error.message().contains("serviceaccount"), "{error}");
}

#[test]
fn an_unknown_kind_is_not_a_missing_object() {
    let api = |value: Value| kube::Error::Api(status(&value).boxed());
    for (value, unknown) in [
        (plain(404, "", "404 page not found"), true),
        (
            plain(404, "NotFound", "the server could not find the requested resource"),
            true,
        ),
        (
            json!({"code": 404, "reason": "NotFound", "message": "nodes \"x\" not found",
                   "details": {"name": "x", "kind": "nodes"}}),
            false,
        ),
        (plain(403, "Forbidden", "no"), false),
    ] {
        assert_eq!(kind_is_unknown(&api(value.clone())), unknown, "{value}");
    }
}

#[test]
fn only_what_was_never_sent_may_be_repeated_freely() {
    for (kind, retry) in [
        (std::io::ErrorKind::ConnectionRefused, Retry::Safe),
        (std::io::ErrorKind::ConnectionReset, Retry::IfIdempotent),
    ] {
        let error = error_of(kube::Error::Service(Box::new(std::io::Error::from(kind))));
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::Unavailable, retry),
            "{kind:?}"
        );
    }
}
