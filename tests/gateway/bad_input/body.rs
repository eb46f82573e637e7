//! Bodies: syntax, content type, fields, size.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::executor::block_on;
use futures::{Stream, StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{Method, Request};
use http_body::Frame;
use http_body_util::StreamBody;
use tower_service::Service;

use super::{Refusal, refuse};
use crate::support::{Answer, POOL, POOLS, World, request};

const KIB: usize = 1024;

fn send_as(content_type: Option<&str>, method: Method, target: &str, body: &str) -> Request<Bytes> {
    let builder = request(method, target);
    let builder = match content_type {
        Some(content_type) => builder.header(CONTENT_TYPE, content_type),
        None => builder,
    };
    builder.body(body.to_owned().into()).unwrap()
}

#[test]
fn what_is_wrong_in_a_body_is_named_with_its_place() {
    let world = World::new();
    let check = |method: Method, target: &str, body: &str, at, says| {
        let request = send_as(Some("application/json"), method, target, body);
        refuse(&world, request, (400, "invalidInput", at, says));
    };
    for (body, at, says) in [
        ("", "body", "a JSON body is required"),
        ("  \n", "body", "a JSON body is required"),
        ("{", "body", "EOF while parsing an object at line 1 column 1"),
        ("{\"name\": \"x\",}", "body", "trailing comma at line 1 column 14"),
        (
            "{\"name\": \"x\"} {}",
            "body",
            "trailing characters at line 1 column 15",
        ),
        ("{\"name\": 'x'}", "body", "expected value at line 1 column 10"),
        ("{\"name\": \"\\ud800\"}", "body", "line 1 column"),
        ("name=x", "body", "line 1 column 2"),
        ("[]", "body", "must be a JSON object"),
        ("[null, \"x\"]", "body", "must be a JSON object"),
        ("\"x\"", "body", "invalid type: string \"x\", expected an object"),
        ("null", "body", "invalid type: null, expected an object"),
        ("{}", "body", "missing field `name`"),
        (
            "{\"name\": 7}",
            "body.name",
            "invalid type: integer `7`, expected a string",
        ),
        ("{\"name\": null}", "body.name", "invalid type: null, expected a string"),
        ("{\"name\": \"x\", \"name\": \"y\"}", "body", "duplicate field `name`"),
        (
            "{\"name\": \"x\", \"tags\": [\"a\", 2]}",
            "body.tags[1]",
            "integer `2`, expected a string",
        ),
        (
            "{\"name\": \"x\", \"labels\": {\"a\": 1}}",
            "body.labels.a",
            "integer `1`, expected a string",
        ),
        (
            "{\"name\": \"x\", \"labels\": []}",
            "body.labels",
            "invalid type: array, expected an object",
        ),
        (
            "{\"name\": \"x\", \"nmae\": \"y\"}",
            "body.nmae",
            "unknown field `nmae`, expected one of `resourcePoolId`, `name`",
        ),
        ("{\"name\": \" \"}", "body.name", "must not be empty"),
        (
            "{\"name\": \"a\\u0000b\"}",
            "body.name",
            "must not contain control characters",
        ),
    ] {
        check(Method::POST, POOLS, body, at, says);
    }
    let long = format!("{{\"name\": \"{}\"}}", "ä".repeat(256));
    check(Method::POST, POOLS, &long, "body.name", "has more than 255 characters");
    let pool = format!("{POOLS}/{POOL}");
    for (body, at, says) in [
        ("[]", "body", "must be a JSON object"),
        (
            "{\"nmae\": \"y\"}",
            "body.nmae",
            "unknown field `nmae`, expected one of `name`",
        ),
        ("{\"name\": null}", "body", "missing field `name`"),
        (
            "{\"labels\": {\"a\": {}}}",
            "body.labels.a",
            "invalid type: object, expected a string",
        ),
        (
            "{\"resourcePoolId\": \"other\"}",
            "body.resourcePoolId",
            "unknown field `resourcePoolId`",
        ),
    ] {
        check(Method::PATCH, &pool, body, at, says);
    }
    for (body, at, says) in [
        (
            "{\"callback\": \"https://x/\", \"filter\": {\"poolId\": \"a\"}}",
            "body.filter.poolId",
            "expected one of",
        ),
        (
            "{\"callback\": \"https://x/\", \"filter\": 5}",
            "body.filter",
            "expected a filter expression or an object",
        ),
        (
            "{\"callback\": \"https://x/\", \"filter\": \"(eq,name\"}",
            "body.filter:8",
            "a value is missing",
        ),
        ("{\"callback\": \"smo\"}", "body.callback", "is not a URL"),
        (
            "{\"callback\": \"http://u:p@x/\"}",
            "body.callback",
            "must not contain a user name or password",
        ),
        ("{}", "body", "missing field `callback`"),
        (
            "{\"callback\": \"https://x/\", \"filterMode\": \"all\"}",
            "body.filterMode",
            "expected `select` or `suppress`",
        ),
    ] {
        check(Method::POST, "/o2ims/v1/subscriptions", body, at, says);
    }
}

#[test]
fn only_known_content_types_are_read() {
    let world = World::new();
    let good = "{\"name\": \"x\"}";
    let wrong: Refusal<'_> = (415, "unsupportedMediaType", "", "the body must be application/json");
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "json",
        "",
    ] {
        refuse(&world, send_as(Some(content_type), Method::POST, POOLS, good), wrong);
    }
    let pool = format!("{POOLS}/{POOL}");
    let says = "the body must be application/merge-patch+json or application/json";
    let patch = send_as(Some("application/json-patch+json"), Method::PATCH, &pool, "[]");
    refuse(&world, patch, (415, "unsupportedMediaType", "", says));
    let delete = send_as(Some("application/json"), Method::DELETE, &pool, good);
    refuse(&world, delete, (400, "badRequest", "", "this request takes no body"));
    let get = send_as(None, Method::GET, &pool, good);
    refuse(&world, get, (400, "badRequest", "", "this request takes no body"));

    for (number, content_type) in [Some("application/json; charset=utf-8"), Some("Application/JSON"), None]
        .into_iter()
        .enumerate()
    {
        let body = format!("{{\"name\": \"good-{number}\"}}");
        world
            .send(send_as(content_type, Method::POST, POOLS, &body))
            .expect(201);
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let world = World::of("gateway: {maxBodyBytes: 2048}");
    let body = |length: usize| format!("{{\"name\": \"x\"}}{}", " ".repeat(length - 13));
    let post = |length| send_as(Some("application/json"), Method::POST, POOLS, &body(length));
    refuse(
        &world,
        post(2049),
        (413, "payloadTooLarge", "", "the body has more than 2048 bytes"),
    );
    world.send(post(2048)).expect(201);
}

/// Sends a body in pieces, as a server would, without saying how long it is.
fn send_chunks<E>(world: &World, chunks: impl Stream<Item = Result<&'static str, E>> + Send + 'static) -> Answer
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let frames = chunks.map(|chunk| chunk.map(|text| Frame::data(Bytes::from(text))));
    let request = request(Method::POST, POOLS).header(CONTENT_TYPE, "application/json");
    let request = request
        .header(TRANSFER_ENCODING, "chunked")
        .body(StreamBody::new(frames))
        .unwrap();
    assert!(!request.headers().contains_key(CONTENT_LENGTH));
    let response = block_on(world.gateway.service().call(request)).unwrap();
    let (parts, body) = response.into_parts();
    let body = block_on(http_body_util::BodyExt::collect(body)).unwrap().to_bytes();
    Answer::of(http::Response::from_parts(parts, body))
}

#[test]
fn a_stream_is_read_to_the_limit_and_no_further() {
    let world = World::of("gateway: {maxBodyBytes: 4096}");
    let before = world.everything();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let endless = stream::repeat_with(move || {
        counted.fetch_add(KIB, Ordering::Relaxed);
        Ok::<_, Infallible>(const { str_of_blanks() })
    });
    let problem = send_chunks(&world, endless).problem();
    assert_eq!(
        (problem.status, problem.detail.as_str()),
        (413, "the body has more than 4096 bytes")
    );
    assert_eq!(sent.load(Ordering::Relaxed), 5 * KIB);
    assert_eq!(world.everything(), before);

    let good = stream::iter(["{\"name\":", " \"in-pieces\"", "}"].map(Ok::<_, Infallible>));
    send_chunks(&world, good).expect(201);
}

const fn str_of_blanks() -> &'static str {
    const BLANKS: [u8; KIB] = [b' '; KIB];
    match std::str::from_utf8(&BLANKS) {
        Ok(text) => text,
        Err(_) => "",
    }
}

#[test]
fn a_stream_that_breaks_off_or_stalls_is_refused() {
    let world = World::new();
    let before = world.everything();
    let broken = stream::iter([Ok("{\"name\": \"x\""), Err("connection reset")]);
    let problem = send_chunks(&world, broken).problem();
    assert_eq!((problem.status, problem.error.as_str()), (400, "badRequest"));
    assert_eq!(problem.detail, "the body ended early");

    let stalled = stream::iter([Ok::<_, Infallible>("{\"name\": \"x\"}")]).chain(stream::pending());
    let problem = send_chunks(&world, stalled).problem();
    assert_eq!((problem.status, problem.error.as_str()), (408, "requestTimeout"));
    assert_eq!(problem.detail, "the body did not arrive within 60 s");
    assert_eq!(world.everything(), before);
}
