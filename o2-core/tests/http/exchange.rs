//! What handlers learn from an exchange.

use http::header::IF_MATCH;
use o2_core::http::{ApiVersion, Exchange, IfMatch};
use o2_core::query::{PageLimits, Params};
use o2_core::{Context, Result};

use super::toy::Toy;

fn exchange(target: &str) -> Exchange {
    let mut exchange = Exchange::new(Context::new("r"), ApiVersion::V1, "/shop/v1".into());
    exchange.target = target.parse().unwrap();
    exchange.params = Params::parse(exchange.target.query().unwrap_or("")).unwrap();
    exchange
}

/// Where and why it is refused.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    let error = result.unwrap_err();
    assert!(error.is(o2_core::ErrorKind::InvalidInput));
    assert_eq!(error.violations().len(), 1);
    error.message().to_owned()
}

#[test]
fn flags_are_true_when_they_are_there() {
    for (target, expected) in [
        ("/t", false),
        ("/t?force", true),
        ("/t?force=", true),
        ("/t?force=true", true),
        ("/t?force=false", false),
        ("/t?forced=true", false),
    ] {
        assert_eq!(exchange(target).flag("force").unwrap(), expected, "{target}");
    }
    for target in [
        "/t?force=yes",
        "/t?force=1",
        "/t?force=TRUE",
        "/t?force=false&force=true",
        "/t?force&force",
    ] {
        assert!(
            refused(exchange(target).flag("force")).starts_with("force: "),
            "{target}"
        );
    }
}

#[test]
fn parameters_are_read_as_what_they_are() {
    let lines = |target: &str| exchange(target).parameter::<u32>("tail", "a number of lines");
    assert_eq!(lines("/t").unwrap(), None);
    assert_eq!(lines("/t?tail=5").unwrap(), Some(5));
    for target in ["/t?tail=-1", "/t?tail=", "/t?tail=x", "/t?tail=99999999999"] {
        assert_eq!(refused(lines(target)), "tail: must be a number of lines", "{target}");
    }
    assert_eq!(
        refused(lines("/t?tail=1&tail=2")),
        "tail: only one of tail may be given, once"
    );
}

#[test]
fn unknown_parameters_are_refused() {
    assert!(exchange("/t?a=1&b").expect_params(&["a", "b", "c"]).is_ok());
    assert!(exchange("/t").expect_params(&[]).is_ok());
    assert_eq!(
        refused(exchange("/t?a=1&d=2").expect_params(&["a", "b"])),
        "d: unknown query parameter (known: a, b)"
    );
    assert_eq!(
        refused(exchange("/t?d").expect_params(&[])),
        "d: no query parameters are known here"
    );
    let long = format!("/t?{}=1", "x".repeat(5000));
    assert!(refused(exchange(&long).expect_params(&[])).len() < 200);
}

#[test]
fn selectors_of_one_object_stand_beside_the_routes_own_parameters() {
    assert!(exchange("/t").selection::<Toy>(&[]).unwrap().is_everything());
    assert!(
        !exchange("/t?fields=parts/id&wait=5")
            .selection::<Toy>(&["wait"])
            .unwrap()
            .is_everything()
    );
    for (target, expected) in [
        ("/t?wait=5", "wait: unknown query parameter (known: fields,"),
        ("/t?limit=5", "limit: unknown query parameter"),
        ("/t?fields=colour", "fields: unknown attribute 'colour'"),
        (
            "/t?fields=parts&all_fields",
            "fields: fields and all_fields cannot be combined",
        ),
    ] {
        let message = refused(exchange(target).selection::<Toy>(&[]));
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn lists_are_read_with_the_limits_of_the_gateway() {
    let mut asked = exchange("/t?limit=20&id=x");
    asked.page_limits = PageLimits { default: 5, max: 20 };
    let query = asked.query::<Toy>().unwrap();
    assert_eq!(
        (query.limit, query.filter.to_string()),
        (Some(20), "(eq,id,x)".to_owned())
    );
    asked.page_limits.max = 19;
    assert_eq!(
        refused(asked.query::<Toy>()),
        "limit: '20' is not a whole number from 1 to 19"
    );
}

#[test]
fn the_next_page_is_this_request_with_another_marker() {
    for (target, expected) in [
        ("/shop/v1/toys", "/shop/v1/toys?marker=m+1%26"),
        ("/shop/v1/toys?", "/shop/v1/toys?marker=m+1%26"),
        (
            "/shop/v1/toys?marker=old&limit=2",
            "/shop/v1/toys?limit=2&marker=m+1%26",
        ),
        (
            "/shop/v1/toys?nextpage_opaque_marker=old",
            "/shop/v1/toys?marker=m+1%26",
        ),
        (
            "/shop/v1/a%2Fb/parts?all_fields",
            "/shop/v1/a%2Fb/parts?all_fields=&marker=m+1%26",
        ),
    ] {
        assert_eq!(exchange(target).next_page("m 1&"), expected);
    }
}

#[test]
fn the_next_page_asks_the_same() {
    let filter = "(eq,name,'a;b&c+d%');(in,tags,ä,'x''y')";
    let mut params = url::form_urlencoded::Serializer::new(String::new());
    params
        .append_pair("filter", filter)
        .append_pair("sort", "-name")
        .append_pair("fields", "a,b/c");
    let first = exchange(&format!("/t?{}", params.finish()));
    let second = exchange(&first.next_page("one"));
    let third = exchange(&second.next_page("two"));
    assert_eq!(third.params.get("marker"), Some("two"));
    assert_eq!(third.params.all("marker").count(), 1);
    for name in ["filter", "sort", "fields"] {
        assert_eq!(third.params.get(name), first.params.get(name), "{name}");
    }
}

#[test]
fn locations_are_safe_whatever_the_id() {
    for (id, expected) in [
        ("t1", "/shop/v1/toys/t1"),
        ("aws~i-1", "/shop/v1/toys/aws~i-1"),
        ("a/b?c#d", "/shop/v1/toys/a%2Fb%3Fc%23d"),
        ("größe 1%+", "/shop/v1/toys/gr%C3%B6%C3%9Fe%201%25%2B"),
        ("line\r\nbreak", "/shop/v1/toys/line%0D%0Abreak"),
    ] {
        let location = exchange("/t").location("toys", id);
        assert_eq!(location, expected);
        assert!(http::HeaderValue::from_str(&location).is_ok());
        let answer = super::toy::client().get(&location);
        assert_eq!(
            answer.body["path"],
            serde_json::json!([id]),
            "the location leads to the object"
        );
    }
}

#[test]
fn names_in_the_path_are_ids() {
    let exchange = exchange("/t");
    assert_eq!(exchange.id::<Toy>("toyId").as_str(), "");
    assert_eq!(exchange.path.get("toyId"), "");
    assert!(exchange.if_match().unwrap() == IfMatch::Unconditional);
    let mut conditional = self::exchange("/t");
    conditional.headers.insert(IF_MATCH, "\"7\"".parse().unwrap());
    assert_eq!(conditional.if_match().unwrap(), IfMatch::Tags(vec!["\"7\"".to_owned()]));
}
