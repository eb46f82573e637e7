//! Bodies: which are taken, and what is said of those that are wrong.

use bytes::Bytes;
use http::Method;
use http::header::CONTENT_TYPE;
use o2_core::http::{ApiVersion, Exchange};
use o2_core::{Context, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::toy::client;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Doll {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head_size: Option<u8>,
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    extensions: serde_json::Map<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

fn with(body: impl Into<Bytes>) -> Exchange {
    let mut exchange = Exchange::new(Context::new("r"), ApiVersion::V1, "/x".into());
    exchange.body = body.into();
    exchange
}

fn doll() -> Doll {
    let extensions = json!({"a": {"b": 1, "c": 2}, "d": [1, 2]});
    Doll {
        name: "Ann".into(),
        head_size: Some(3),
        extensions: extensions.as_object().unwrap().clone(),
        tags: vec!["old".into()],
    }
}

#[test]
fn content_types_are_those_of_the_route() {
    let toys = "/shop/v1/toys";
    let toy = "/shop/v1/toys/t1";
    for (content_type, body, [post, patch, put, delete]) in [
        ("", "{}", [200, 200, 200, 415]),
        ("", "", [200, 200, 200, 200]),
        ("application/json", "{}", [200, 200, 200, 415]),
        ("Application/JSON ; charset=utf-8", "{}", [200, 200, 200, 415]),
        ("application/merge-patch+json", "{}", [415, 200, 415, 415]),
        ("text/plain", "{}", [415, 415, 415, 415]),
        ("application/jsonp", "{}", [415, 415, 415, 415]),
        ("text/plain", "", [415, 415, 200, 200]),
        ("é", "{}", [415, 415, 415, 415]),
    ] {
        let client = match content_type {
            "" => client(),
            content_type => client().with_header(CONTENT_TYPE, content_type),
        };
        let send = |method: Method, path: &str| client.send(method, path, body).status;
        let found = [
            send(Method::POST, toys),
            send(Method::PATCH, toy),
            send(Method::PUT, toy),
            send(Method::DELETE, toy),
        ];
        assert_eq!(found, [post, patch, put, delete], "{content_type} {body}");
    }
}

#[test]
fn what_is_wrong_in_a_body_is_named_with_its_place() {
    for (body, at, reason) in [
        ("", "body", "a JSON body is required"),
        (" \n", "body", "a JSON body is required"),
        ("{", "body", "EOF while parsing an object at line 1 column 1"),
        ("{\"name\":\"a\",}", "body", "trailing comma at line 1 column 13"),
        ("{\"name\" \"a\"}", "body", "expected `:` at line 1 column 9"),
        ("{\"name\":\"a\"}}", "body", "trailing characters at line 1 column 13"),
        ("nonsense", "body", "expected ident at line 1 column 2"),
        ("[]", "body", "must be a JSON object, not a list"),
        ("\"x\"", "body", "invalid type: string \"x\", expected an object"),
        ("null", "body", "invalid type: null, expected an object"),
        ("{}", "body", "missing field `name`"),
        ("{\"name\":null}", "body.name", "invalid type: null, expected a string"),
        ("{\"name\":\"a\",\"name\":\"b\"}", "body", "duplicate field `name`"),
        (
            "{\"name\":\"a\",\"headSize\":-1}",
            "body.headSize",
            "invalid value: integer `-1`, expected a whole number from 0 to 255",
        ),
        (
            "{\"name\":\"a\",\"headSize\":300}",
            "body.headSize",
            "invalid value: integer `300`, expected a whole number from 0 to 255",
        ),
        (
            "{\"name\":\"a\",\"headSize\":1.5}",
            "body.headSize",
            "invalid type: floating point `1.5`, expected a whole number from 0 to 255",
        ),
        (
            "{\"name\":\"a\",\"head_size\":1}",
            "body.head_size",
            "unknown field `head_size`, expected one of `name`, `headSize`",
        ),
        (
            "{\"name\":\"a\",\"tags\":[\"x\",7]}",
            "body.tags[1]",
            "invalid type: integer `7`, expected a string",
        ),
        (
            "{\"name\":\"a\",\"extensions\":[]}",
            "body.extensions",
            "invalid type: array, expected an object",
        ),
        (
            "{\"name\":\"a\",\"extensions\":{\"x\":1e999}}",
            "body",
            "number out of range",
        ),
    ] {
        let error = with(body).json::<Doll>().unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{body}");
        let violation = &error.violations()[0];
        assert_eq!(violation.at, at, "{body}: {}", violation.reason);
        assert!(violation.reason.starts_with(reason), "{body}: {}", violation.reason);
    }
    for body in [&b"\xff"[..], b"{\"name\":\"\xff\"}", b"\x00", b"\xef\xbb\xbf{}"] {
        assert_eq!(
            with(body).json::<Doll>().unwrap_err().violations()[0].at,
            "body",
            "{body:?}"
        );
    }
    let deep = "[".repeat(100_000);
    assert!(
        with(deep)
            .json::<serde_json::Value>()
            .unwrap_err()
            .is(ErrorKind::InvalidInput)
    );
}

#[test]
fn a_body_may_be_optional() {
    assert_eq!(with("").optional_json::<Doll>().unwrap(), None);
    assert_eq!(with(" \r\n\t").optional_json::<Doll>().unwrap(), None);
    assert_eq!(
        with("{\"name\":\"a\"}").optional_json::<Doll>().unwrap().unwrap().name,
        "a"
    );
    assert!(with("x").optional_json::<Doll>().is_err());
}

#[test]
fn patches_change_what_they_name_and_remove_what_is_null() {
    let patched = |patch: serde_json::Value| with(patch.to_string()).patched(&doll());
    assert_eq!(patched(json!({})).unwrap(), doll());
    let changed = patched(json!({"name": "Bea", "headSize": null, "tags": null})).unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.head_size, changed.tags),
        ("Bea", None, vec![])
    );
    let merged = patched(json!({"extensions": {"a": {"b": null, "x": 1}, "d": [3]}, "tags": ["new"]})).unwrap();
    assert_eq!(json!(merged.extensions), json!({"a": {"c": 2, "x": 1}, "d": [3]}));
    assert_eq!(merged.tags, ["new"]);
    // Removing what is not there changes nothing.
    assert_eq!(patched(json!({"extensions": {"none": null}})).unwrap(), doll());

    for (patch, at, reason) in [
        (json!([]), "body", "must be a JSON object, not a list"),
        (json!("x"), "body", "a merge patch is a JSON object"),
        (json!({"name": null}), "body", "missing field `name`"),
        (
            json!({"headSize": "x"}),
            "body.headSize",
            "invalid type: string \"x\", expected a whole number from 0 to 255",
        ),
        (
            json!({"nick": "x"}),
            "body.nick",
            "unknown field `nick`, expected one of",
        ),
        (
            json!({"extensions": 1}),
            "body.extensions",
            "invalid type: integer `1`, expected an object",
        ),
    ] {
        let error = patched(patch.clone()).unwrap_err();
        let violation = &error.violations()[0];
        assert_eq!(violation.at, at, "{patch}");
        assert!(violation.reason.starts_with(reason), "{patch}: {}", violation.reason);
    }
    assert!(with("").patched(&doll()).is_err());
}
