//! What a client sends, what it makes of answers, and that secrets stay out of errors.

use futures::executor::block_on;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::*;
use crate::kit::testing::{Backend, answer, refused};

fn context() -> Context {
    Context::new("r")
}

fn ask(script: Result<HttpResponse>, endpoint: &Endpoint) -> Result<Value> {
    let backend = Backend::scripted(&ManualClock::new(), [script]);
    block_on(backend.client().json(&context(), endpoint))
}

#[test]
fn a_call_has_what_client_context_and_endpoint_say() {
    let backend = Backend::scripted(&ManualClock::new(), [answer(200, json!({"a": 1}))]);
    let client = backend
        .client()
        .with_header(HeaderName::from_static("x-version"), HeaderValue::from_static("2"))
        .with_header(ACCEPT, HeaderValue::from_static("application/vnd.lab+json"));
    let endpoint = Endpoint::post("/x/{id}")
        .with_segment("id", "7")
        .with_query("q", 1)
        .with_header("x-version", "3");
    let context = context().with_trace_parent("00-1-2-01");
    let read: Value = block_on(client.json(&context, &endpoint.with_json(&json!({"b": 2})))).unwrap();
    assert_eq!(read, json!({"a": 1}));
    let asked = &backend.asked()[0];
    assert_eq!(
        (asked.line.as_str(), asked.body.as_str()),
        ("POST /api/x/7?q=1", r#"{"b":2}"#)
    );
    for (name, value) in [
        ("x-version", "3"),
        ("accept", "application/vnd.lab+json"),
        ("content-type", "application/json"),
        ("traceparent", "00-1-2-01"),
    ] {
        assert_eq!(asked.header(name), Some(value), "{name}");
    }
}

#[test]
fn a_call_takes_no_longer_than_the_context_permits() {
    let second = Duration::from_secs;
    for (own, deadline, timeout) in [
        (30, None, Some(30)),
        (30, Some(100), Some(30)),
        (30, Some(25), Some(15)),
        (30, Some(10), None),
        (30, Some(5), None),
    ] {
        let clock = ManualClock::new();
        clock.advance(second(10));
        let backend = Backend::answering(&clock, |_| answer(204, ""));
        let context = deadline.map_or(context(), |deadline| context().with_deadline(second(deadline)));
        let client = backend.client().with_timeout(second(own));
        let outcome = block_on(client.call(&context, &Endpoint::get("/x")));
        let seen = backend.asked().first().map(|asked| asked.timeout);
        assert_eq!(seen, timeout.map(second), "{own} {deadline:?}");
        if let Err(error) = outcome {
            assert!(
                error.is(ErrorKind::Timeout) && error.message().contains("lab: GET /x"),
                "{error:?}"
            );
        }
        assert_eq!(seen.is_some(), timeout.is_some());
    }
}

#[test]
fn errors_name_the_call_and_keep_secrets() {
    let endpoint = Endpoint::put("/x/{id}")
        .with_segment("id", "seven")
        .with_query("sig", "s3cret")
        .with_header("x-key", "s3cret")
        .with_json(&"s3cret");
    let broken = answer(200, r#"{"token":"s3cret","id":"s3cret"}"#);
    let error = block_on(
        Backend::scripted(&ManualClock::new(), [broken])
            .client()
            .json::<Vec<u8>>(&context(), &endpoint),
    );
    let read_error = error.unwrap_err();
    for error in [
        ask(answer(500, r#"{"token":"s3cret"}"#), &endpoint).unwrap_err(),
        ask(refused(), &endpoint).unwrap_err(),
        ask(answer(200, "s3cret"), &endpoint).unwrap_err(),
        read_error,
    ] {
        assert!(error.message().starts_with("lab: PUT /x/{id}: "), "{error}");
        assert!(!error.message().contains("seven"), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    let error = ask(answer(500, "down"), &endpoint).unwrap_err();
    assert_eq!(
        error.detail(),
        Some("PUT /api/x/seven: 500 Internal Server Error: down")
    );
}

#[test]
fn an_answer_that_cannot_be_read_is_the_backends_fault_and_says_where() {
    #[derive(Debug, serde::Deserialize)]
    struct Server {
        #[expect(dead_code, reason = "only its type matters")]
        cores: u32,
    }
    let backend = Backend::scripted(
        &ManualClock::new(),
        [answer(200, json!([{"cores": 1}, {"cores": "s3cret"}]))],
    );
    let error = block_on(backend.client().json::<Vec<Server>>(&context(), &Endpoint::get("/x"))).unwrap_err();
    assert_eq!(
        (error.kind(), error.fault(), error.retry()),
        (ErrorKind::Internal, Fault::Backend, Retry::Never)
    );
    let detail = error.detail().unwrap();
    assert!(
        detail.starts_with("[1].cores: ") && detail.contains("u32") && !detail.contains("s3cret"),
        "{detail}"
    );
}

#[test]
fn verdicts_fit_the_endpoint() {
    let (get, post) = (Endpoint::get("/x"), Endpoint::post("/x"));
    let cut = || Err(Error::new(ErrorKind::Unavailable, "cut"));
    for (script, endpoint, retry) in [
        (refused(), &get, Retry::Safe),
        (refused(), &post, Retry::Safe),
        (cut(), &get, Retry::IfIdempotent),
        (cut(), &post, Retry::Never),
        (answer(503, ""), &get, Retry::IfIdempotent),
        (answer(503, ""), &post, Retry::Never),
        (answer(429, ""), &post, Retry::Safe),
        (answer(409, ""), &get, Retry::Never),
    ] {
        let error = ask(script, endpoint).unwrap_err();
        assert_eq!(error.retry(), retry, "{error:?}");
    }
}

#[test]
fn what_is_missing_is_named_in_o2_words() {
    let endpoint = Endpoint::get("/aggregates/{id}")
        .with_segment("id", "7")
        .about("resourcePool", "p7");
    let error = ask(answer(404, "gone"), &endpoint).unwrap_err();
    assert_eq!(error.message(), "there is no resourcePool 'p7'");
    assert!(error.detail().unwrap().contains("gone"));
    let error = ask(answer(500, ""), &endpoint).unwrap_err();
    assert!(error.message().starts_with("lab: "), "{error}");
}

#[test]
fn a_status_that_is_not_expected_is_an_error_even_if_it_is_a_success() {
    let endpoint = Endpoint::post("/x").expecting([201]);
    assert!(ask(answer(201, "1"), &endpoint).is_ok());
    assert!(ask(answer(200, "1"), &endpoint).unwrap_err().is(ErrorKind::Internal));
}

#[test]
fn a_client_at_another_base_is_otherwise_the_same() {
    let backend = Backend::scripted(&ManualClock::new(), [answer(204, "")]);
    let client = backend.client().with_timeout(Duration::from_secs(7));
    let other = client.at(BaseUrl::parse("catalog", "https://other/v2").unwrap());
    block_on(other.call(&context(), &Endpoint::get("/x"))).unwrap();
    assert_eq!(backend.lines(), ["GET /v2/x"]);
    assert_eq!(backend.asked()[0].timeout, Duration::from_secs(7));
}
