//! What an endpoint sends, and what it refuses to send.

use o2_core::ErrorKind;
use proptest::prelude::*;

use super::*;

fn base() -> BaseUrl {
    BaseUrl::parse("endpoint", "https://h/api/").unwrap()
}

#[test]
fn an_endpoint_becomes_a_uri() {
    for (endpoint, uri) in [
        (Endpoint::get("/a"), "https://h/api/a"),
        (Endpoint::get(""), "https://h/api"),
        (
            Endpoint::get("/a/{x}/b/{y}")
                .with_segment("y", "2/3")
                .with_segment("x", "{y}"),
            "https://h/api/a/%7By%7D/b/2%2F3",
        ),
        (
            Endpoint::get("/{id}/x").with_segments("id", "/s/a b"),
            "https://h/api/s/a%20b/x",
        ),
        (
            Endpoint::get("/a")
                .with_query("q", "a&b=c d")
                .with_query_if("n", None::<u32>),
            "https://h/api/a?q=a%26b%3Dc+d",
        ),
        (
            Endpoint::follow("https://h/other?x=1#top").with_query("y", 2),
            "https://h/other?x=1&y=2",
        ),
        (Endpoint::follow("/other"), "https://h/other"),
        (
            Endpoint::get("/a").with_query("b", 1).with_more_query("c=%20d&b=2&c=e"),
            "https://h/api/a?b=1&c=+d&c=e",
        ),
    ] {
        assert_eq!(endpoint.uri(&base()).unwrap().to_string(), uri, "{endpoint:?}");
    }
}

#[test]
fn a_wrong_endpoint_says_whose_mistake_it_is() {
    for (endpoint, kind) in [
        (Endpoint::get("/a/{x}"), ErrorKind::Internal),
        (Endpoint::get("/a").with_segment("x", "1"), ErrorKind::Internal),
        (Endpoint::get("/a").with_header("a b", "c"), ErrorKind::Internal),
        (Endpoint::get("/a").with_header("a", "c\r\nd: e"), ErrorKind::Internal),
        (Endpoint::follow("https://other/a"), ErrorKind::Internal),
        (Endpoint::follow("/a").with_segment("x", "1"), ErrorKind::Internal),
        (Endpoint::get("/a/{x}").with_segment("x", ""), ErrorKind::InvalidInput),
        (
            Endpoint::delete("/a/{x}").with_segment("x", ".."),
            ErrorKind::InvalidInput,
        ),
        (
            Endpoint::get("/a/{x}").with_segments("x", "a/../../b"),
            ErrorKind::InvalidInput,
        ),
    ] {
        let error = endpoint.uri(&base()).unwrap_err();
        assert!(error.is(kind), "{endpoint:?}: {error:?}");
    }
}

#[test]
fn the_method_says_whether_it_may_be_sent_twice() {
    assert!(Endpoint::get("/").is_idempotent() && Endpoint::put("/").is_idempotent());
    assert!(Endpoint::delete("/").is_idempotent());
    assert!(!Endpoint::post("/").is_idempotent() && !Endpoint::patch("/").is_idempotent());
    assert!(Endpoint::post("/search").idempotent(true).is_idempotent());
}

#[test]
fn any_success_is_expected_unless_statuses_are_named() {
    let any = Endpoint::get("/");
    let some = Endpoint::get("/").expecting([201, 404]);
    for (status, expected_by_any, expected_by_some) in [
        (200, true, false),
        (201, true, true),
        (204, true, false),
        (302, false, false),
        (404, false, true),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(
            (any.expects(status), some.expects(status)),
            (expected_by_any, expected_by_some),
            "{status}"
        );
    }
}

#[test]
fn bodies_carry_their_content_type() {
    let json = Endpoint::post("/").with_json(&serde_json::json!({"a": 1}));
    assert_eq!(
        (json.headers()["content-type"].as_bytes(), &json.body()[..]),
        (&b"application/json"[..], &b"{\"a\":1}"[..])
    );
    let form = Endpoint::post("/").with_form([("a", "b c"), ("d", "e&f")]);
    assert_eq!(&form.body()[..], b"a=b+c&d=e%26f");
}

#[test]
fn debug_output_has_no_values() {
    let endpoint = Endpoint::post("/a/{x}")
        .with_segment("x", "s3cret")
        .with_query("token", "s3cret")
        .with_header("x-key", "s3cret")
        .with_json(&"s3cret");
    let shown = format!("{endpoint:?}{:?}", Endpoint::follow("https://h/?s3cret"));
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(
        shown.contains("/a/{x}") && shown.contains("token") && shown.contains("x-key"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn no_value_leaves_its_place(segment in ".{0,12}", query in ".{0,12}") {
        let endpoint = Endpoint::get("/a/{x}/z").with_segment("x", &segment).with_query("q", &query);
        let Ok(uri) = endpoint.uri(&base()) else { return Ok(()) };
        let url = url::Url::parse(&uri.to_string()).unwrap();
        prop_assert_eq!(url.host_str(), Some("h"));
        prop_assert_eq!(url.path().split('/').count(), 5);
        prop_assert!(url.path().starts_with("/api/a/") && url.path().ends_with("/z"));
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, vec![("q".to_owned(), query)]);
    }
}
