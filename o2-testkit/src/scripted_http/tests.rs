//! What a script accepts, what it refuses, and what it says then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::executor::block_on;
use http::Request;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result, Retry};
use serde_json::json;

use super::{Expect, Reply, ScriptedHttp};
use crate::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

fn request(method: &str, target: &str, body: &str) -> HttpRequest {
    let uri = format!("https://lab.test{target}");
    let request = Request::builder().method(method).uri(uri);
    let request = request.header("authorization", "Bearer s3cret").header("accept", "*/*");
    HttpRequest::new(request.body(Bytes::from(body.to_owned())).unwrap())
}

fn send(http: &ScriptedHttp, method: &str, target: &str, body: &str) -> Result<HttpResponse> {
    block_on(http.send(request(method, target, body)))
}

fn get(http: &ScriptedHttp, target: &str) -> Result<u16> {
    send(http, "GET", target, "").map(|response| response.status().as_u16())
}

fn ordered() -> Arc<ScriptedHttp> {
    ScriptedHttp::in_order(ManualClock::auto())
}

fn unordered() -> Arc<ScriptedHttp> {
    ScriptedHttp::in_any_order(ManualClock::auto())
}

#[test]
fn requests_are_answered_in_order() {
    let http = ordered();
    http.expect(Expect::get("/a"), Reply::status(201));
    http.expect(Expect::get("/poll").any_number(), Reply::status(202));
    http.expect(Expect::get("/b?x=1").times(2), Reply::status(203));
    for (target, status) in [
        ("/a", 201),
        ("/poll", 202),
        ("/poll", 202),
        ("/b?x=1", 203),
        ("/b?x=1", 203),
    ] {
        assert_eq!(get(&http, target).unwrap(), status, "{target}");
    }
    let paths: Vec<_> = http.requests().iter().map(|seen| seen.path().to_owned()).collect();
    assert_eq!(paths, ["/a", "/poll", "/poll", "/b", "/b"]);
    http.verify();
}

#[test]
fn what_may_come_any_number_of_times_may_be_missing() {
    let http = ordered();
    http.expect(Expect::get("/poll").any_number(), Reply::status(202));
    http.expect(Expect::get("/b"), Reply::status(200));
    assert_eq!(get(&http, "/b").unwrap(), 200);
    http.verify();
}

#[test]
fn requests_are_answered_in_any_order() {
    let http = unordered();
    http.expect(Expect::get("/a"), Reply::status(201));
    http.expect(Expect::get("/b"), Reply::status(202));
    http.expect(Expect::get("/a"), Reply::status(203));
    for (target, status) in [("/b", 202), ("/a", 201), ("/a", 203)] {
        assert_eq!(get(&http, target).unwrap(), status, "{target}");
    }
    http.verify();
}

#[test]
fn replies_carry_status_headers_and_body() {
    let http = ordered();
    let body = json!({"id": 1});
    http.expect(
        Expect::post("/x").json(&json!({"a": 1})),
        Reply::json(201, &body).header("etag", "\"1\""),
    );
    http.expect(Expect::put("/x").text("hello"), Reply::text(200, "done"));
    http.expect(Expect::post("/x").form(&[("a", "b c")]), Reply::status(204));
    let created = send(&http, "POST", "/x", r#"{ "a": 1 }"#).unwrap();
    assert_eq!(
        (created.status().as_u16(), &created.headers()["etag"]),
        (201, &"\"1\"".parse().unwrap())
    );
    assert_eq!(created.headers()["content-type"], "application/json");
    assert_eq!(created.body(), &Bytes::from(body.to_string()));
    assert_eq!(send(&http, "PUT", "/x", "hello").unwrap().body(), "done");
    assert_eq!(send(&http, "POST", "/x", "a=b+c").unwrap().status(), 204);
    http.verify();
}

#[test]
fn errors_are_made_anew_each_time() {
    let http = ordered();
    let reset = || Error::new(ErrorKind::Unavailable, "connection refused").with_retry(Retry::Safe);
    http.expect(Expect::get("/x").times(2), Reply::error(reset));
    for _ in 0..2 {
        let error = get(&http, "/x").unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Safe));
    }
    http.verify();
}

#[test]
fn replies_take_their_time_on_the_clock() {
    let clock = ManualClock::auto();
    let http = ScriptedHttp::in_order(Arc::clone(&clock) as Arc<dyn Clock>);
    http.expect(Expect::get("/slow").times(2), Reply::status(200).after(20 * SECOND));
    assert_eq!(get(&http, "/slow").unwrap(), 200);
    assert_eq!(clock.monotonic(), 20 * SECOND);
    let mut hasty = request("GET", "/slow", "");
    hasty.timeout = 5 * SECOND;
    let error = block_on(http.send(hasty)).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::IfIdempotent));
    assert_eq!(clock.monotonic(), 25 * SECOND);
    http.verify();
}

#[test]
fn an_answer_that_is_too_long_is_an_error_or_is_cut() {
    let http = ordered();
    http.expect(Expect::get("/x").times(2), Reply::text(200, "12345"));
    let mut strict = request("GET", "/x", "");
    strict.max_body = 4;
    let error = block_on(http.send(strict)).unwrap_err();
    assert_eq!(error.detail(), Some("the answer has more than 4 bytes"));
    let lenient = request("GET", "/x", "").discard_body_after(4);
    assert_eq!(&block_on(http.send(lenient)).unwrap().body()[..], b"1234");
    http.verify();
}

/// Sends requests that a script does not expect, and compares what it says.
#[track_caller]
fn check(http: &ScriptedHttp, requests: &[(&str, &str, &str)], problems: &[&str]) {
    for (method, target, body) in requests {
        // Some are expected and some are not; the problems tell which.
        let _ = send(http, method, target, body);
    }
    assert_eq!(http.problems(), problems);
    let failure = catch_unwind(AssertUnwindSafe(|| http.verify())).unwrap_err();
    let told = failure.downcast_ref::<String>().unwrap();
    assert!(problems.iter().all(|problem| told.contains(problem)), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
}

#[test]
fn an_unexpected_request_is_compared_with_the_nearest_expectation() {
    let http = unordered();
    http.expect(Expect::get("/groups?limit=500"), Reply::status(200));
    http.expect(
        Expect::post("/groups")
            .header("authorization", "Bearer other")
            .json(&json!({"name": "a", "size": 2})),
        Reply::status(201),
    );
    check(
        &http,
        &[("POST", "/groups?access_token=s3cret", r#"{"name": "b", "size": 2}"#)],
        &[
            "request 1 was not expected: POST /groups?access_token=(redacted)\n    \
             nearest is expectation 2, POST /groups\n      \
             query access_token: expected nothing, got a secret that is not shown\n      \
             header authorization: expected a secret that is not shown, got a secret that is not shown\n      \
             body.name: expected \"a\", got \"b\"",
            "GET /groups?limit=500 was expected once, but came never",
            "POST /groups was expected once, but came never",
        ],
    );
}

#[test]
fn a_request_out_of_order_is_told_so() {
    let http = ordered();
    http.expect(Expect::get("/a").times(2), Reply::status(200));
    http.expect(Expect::get("/b"), Reply::status(200));
    check(
        &http,
        &[("GET", "/a", ""), ("GET", "/b", "")],
        &[
            "request 2 was not expected: GET /b\n    expectation 2 is met by it, but others come before",
            "GET /a was expected 2 times, but came once",
            "GET /b was expected once, but came never",
        ],
    );
}

#[test]
fn a_request_too_many_is_told_so() {
    for http in [ordered(), unordered()] {
        http.expect(Expect::get("/a"), Reply::status(200));
        check(
            &http,
            &[("GET", "/a", ""), ("GET", "/a", "")],
            &["request 2 was not expected: GET /a\n    expectation 1 has been met by an earlier request"],
        );
    }
    let empty = ordered();
    check(
        &empty,
        &[("GET", "/a", "")],
        &["request 1 was not expected: GET /a\n    no expectation is open"],
    );
}

#[test]
fn the_adapter_gets_an_error_that_says_what_happened() {
    let http = ordered();
    let error = get(&http, "/a").unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Internal, Retry::Never));
    assert!(
        error
            .detail()
            .unwrap()
            .starts_with("request 1 was not expected: GET /a")
    );
    assert_eq!(http.problems().len(), 1);
    assert!(catch_unwind(AssertUnwindSafe(|| http.verify())).is_err());
}

#[test]
fn the_origin_counts_when_it_is_given() {
    let http = unordered();
    http.expect(Expect::get("https://lab.test/a"), Reply::status(200));
    http.expect(Expect::get("https://other.test:8443/b"), Reply::status(200));
    check(
        &http,
        &[("GET", "/a", ""), ("GET", "/b", "")],
        &[
            "request 2 was not expected: GET /b\n    nearest is expectation 2, GET https://other.test:8443/b\n      \
             origin: expected https://other.test:8443, got https://lab.test",
            "GET https://other.test:8443/b was expected once, but came never",
        ],
    );
}

#[test]
fn headers_can_be_forbidden_and_queries_and_bodies_ignored() {
    let http = unordered();
    http.expect(
        Expect::post("/a")
            .any_query()
            .any_body()
            .without_header("if-match")
            .header("accept", "*/*"),
        Reply::status(200),
    );
    assert!(send(&http, "POST", "/a?b=c", "d").is_ok());
    http.verify();
}

#[test]
fn dropping_verifies() {
    let forgotten = catch_unwind(|| {
        let http = ordered();
        http.expect(Expect::get("/a"), Reply::status(200));
    });
    let told = forgotten.unwrap_err();
    assert!(
        told.downcast_ref::<String>()
            .unwrap()
            .contains("GET /a was expected once, but came never")
    );
    let late = catch_unwind(|| {
        let http = ordered();
        http.verify();
        get(&http, "/a").unwrap_err();
    });
    assert!(late.is_err(), "what comes after verifying counts too");
}
