//! Bodies, redaction, and what differs.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request};
use serde_json::json;

use super::{Body, Pattern, Redaction, SeenRequest};

fn seen(method: Method, uri: &str, body: &str) -> SeenRequest {
    let request = Request::builder().method(method).uri(uri);
    SeenRequest::of(request.body(Bytes::from(body.to_owned())).unwrap())
}

fn pattern(method: Method, target: &str) -> Pattern {
    Pattern::new(method, &target.parse().unwrap())
}

#[track_caller]
fn check(pattern: &Pattern, seen: &SeenRequest, expected: &[&str]) {
    let found: Vec<_> = pattern.differences(seen).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

#[test]
fn bodies_are_read_as_their_content_type_says() {
    for (bytes, kind, expected) in [
        ("", Some("application/json"), Body::Empty),
        (r#"{"a":1}"#, Some("application/json"), Body::Json(json!({"a": 1}))),
        (
            r#"{"a":1}"#,
            Some("application/merge-patch+json"),
            Body::Json(json!({"a": 1})),
        ),
        (r#"{"a":1}"#, None, Body::Json(json!({"a": 1}))),
        (r#"{"a":1}"#, Some("text/plain"), Body::Text(r#"{"a":1}"#.into())),
        ("{", Some("application/json"), Body::Text("{".into())),
        (
            "a=1&b=x+y%26",
            Some("application/x-www-form-urlencoded"),
            Body::Form(vec![("a".into(), "1".into()), ("b".into(), "x y&".into())]),
        ),
    ] {
        assert_eq!(Body::read(&bytes.into(), kind), expected, "{bytes} as {kind:?}");
    }
    let binary = Bytes::from_static(&[0xff, 0, 1]);
    assert_eq!(Body::read(&binary, None), Body::Binary(binary));
}

#[test]
fn bodies_survive_being_written_down() {
    for body in [
        Body::Empty,
        Body::Json(json!([1, {"a": null}])),
        Body::Text("ä".into()),
        Body::Form(vec![("a b".into(), "&=".into())]),
        Body::Binary(Bytes::from_static(&[0xff, 0])),
    ] {
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(serde_json::from_str::<Body>(&text).unwrap(), body, "{text}");
        let kind = matches!(body, Body::Form(_)).then_some("application/x-www-form-urlencoded");
        assert_eq!(Body::read(&body.to_bytes(), kind), body);
    }
}

#[test]
fn every_difference_is_told_with_its_place() {
    let mut expected = pattern(Method::POST, "/pools?limit=5&x=1");
    expected.headers = vec![
        ("accept".parse().unwrap(), Some("application/json".into())),
        ("if-match".parse().unwrap(), None),
        ("x-auth-token".parse().unwrap(), Some("right".into())),
    ];
    expected.body = Some(Body::Json(
        json!({"name": "a", "tags": ["x", "y"], "password": "p", "gone": 1}),
    ));
    let mut found = seen(
        Method::PUT,
        "https://lab.test/pool?y=2&limit=6",
        r#"{"name": "b", "tags": ["x"], "password": "q", "new": true}"#,
    );
    found.headers.insert("if-match", HeaderValue::from_static("*"));
    found.headers.insert("x-auth-token", HeaderValue::from_static("wrong"));
    check(
        &expected,
        &found,
        &[
            "method: expected POST, got PUT",
            "path: expected /pools, got /pool",
            "query limit: expected '5', got '6'",
            "query x: expected '1', got nothing",
            "query y: expected nothing, got '2'",
            "header accept: expected application/json, got nothing",
            "header if-match: expected nothing, got *",
            "header x-auth-token: expected a secret that is not shown, got a secret that is not shown",
            "body.gone: expected 1, got nothing",
            r#"body.name: expected "a", got "b""#,
            "body.new: expected nothing, got true",
            "body.password: expected a secret that is not shown, got a secret that is not shown",
            r#"body.tags[1]: expected "y", got nothing"#,
        ],
    );
}

#[test]
fn the_origin_is_compared_without_credentials() {
    let expected = pattern(Method::GET, "https://ann:s3cret@lab.test:8443/x");
    check(
        &expected,
        &seen(Method::GET, "https://bob:s3cret@lab.test:8443/x", ""),
        &[],
    );
    check(
        &expected,
        &seen(Method::GET, "https://bob:s3cret@lab.test/x", ""),
        &["origin: expected https://lab.test:8443, got https://lab.test"],
    );
    assert!(!expected.to_string().contains("s3cret"));
}

#[test]
fn the_order_of_parameters_and_fields_does_not_matter() {
    let mut expected = pattern(Method::GET, "/x?a=1&b=2&b=3");
    expected.body = Some(Body::Json(json!({"m": 1, "n": 2})));
    check(
        &expected,
        &seen(Method::GET, "http://h/x?b=2&a=1&b=3", r#"{"n":2,"m":1}"#),
        &[],
    );
    let swapped = seen(Method::GET, "http://h/x?b=3&a=1&b=2", r#"{"n":2,"m":1}"#);
    check(&expected, &swapped, &["query b: expected '2', '3', got '3', '2'"]);
}

#[test]
fn bodies_of_another_kind_differ_as_a_whole() {
    let mut expected = pattern(Method::POST, "/x");
    for (body, sent, difference) in [
        (Some(Body::Empty), "hello", Some("body: expected nothing, got 'hello'")),
        (Some(Body::Json(json!(1))), "no", Some("body: expected '1', got 'no'")),
        (Some(Body::Text("{}".into())), "{}", None),
        (
            Some(Body::Text("a".into())),
            "",
            Some("body: expected 'a', got nothing"),
        ),
        (None, "anything", None),
        (
            Some(Body::Form(vec![("a".into(), "1".into())])),
            "a=2",
            Some("body a: expected '1', got '2'"),
        ),
        (
            Some(Body::Binary(Bytes::from_static(&[0xff]))),
            "x",
            Some("body: expected 1 bytes that are no text, got 1 bytes that are no text"),
        ),
    ] {
        expected.body = body;
        let differences: Vec<_> = difference.into_iter().collect();
        check(&expected, &seen(Method::POST, "http://h/x", sent), &differences);
    }
}

#[test]
fn long_values_and_many_differences_are_cut() {
    let mut expected = pattern(Method::POST, "/x");
    expected.body = Some(Body::Json((0..100).collect()));
    let long = seen(Method::POST, "http://h/x", &format!("\"{}\"", "ä".repeat(1000)));
    let told = expected.differences(&long)[0].to_string();
    assert!(told.len() < 500 && told.ends_with("… (2002 bytes)"), "{told}");
    expected.body = Some(Body::Json((100..200).collect()));
    let many = seen(
        Method::POST,
        "http://h/x",
        &json!((0..100).collect::<Vec<_>>()).to_string(),
    );
    assert_eq!(expected.differences(&many).len(), 20);
}

#[test]
fn secrets_stay_secret_wherever_they_stand() {
    let redaction = Redaction::default().with_header("X-Lab-Token").with_field("pin");
    let mut headers = HeaderMap::new();
    for name in [
        "authorization",
        "cookie",
        "set-cookie",
        "x-auth-token",
        "x-subject-token",
        "x-lab-token",
    ] {
        headers.append(name, HeaderValue::from_static("s3cret"));
    }
    headers.append("accept", HeaderValue::from_static("*/*"));
    let shown = redaction.headers(&headers);
    assert_eq!(shown.iter().filter(|(_, value)| value == "(redacted)").count(), 6);
    assert!(shown.contains(&("accept".into(), "*/*".into())));
    let body = json!({
        "auth": {"password": {"user": {"name": "ann", "password": "s3cret"}}},
        "items": [{"Client-Secret": "s3cret", "pin": [1, 2], "token": null, "secret": false}],
    });
    let redacted = json!({
        "auth": {"password": {"user": {"name": "ann", "password": "(redacted)"}}},
        "items": [{"Client-Secret": "(redacted)", "pin": ["(redacted)", "(redacted)"], "token": null, "secret": false}],
    });
    assert_eq!(redaction.json(body), redacted);
    let form = Body::Form(vec![
        ("client_secret".into(), "s3cret".into()),
        ("a".into(), "b".into()),
    ]);
    assert!(!format!("{:?}", redaction.body(form)).contains("s3cret"));
}

#[test]
fn printing_a_request_shows_no_secret() {
    let mut request = seen(
        Method::POST,
        "https://h/login?user=ann&access_token=s3cret",
        r#"{"password": "s3cret"}"#,
    );
    request
        .headers
        .insert("authorization", HeaderValue::from_static("Bearer s3cret"));
    let printed = format!("{request} {request:?}");
    assert!(!printed.contains("s3cret"), "{printed}");
    assert!(
        printed.starts_with("POST /login?user=ann&access_token=(redacted) "),
        "{printed}"
    );
}
