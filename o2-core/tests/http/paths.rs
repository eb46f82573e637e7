//! From the path of a request to its route.

use std::sync::Arc;

use http::Method;
use http::header::ALLOW;
use o2_core::ErrorKind;
use o2_core::http::{Api, Mount};
use o2_testkit::http::Client;
use serde_json::json;

use super::toy::{Shop, api, client, routes};

/// The values of the names in the path, or the status.
#[track_caller]
fn check(target: &str, expected: Result<&[&str], u16>) {
    let answer = client().get(target);
    let found = if answer.status == 200 {
        Ok(&answer.body["path"])
    } else {
        Err(answer.status)
    };
    assert_eq!(
        found.cloned(),
        expected.map(|path| json!(path)),
        "{target}: {}",
        answer.body
    );
}

#[test]
fn paths_find_their_route() {
    for (target, expected) in [
        ("/shop/v1", Ok(&[][..])),
        ("/shop/v1/", Ok(&[])),
        ("/shop/v1?x=y", Ok(&[])),
        ("/shop/v1/toys", Ok(&[])),
        ("/shop/v1/toys/", Ok(&[])),
        ("/shop/v1/toys/t1", Ok(&["t1"])),
        ("/shop/v1/toys/t1/", Ok(&["t1"])),
        ("/shop/v1/toys/special", Ok(&[])),
        ("/shop/v2/toys/special/parts/p", Ok(&["special", "p"])),
        ("/shop/v2/toys/t1/parts/p1", Ok(&["t1", "p1"])),
        ("/shop/v1/toys/t1/parts/p1", Err(404)),
        ("/shop", Err(404)),
        ("/shop/", Err(404)),
        ("/shop/v3/toys", Err(404)),
        ("/shop/v10/toys", Err(404)),
        ("/shop/v1x", Err(404)),
        ("/shop/V1/toys", Err(404)),
        ("/shop/v1/Toys", Err(404)),
        ("/shop/v1//toys", Err(404)),
        ("/shop/v1/toys//", Err(404)),
        ("/shop/v1/toys/t1//", Err(404)),
        ("/shop/v1/toys//parts/p", Err(404)),
        ("/", Err(404)),
    ] {
        check(target, expected);
    }
}

#[test]
fn ids_are_decoded_once_and_a_slash_in_them_is_no_separator() {
    for (target, expected) in [
        ("/shop/v1/toys/a%2Fb", Ok(&["a/b"][..])),
        ("/shop/v1/toys/a%2fb%2F", Ok(&["a/b/"])),
        ("/shop/v1/toys/a%252Fb", Ok(&["a%2Fb"])),
        ("/shop/v1/toys/aws~i-1", Ok(&["aws~i-1"])),
        ("/shop/v1/toys/aws%7Ei-1", Ok(&["aws~i-1"])),
        ("/shop/v1/toys/a+b", Ok(&["a+b"])),
        ("/shop/v1/toys/a%20b%00", Ok(&["a b\0"])),
        ("/shop/v1/toys/gr%C3%B6%C3%9Fe", Ok(&["größe"])),
        ("/shop/v1/toys/100%25", Ok(&["100%"])),
        ("/shop/v1/toys/specia%6C", Ok(&["special"])),
        ("/shop/v1/toys/%", Err(400)),
        ("/shop/v1/toys/%4", Err(400)),
        ("/shop/v1/toys/%zz", Err(400)),
        ("/shop/v1/toys/%ff", Err(400)),
        ("/shop/v1/nothing/%ff", Err(404)),
    ] {
        check(target, expected);
    }
    let error = api().locate("/shop/v1/toys/%ff").unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput) && error.message().contains("'%ff'"));
}

#[test]
fn other_names_lead_to_the_same_routes_in_every_version() {
    for name in ["toys", "dolls", "puppets"] {
        for version in ["v1", "v2"] {
            let answer = client().get(&format!("/shop/{version}/{name}/t1"));
            assert_eq!(answer.body["path"], json!(["t1"]), "{version} {name}");
            assert_eq!(
                (&answer.body["version"], &answer.body["root"]),
                (&json!(version), &json!(format!("/shop/{version}")))
            );
        }
    }
    check("/shop/v1/toys/dolls", Ok(&["dolls"]));
    check("/shop/v1/dolls/special", Ok(&[]));
    check("/shop/v1/dolls/x/toys", Err(404));
}

#[test]
fn methods_a_path_does_not_have_are_refused_with_those_it_has() {
    for (method, target, status, allowed) in [
        (Method::POST, "/shop/v1", 405, "GET, HEAD, OPTIONS"),
        (Method::DELETE, "/shop/v1/toys", 405, "GET, HEAD, OPTIONS, POST"),
        (
            Method::POST,
            "/shop/v1/toys/t1",
            405,
            "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
        ),
        (Method::GET, "/shop/v1/toys/t1/break", 405, "OPTIONS, POST"),
        (Method::HEAD, "/shop/v1/toys/t1/break", 405, "OPTIONS, POST"),
        (Method::OPTIONS, "/shop/v1/toys", 405, "GET, HEAD, OPTIONS, POST"),
        (
            Method::from_bytes(b"FETCH").unwrap(),
            "/shop/v1/toys",
            405,
            "GET, HEAD, OPTIONS, POST",
        ),
        (Method::HEAD, "/shop/v1/toys", 200, ""),
    ] {
        let answer = client().send(method.clone(), target, "");
        assert_eq!(
            (answer.status, answer.header(ALLOW)),
            (status, allowed),
            "{method} {target}"
        );
        assert_eq!(answer.is_problem(), status == 405, "{method} {target}");
    }
}

#[test]
fn every_route_is_listed_under_every_name() {
    let api = api();
    let routes = api.routes();
    let mut paths: Vec<_> = routes
        .iter()
        .map(|mounted| format!("{} {}", mounted.info.method, mounted.path))
        .collect();
    paths.sort_unstable();
    let before = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), before, "a route is there twice");
    // One of ten is the root, which has no other name; one is only in v2.
    assert_eq!(before, (1 + 8 * 3) + (1 + 9 * 3));
    for path in [
        "GET /shop/v1",
        "PATCH /shop/v2/dolls/{toyId}",
        "GET /shop/v2/puppets/{toyId}/parts/{partId}",
    ] {
        assert!(paths.iter().any(|known| known == path), "{path}");
    }
    for mounted in &routes {
        let located = api.locate(&mounted.path.replace(['{', '}'], "x")).unwrap().unwrap();
        let route = located.route(&mounted.info.method).unwrap();
        assert_eq!(located.info(route).summary, "Do it");
        assert_eq!(located.version, mounted.version);
    }
    assert!(format!("{api:?}").contains("/shop/v1"));
}

#[test]
fn an_api_without_versions_is_mounted_where_it_is_said() {
    for (root, target, expected) in [
        ("", "/toys/t1", 200),
        ("", "/", 200),
        ("", "", 200),
        ("/a/b", "/a/b/toys", 200),
        ("/a/b", "/a/bc/toys", 404),
        ("/a/b", "/toys", 404),
    ] {
        let api = Api::unversioned(Arc::new(Shop), root, routes());
        let found = api.locate(target).unwrap().is_some();
        assert_eq!(found, expected == 200, "{target} at {root}");
    }
    let client = Client::new(Arc::new(Api::unversioned(Arc::new(Shop), "", routes())));
    assert_eq!(client.get("/toys/a%2Fb").body["path"], json!(["a/b"]));
}
