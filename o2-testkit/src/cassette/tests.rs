//! What is written down, what is left out, and what is replayed.

use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use http::Request;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::{Cassette, Recorder};
use crate::ManualClock;
use crate::exchange::Redaction;
use crate::scripted_http::{Expect, Reply, ScriptedHttp};

fn request(method: &str, target: &str, kind: &str, body: impl Into<Bytes>) -> HttpRequest {
    let request = Request::builder()
        .method(method)
        .uri(format!("https://lab.test{target}"));
    let request = request.header("x-auth-token", "s3cret").header("host", "lab.test");
    HttpRequest::new(request.header("content-type", kind).body(body.into()).unwrap())
}

fn send(http: &dyn HttpClient, request: HttpRequest) -> Result<HttpResponse> {
    block_on(http.send(request))
}

fn login(user: &str) -> HttpRequest {
    let body = json!({"auth": {"name": user, "password": "s3cret"}}).to_string();
    request("POST", "/login", "application/json", body)
}

fn list(page: u32) -> HttpRequest {
    request(
        "GET",
        &format!("/groups?access_token=s3cret&page={page}"),
        "text/plain",
        "",
    )
}

fn upload() -> HttpRequest {
    request("PUT", "/blob", "application/octet-stream", vec![0xff, 0x00])
}

/// A backend that answers all of the above.
fn live() -> Arc<ScriptedHttp> {
    let live = ScriptedHttp::in_any_order(ManualClock::auto());
    live.expect(
        Expect::post("/login").any_body().any_number(),
        Reply::json(201, &json!({"token": "s3cret", "user": "ann"})).header("x-subject-token", "s3cret"),
    );
    for page in ["1", "2"] {
        let first = Expect::get("/groups")
            .query("access_token", "s3cret")
            .query("page", page);
        live.expect(
            first,
            Reply::json(200, &json!({"page": page})).header("content-length", "14"),
        );
    }
    live.expect(
        Expect::put("/blob").any_body().any_number(),
        Reply::bytes(200, vec![0xfe]),
    );
    live.expect(
        Expect::get("/down").any_number(),
        Reply::error(|| Error::new(ErrorKind::Unavailable, "connection refused")),
    );
    live
}

fn recorded() -> Cassette {
    let recorder = Recorder::new(live(), Redaction::default());
    for request in [login("ann"), list(1), list(2), upload()] {
        send(&*recorder, request).unwrap();
    }
    send(&*recorder, request("GET", "/down", "text/plain", "")).unwrap_err();
    recorder.cassette()
}

#[test]
fn the_text_has_everything_but_secrets() {
    let text = recorded().to_string();
    assert!(!text.contains("s3cret") && !text.contains("lab.test"), "{text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    let redacted = "(redacted)";
    assert_eq!(
        json["interactions"][0],
        json!({
            "request": {
                "method": "POST",
                "path": "/login",
                "headers": [["content-type", "application/json"], ["x-auth-token", redacted]],
                "body": {"json": {"auth": {"name": "ann", "password": redacted}}},
            },
            "response": {
                "status": 201,
                "headers": [["content-type", "application/json"], ["x-subject-token", redacted]],
                "body": {"json": {"token": redacted, "user": "ann"}},
            },
        })
    );
    assert_eq!(
        json["interactions"][1]["request"]["query"],
        json!([["access_token", redacted], ["page", "1"]])
    );
    assert_eq!(
        json["interactions"][1]["response"]["headers"],
        json!([["content-type", "application/json"]])
    );
    assert_eq!(json["interactions"][3]["response"]["body"], json!({"binary": "/g=="}));
    assert_eq!(
        json["interactions"].as_array().map(Vec::len),
        Some(4),
        "what failed is not recorded"
    );
}

#[test]
fn what_was_recorded_is_replayed() {
    let cassette = Cassette::parse(&recorded().to_string()).unwrap();
    assert_eq!((cassette.len(), cassette.is_empty()), (4, false));
    let client = cassette.client(ManualClock::auto()).unwrap();
    // In another order, and with another secret.
    let mut second = list(2);
    *second.request.uri_mut() = "http://elsewhere/groups?page=2&access_token=other".parse().unwrap();
    assert_eq!(send(&*client, second).unwrap().body(), r#"{"page":"2"}"#);
    assert_eq!(send(&*client, list(1)).unwrap().body(), r#"{"page":"1"}"#);
    let created = send(&*client, login("ann")).unwrap();
    assert_eq!(
        (created.status().as_u16(), &created.headers()["x-subject-token"]),
        (201, &"(redacted)".parse().unwrap())
    );
    assert_eq!(send(&*client, upload()).unwrap().body(), &Bytes::from_static(&[0xfe]));
    client.verify();
}

#[test]
fn equal_requests_are_answered_in_the_recorded_order() {
    let live = ScriptedHttp::in_order(ManualClock::auto());
    live.expect(Expect::get("/job"), Reply::json(200, &json!("running")));
    live.expect(Expect::get("/job"), Reply::json(200, &json!("done")));
    let recorder = Recorder::new(live, Redaction::default());
    let job = || request("GET", "/job", "text/plain", "");
    let replies = [0, 1].map(|_| send(&*recorder, job()).unwrap().into_body());
    let client = recorder.cassette().client(ManualClock::auto()).unwrap();
    assert_eq!([0, 1].map(|_| send(&*client, job()).unwrap().into_body()), replies);
    client.verify();
}

#[test]
fn an_unknown_request_is_compared_with_the_nearest_recorded_one() {
    let client = recorded().client(ManualClock::auto()).unwrap();
    send(&*client, login("bob")).unwrap_err();
    let problems = client.problems();
    assert_eq!(
        problems[0],
        "request 1 was not expected: POST /login\n    nearest is expectation 1, POST /login\n      \
         body.auth.name: expected \"ann\", got \"bob\""
    );
    assert_eq!(
        problems.len(),
        5,
        "the four that nobody asked for are told too: {problems:?}"
    );
    let failure = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.verify()));
    assert!(failure.is_err());
}

#[test]
fn more_can_be_secret() {
    let live = ScriptedHttp::in_order(ManualClock::auto());
    live.expect(
        Expect::get("/projects/4711"),
        Reply::json(200, &json!({"pin": 1, "self": "https://lab.test/projects/4711"})).header("x-lab", "s3cret"),
    );
    let redaction = Redaction::default()
        .with_header("x-lab")
        .with_field("pin")
        .with_text("lab.test", "backend.test")
        .with_text("4711", "project");
    let recorder = Recorder::new(live, redaction.clone());
    let project = || request("GET", "/projects/4711", "text/plain", "");
    send(&*recorder, project()).unwrap();
    let text = recorder.cassette().to_string();
    assert!(
        !text.contains("4711") && !text.contains("s3cret") && !text.contains("lab.test"),
        "{text}"
    );
    let cassette = Cassette::parse(&text).unwrap().with_redaction(redaction);
    let client = cassette.client(ManualClock::auto()).unwrap();
    let body: Value = serde_json::from_slice(send(&*client, project()).unwrap().body()).unwrap();
    assert_eq!(
        body,
        json!({"pin": "(redacted)", "self": "https://backend.test/projects/project"})
    );
    client.verify();
}

#[test]
fn other_texts_are_refused() {
    for (text, reason) in [
        ("", "this is no cassette"),
        (
            r#"{"version": 2, "interactions": []}"#,
            "the cassette has version 2, only 1 can be read",
        ),
        (
            r#"{"version": 1, "tracks": []}"#,
            "this is no cassette: unknown field `tracks`",
        ),
    ] {
        let error = Cassette::parse(text).unwrap_err();
        assert!(
            error.is(ErrorKind::InvalidInput) && error.message().starts_with(reason),
            "{error}"
        );
    }
    let request = json!({"method": "GET", "path": "/", "body": "empty"});
    for (request, response) in [
        (
            json!({"method": "", "path": "/", "body": "empty"}),
            json!({"status": 200, "body": "empty"}),
        ),
        (request.clone(), json!({"status": 20, "body": "empty"})),
        (
            request,
            json!({"status": 200, "headers": [["a b", "c"]], "body": "empty"}),
        ),
    ] {
        let text = json!({"version": 1, "interactions": [{"request": request, "response": response}]}).to_string();
        let error = Cassette::parse(&text).unwrap().client(ManualClock::auto()).unwrap_err();
        assert!(error.message().starts_with("exchange 1 of the cassette: "), "{error}");
    }
}
