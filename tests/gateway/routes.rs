//! Every route of the OpenAPI document, asked as the document says.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::support::sample::{Route, Sample, routes};
use crate::support::{Answer, POOL, POOLS, World, request, schema};

/// What the document says that the route answers with this status.
#[track_caller]
fn documented(route: &Route, status: u16) -> &Value {
    let answer = &route.operation["responses"][status.to_string()];
    assert!(
        answer.is_object(),
        "{} {} answers {status}, which is not documented",
        route.method,
        route.path
    );
    answer
}

/// Status, content type and body are as documented.
fn check(document: &Value, route: &Route, answer: &Answer) -> Vec<String> {
    let documented = documented(route, answer.status);
    let Some(content) = documented["content"].as_object() else {
        assert!(answer.body.is_empty(), "{} {} has a body", route.method, route.path);
        return Vec::new();
    };
    let content_type = answer.header("content-type");
    let media = content
        .get(content_type)
        .unwrap_or_else(|| panic!("{}: {content_type} is not documented", route.path));
    if content_type != "application/json" {
        return Vec::new();
    }
    let body = serde_json::from_slice(&answer.body).unwrap();
    schema::check(document, &media["schema"], &body)
}

#[test]
fn every_route_answers_as_documented() {
    let document = Sample::new().document();
    let mut wrong = Vec::new();
    for route in routes(&document) {
        let sample = Sample::new();
        let request = sample.request(&document, &route);
        let sent = format!(
            "{} {} {}",
            request.method(),
            request.uri(),
            String::from_utf8_lossy(request.body())
        );
        let answer = sample.world.send(request);
        // A batch with a failure in it is no success.
        if !(200..300).contains(&answer.status) || answer.status == 207 {
            wrong.push(format!("{sent}: {} {}", answer.status, answer.text()));
            continue;
        }
        wrong.extend(
            check(&document, &route, &answer)
                .into_iter()
                .map(|what| format!("{sent}: {what}")),
        );
        let location = answer.header("location");
        if (answer.status == 201 || !location.is_empty()) && sample.world.get(location).status != 200 {
            wrong.push(format!("{sent}: {}, and nothing is at '{location}'", answer.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_refusal_is_documented_too() {
    let world = World::new();
    let document = world.get("/openapi.json").expect(200);
    let schema = json!({"$ref": "#/components/schemas/ProblemDetails"});
    for answer in [
        world.get("/nothing"),
        world.get(&format!("{POOLS}?limit=x")),
        world.delete(&format!("{POOLS}/{POOL}")),
    ] {
        answer.problem();
        let body = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(schema::check(&document, &schema, &body), Vec::<String>::new());
    }
}

#[test]
fn other_methods_are_refused_with_those_that_are_there() {
    let sample = Sample::new();
    let document = sample.document();
    let routes = routes(&document);
    for route in &routes {
        let here: Vec<_> = routes
            .iter()
            .filter(|other| other.path == route.path)
            .map(|other| other.method.clone())
            .collect();
        let target = sample.target(&Route {
            method: Method::GET,
            ..route.clone()
        });
        let mut allowed: Vec<_> = here.iter().map(Method::as_str).collect();
        if here.contains(&Method::GET) {
            allowed.push("HEAD");
        }
        allowed.push("OPTIONS");
        allowed.sort_unstable();
        let allowed = allowed.join(", ");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            let method: Method = method.parse().unwrap();
            if allowed.split(", ").any(|known| known == method) {
                continue;
            }
            let answer = sample.world.ask(method.clone(), &target);
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, allowed.as_str()),
                "{method} {target}"
            );
            if method == Method::HEAD {
                assert!(answer.body.is_empty());
                continue;
            }
            let problem = answer.problem();
            assert_eq!(problem.error, "methodNotAllowed");
            assert_eq!(
                problem.detail,
                format!("{method} is not allowed here (allowed: {allowed})")
            );
        }
        let options = sample.world.ask(Method::OPTIONS, &target);
        assert_eq!(
            (options.status, options.header("allow")),
            (204, allowed.as_str()),
            "OPTIONS {target}"
        );
        assert!(options.body.is_empty());
    }
}

#[test]
fn head_is_get_without_the_body() {
    let sample = Sample::new();
    let document = sample.document();
    for route in routes(&document).iter().filter(|route| route.method == Method::GET) {
        let target = sample.target(route);
        // Both the first of their kind, so that counters agree.
        let get = Sample::new().world.get(&target);
        let head = Sample::new().world.ask(Method::HEAD, &target);
        assert!(head.body.is_empty(), "{target}");
        let same = |name: &str| assert_eq!(head.header(name), get.header(name), "{target}: {name}");
        assert_eq!(head.status, get.status, "{target}");
        [
            "content-type",
            "etag",
            "link",
            "location",
            "cache-control",
            "x-request-id",
        ]
        .into_iter()
        .for_each(same);
        if !target.ends_with("/subscriptions") && !target.contains("/subscriptions/") {
            assert_eq!(head.header("content-length"), get.body.len().to_string(), "{target}");
        }
    }
}

#[test]
fn the_request_keeps_its_id() {
    let world = World::new();
    let with_id = |target: &str, id: &str| {
        let request = request(Method::GET, target)
            .header("x-request-id", id)
            .body(Bytes::new())
            .unwrap();
        world.send(request).header("x-request-id").to_owned()
    };
    for target in [
        POOLS,
        "/nothing",
        "/healthz",
        "/o2ims/v1/resourcePools/%zz",
        "/o2ims/v1/resourcePools?limit=x",
    ] {
        assert_eq!(with_id(target, "req-7"), "req-7", "{target}");
        for unusable in ["", "a b", "größe", &"x".repeat(129)] {
            let id = with_id(target, unusable);
            assert!(id != unusable && !id.is_empty(), "{target}: {id}");
        }
    }
    let ids: std::collections::BTreeSet<_> = (0..10)
        .map(|_| world.get(POOLS).header("x-request-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 10);
}

#[test]
fn the_second_version_shows_more() {
    let world = World::new();
    let names = |target: &str| -> Vec<String> {
        let mut object = world.get(target).expect(200);
        if object["items"].is_array() {
            object = object["items"][0].take();
        }
        object.as_object().unwrap().keys().cloned().collect()
    };
    for (path, only_second) in [
        (
            format!("resourcePools/{POOL}"),
            ["health", "metrics", "tags", "createdAt", "updatedAt"].as_slice(),
        ),
        (
            "resourcePools".to_owned(),
            &["health", "tags", "createdAt", "updatedAt"],
        ),
        (
            "resources/node-000001".to_owned(),
            &["health", "createdAt", "updatedAt"],
        ),
        ("resources".to_owned(), &["health", "createdAt", "updatedAt"]),
    ] {
        let first = names(&format!("/o2ims/v1/{path}"));
        let second = names(&format!("/o2ims/v2/{path}"));
        let missing = |name: &&str| !first.contains(&(**name).to_owned()) && second.contains(&(**name).to_owned());
        assert!(only_second.iter().all(missing), "{path}: {first:?} {second:?}");
        assert!(
            first.iter().all(|name| second.contains(name)),
            "{path}: {first:?} {second:?}"
        );
    }
    assert!(
        world
            .get("/o2ims/v1/resourcePools")
            .expect(200)
            .get("pagination")
            .is_none()
    );
    let page = world.get("/o2ims/v2/resourcePools").expect(200)["pagination"].clone();
    assert_eq!(page, json!({"totalCount": 7, "pageSize": 7}));
    for only_second in ["metrics", "events"] {
        assert_eq!(
            world.get(&format!("{POOLS}/{POOL}/{only_second}")).problem().status,
            404
        );
        world
            .get(&format!("/o2ims/v2/resourcePools/{POOL}/{only_second}"))
            .expect(200);
    }
    assert_eq!(
        world.get("/o2ims/v1").expect(200),
        world.get("/o2ims/v1/oCloudInfrastructure").expect(200)
    );
}
