//! Replies and list bodies.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, LINK, LOCATION};
use http::{HeaderName, StatusCode};
use o2_core::federation::Listing;
use o2_core::http::{ApiVersion, ETag, Exchange, PARTIAL, Reply};
use o2_core::query::{Params, Selection};
use o2_core::router::Failures;
use o2_core::{Context, Error, ErrorKind};
use serde_json::{Value, json};

use super::toy::{Toy, toy};

fn exchange(version: ApiVersion) -> Exchange {
    let mut exchange = Exchange::new(Context::new("r"), version, "/shop".into());
    exchange.target = "/shop/toys?limit=2&marker=m0".parse().unwrap();
    exchange.params = Params::parse("limit=2&marker=m0").unwrap();
    exchange
}

fn listing(ids: &[&str]) -> Listing<Toy> {
    Listing::complete(ids.iter().map(|id| Arc::new(toy(id))).collect())
}

fn body(reply: &Reply) -> Value {
    assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
    serde_json::from_slice(&reply.body).unwrap()
}

fn header(reply: &Reply, name: HeaderName) -> Option<&str> {
    reply.headers.get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn a_list_that_fits_on_one_page_is_only_items_in_v1() {
    let everything = Selection::everything();
    let items = json!([{"id": "a", "parts": []}, {"id": "b", "parts": []}]);
    let first = Reply::list(&exchange(ApiVersion::V1), &listing(&["a", "b"]), &everything).unwrap();
    assert_eq!(body(&first), json!({"items": items}));
    let second = Reply::list(&exchange(ApiVersion::V2), &listing(&["a", "b"]), &everything).unwrap();
    assert_eq!(
        body(&second),
        json!({"items": items, "pagination": {"totalCount": 2, "pageSize": 2}})
    );
    for reply in [first, second] {
        assert_eq!(
            (reply.status, header(&reply, LINK), header(&reply, PARTIAL)),
            (StatusCode::OK, None, None)
        );
    }
    let empty = Reply::list(&exchange(ApiVersion::V2), &listing(&[]), &everything).unwrap();
    assert_eq!(
        body(&empty),
        json!({"items": [], "pagination": {"totalCount": 0, "pageSize": 0}})
    );
}

#[test]
fn a_page_says_where_the_next_one_is() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let mut listing = listing(&["a"]);
        listing.next = Some("m1".into());
        listing.total = None;
        let reply = Reply::list(&exchange(version), &listing, &Selection::everything()).unwrap();
        let next = "/shop/toys?limit=2&marker=m1";
        assert_eq!(
            body(&reply)["pagination"],
            json!({"pageSize": 1, "nextPage": next}),
            "{version}"
        );
        assert_eq!(header(&reply, LINK), Some(&*format!("<{next}>; rel=\"next\"")));
    }
}

#[test]
fn who_is_missing_is_named_without_what_only_the_operator_may_see() {
    let mut listing = listing(&["a"]);
    listing.failures = Failures::new();
    let down = Error::new(ErrorKind::Unavailable, "connection refused").with_detail("10.0.0.7, password hunter2");
    listing.failures.push("aws".into(), down);
    listing.failures.push("edge".into(), Error::internal("secret"));
    let everything = Selection::everything();
    let first = Reply::list(&exchange(ApiVersion::V1), &listing, &everything).unwrap();
    assert_eq!(body(&first), json!({"items": [{"id": "a", "parts": []}]}));
    let second = Reply::list(&exchange(ApiVersion::V2), &listing, &everything).unwrap();
    assert_eq!(
        body(&second)["warnings"],
        json!([
            {"plugin": "aws", "error": "unavailable", "message": "connection refused"},
            {"plugin": "edge", "error": "internal", "message": "internal error"},
        ])
    );
    for reply in [first, second] {
        assert_eq!(header(&reply, PARTIAL), Some("aws=unavailable, edge=internal"));
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(!text.contains("hunter2") && !text.contains("secret"));
    }
}

#[test]
fn selectors_are_applied_to_every_item() {
    let params = Params::parse("exclude_fields=parts").unwrap();
    let selection = Selection::parse::<Toy>(&params).unwrap();
    let reply = Reply::list(&exchange(ApiVersion::V1), &listing(&["a"]), &selection).unwrap();
    assert_eq!(body(&reply), json!({"items": [{"id": "a"}]}));
    assert_eq!(
        body(&Reply::selected(&toy("a"), &selection).unwrap()),
        json!({"id": "a"})
    );
}

#[test]
fn replies_become_responses() {
    let reply = Reply::json(StatusCode::CREATED, &toy("a"))
        .unwrap()
        .with_location("/shop/toys/a")
        .with_etag(&ETag::version("7"));
    let response = reply.into_response();
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(
        (&response.headers()[LOCATION], &response.headers()[ETAG]),
        (&"/shop/toys/a".parse().unwrap(), &"\"7\"".parse().unwrap())
    );
    assert_eq!(response.body(), &Bytes::from("{\"id\":\"a\",\"parts\":[]}"));

    let text = Reply::text("text/plain; version=0.0.4", "x 1\n");
    assert_eq!(
        (header(&text, CONTENT_TYPE), &*text.body),
        (Some("text/plain; version=0.0.4"), &b"x 1\n"[..])
    );
    let empty = Reply::no_content();
    assert_eq!(
        (empty.status, empty.headers.len(), empty.body.len()),
        (StatusCode::NO_CONTENT, 0, 0)
    );
    let clean = empty.with_header(LINK, "a\r\nSet-Cookie: x");
    assert!(clean.headers.is_empty(), "a value that no header can hold is left out");
}

#[test]
fn what_cannot_be_written_is_our_defect() {
    let broken = std::collections::BTreeMap::from([(vec![1], 1)]);
    let error = Reply::ok(&broken).unwrap_err();
    assert!(error.is(ErrorKind::Internal));
    assert_eq!(error.message(), "internal error");
}
