//! Every route, once, as it is meant to be used; and the document that describes them.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use o2_core::http::Mount;
use o2_core::http::openapi::{Info, document};
use o2_core::subscription;
use o2_ims::{api, op};
use o2_testkit::http::openapi::problems;
use serde_json::{Value, json};

use super::world::{V1, V2, is_problem, two, world};

/// Method, path as the table of routes has it, target, body, status.
fn every_route() -> Vec<(Method, &'static str, String, Value, u16)> {
    let get = |path: &'static str, target: &str| (Method::GET, path, target.to_owned(), Value::Null, 200);
    let with = |method: Method, path: &'static str, target: &str, body: Value, status: u16| {
        (method, path, target.to_owned(), body, status)
    };
    let batch = |path: &'static str, body: Value| (Method::POST, path, path.to_owned(), body, 200);
    let action = |word: &str, path: &'static str, status: u16| {
        let target = format!("{{subscription}}/{word}");
        (Method::POST, path, target, Value::Null, status)
    };
    let new = |name: &str| json!({"name": name, "resourcePoolId": name});
    let resource = |id: &str| json!({"resourceId": id, "resourceTypeId": "t1", "resourcePoolId": "p1"});
    let subscription = |host: &str| json!({"callback": format!("https://{host}/")});
    vec![
        get("/", ""),
        get("/oCloud", "/oCloud"),
        get("/deploymentManagers", "/deploymentManagers"),
        get("/deploymentManagers/{deploymentManagerId}", "/deploymentManagers/m1"),
        get("/resourcePools", "/resourcePools"),
        get("/resourcePools/{resourcePoolId}", "/resourcePools/p1"),
        get("/resourcePools/{resourcePoolId}/metrics", "/resourcePools/p1/metrics"),
        get("/resourcePools/{resourcePoolId}/events", "/resourcePools/p1/events"),
        get(
            "/resourcePools/{resourcePoolId}/resources",
            "/resourcePools/p1/resources",
        ),
        get(
            "/resourcePools/{resourcePoolId}/resources/{resourceId}",
            "/resourcePools/p1/resources/r1",
        ),
        get("/resources", "/resources"),
        get("/resources/{resourceId}", "/resources/r1"),
        get("/resourceTypes", "/resourceTypes"),
        get("/resourceTypes/{resourceTypeId}", "/resourceTypes/t1"),
        get("/alarms", "/alarms"),
        get("/subscriptions", "/subscriptions"),
        with(Method::POST, "/resourcePools", "/resourcePools", new("n1"), 201),
        with(
            Method::PUT,
            "/resourcePools/{resourcePoolId}",
            "/resourcePools/n1",
            json!({"name": "n1b"}),
            200,
        ),
        with(
            Method::PATCH,
            "/resourcePools/{resourcePoolId}",
            "/resourcePools/n1",
            json!({"replicas": 3}),
            200,
        ),
        with(
            Method::DELETE,
            "/resourcePools/{resourcePoolId}",
            "/resourcePools/n1",
            Value::Null,
            204,
        ),
        with(Method::POST, "/resources", "/resources", resource("n2"), 201),
        with(
            Method::DELETE,
            "/resources/{resourceId}",
            "/resources/n2",
            Value::Null,
            204,
        ),
        with(Method::POST, "/subscriptions", "/subscriptions", subscription("a"), 201),
        with(
            Method::GET,
            "/subscriptions/{subscriptionId}",
            "{subscription}",
            Value::Null,
            200,
        ),
        with(
            Method::PUT,
            "/subscriptions/{subscriptionId}",
            "{subscription}",
            subscription("b"),
            200,
        ),
        with(
            Method::PATCH,
            "/subscriptions/{subscriptionId}",
            "{subscription}",
            json!({}),
            200,
        ),
        action("pause", "/subscriptions/{subscriptionId}/pause", 200),
        action("resume", "/subscriptions/{subscriptionId}/resume", 200),
        // Nobody in this world can send notifications.
        action("test", "/subscriptions/{subscriptionId}/test", 501),
        with(
            Method::DELETE,
            "/subscriptions/{subscriptionId}",
            "{subscription}",
            Value::Null,
            204,
        ),
        batch("/batch/resourcePools", json!({"resourcePools": [new("b1"), new("b2")]})),
        batch(
            "/batch/resourcePools/update",
            json!({"updates": [{"resourcePoolId": "b1", "update": {"name": "c1"}}]}),
        ),
        batch("/batch/resourcePools/delete", json!({"resourcePoolIds": ["b1", "b2"]})),
        batch(
            "/batch/resources",
            json!({"resources": [resource("b3")], "atomic": true}),
        ),
        batch("/batch/resources/delete", json!({"resourceIds": ["b3"], "force": true})),
        batch("/batch/subscriptions", json!({"subscriptions": [subscription("c")]})),
        batch("/batch/subscriptions/delete", json!({"subscriptionIds": ["{listed}"]})),
    ]
}

#[test]
fn every_route_does_what_it_is_for() {
    for root in [V1, V2] {
        let world = world();
        let mut subscription = String::new();
        for (method, path, target, body, status) in every_route() {
            let since = api::routes()
                .into_iter()
                .find(|route| route.info.path == path && route.info.method == method);
            let is_there = root == V2 || since.unwrap().info.since.to_string() == "v1";
            let target = match target.strip_prefix("{subscription}") {
                Some(rest) => format!("{subscription}{rest}"),
                None => format!("{root}{target}"),
            };
            let listed = world.client.get(&format!("{root}/subscriptions"));
            let listed = listed
                .items()
                .first()
                .map_or("", |first| first["subscriptionId"].as_str().unwrap());
            let text = if body.is_null() {
                String::new()
            } else {
                body.to_string().replace("{listed}", listed)
            };
            let answer = world.client.send(method.clone(), &target, text);
            let expected = if is_there { status } else { 404 };
            assert_eq!(answer.status, expected, "{method} {target}: {}", answer.body);
            if path == "/subscriptions" && status == 201 {
                subscription = answer.header("location").to_owned();
            }
        }
    }
}

#[test]
fn the_table_above_has_every_route() {
    let tested: BTreeSet<_> = every_route()
        .into_iter()
        .map(|(method, path, ..)| format!("{method} {path}"))
        .collect();
    let routes = api::routes();
    let all: BTreeSet<_> = routes
        .iter()
        .map(|route| format!("{} {}", route.info.method, route.info.path))
        .collect();
    assert_eq!(tested, all);
    assert_eq!(routes.len(), all.len(), "no route is there twice");
    assert!(routes.iter().all(|route| !route.info.summary.is_empty()));
}

/// The names in a decoder's `unknown field …, expected one of …`.
fn expected(detail: &str) -> BTreeSet<String> {
    let quoted = detail.split('`').skip(1).step_by(2).skip(1);
    quoted.map(ToOwned::to_owned).collect()
}

#[test]
fn bodies_have_the_fields_that_are_documented() {
    let world = world();
    let created = world
        .client
        .post(&format!("{V2}/subscriptions"), &json!({"callback": "https://a/"}));
    let subscription = created.body["subscriptionId"].as_str().unwrap();
    let mut bodies = 0;
    for route in api::routes() {
        let Some(shape) = route.info.body_shape else { continue };
        let target = route
            .info
            .path
            .replace("{resourcePoolId}", "p1")
            .replace("{subscriptionId}", subscription);
        let answer = world
            .client
            .send(route.info.method.clone(), &format!("{V2}{target}"), "{\"unknown\":1}");
        super::world::is_wrong(&answer, "body.unknown");
        let documented: BTreeSet<String> = shape.fields().map(|field| field.name.to_owned()).collect();
        assert_eq!(
            expected(answer.body["detail"].as_str().unwrap()),
            documented,
            "{}",
            shape.name()
        );
        bodies += 1;
    }
    assert_eq!(bodies, 14);
}

/// Operations without a route of their own, and why.
const EXEMPT: &[(&str, &str)] = &[("watch_inventory", "changes are delivered to subscribers")];

#[test]
fn every_operation_of_plugins_has_a_route() {
    let routes = api::routes();
    for operation in op::ALL {
        let routed = routes.iter().any(|route| route.info.operation == *operation);
        let exempt = EXEMPT.iter().any(|(name, _)| *name == operation.name);
        assert!(routed != exempt, "{}", operation.name);
    }
    let own = [
        &op::GET_O_CLOUD,
        &subscription::op::LIST_SUBSCRIPTIONS,
        &subscription::op::GET_SUBSCRIPTION,
        &subscription::op::CREATE_SUBSCRIPTION,
        &subscription::op::UPDATE_SUBSCRIPTION,
        &subscription::op::DELETE_SUBSCRIPTION,
        &subscription::op::PAUSE_SUBSCRIPTION,
        &subscription::op::RESUME_SUBSCRIPTION,
        &subscription::op::TEST_SUBSCRIPTION,
    ];
    for route in &routes {
        let operation = route.info.operation;
        assert!(
            op::ALL.contains(&operation) || own.contains(&operation),
            "{}",
            operation.name
        );
        let method = &route.info.method;
        let batch = route.info.path.starts_with("/batch");
        assert!(
            operation.is_write() == (*method != Method::GET),
            "{method} {}",
            route.info.path
        );
        assert!(
            batch || (*method == Method::DELETE) == operation.name.starts_with("delete"),
            "{}",
            route.info.path
        );
    }
}

#[test]
fn words_stand_for_operations_and_every_operation_has_a_word() {
    let mut names = BTreeSet::new();
    for word in op::VOCABULARY {
        assert!(
            !word.operations.is_empty() && word.operations.iter().all(|one| op::ALL.contains(one)),
            "{}",
            word.name
        );
        for name in std::iter::once(&word.name).chain(word.aliases) {
            assert!(names.insert(*name), "{name} is there twice");
        }
    }
    for operation in op::ALL {
        let spoken = op::VOCABULARY.iter().any(|word| word.operations.contains(operation));
        // What happened in a pool comes with what the pool is.
        assert!(
            spoken || operation.name == "list_resource_pool_events",
            "{}",
            operation.name
        );
    }
}

#[test]
fn the_document_is_well_formed_and_names_every_route() {
    let api = api::api(Arc::clone(&world().service));
    let document = document(&Info::new("O2-IMS", "1", "Infrastructure."), &[&api]);
    assert_eq!(problems(&document), Vec::<String>::new());
    for mounted in api.routes() {
        let method = mounted.info.method.as_str().to_lowercase();
        assert!(document["paths"][&mounted.path][method].is_object(), "{}", mounted.path);
    }
    let schemas = &document["components"]["schemas"];
    for name in [
        "ResourcePool",
        "NewResourcePool",
        "Resource",
        "Alarm",
        "OCloudInfo",
        "PoolEvent",
        "BatchResult",
    ] {
        assert!(schemas[name]["properties"].is_object(), "{name}");
    }
}

#[test]
fn other_methods_are_refused_with_those_a_path_has() {
    let world = world();
    for (method, path, allowed) in [
        (Method::DELETE, "/resourcePools", "GET, HEAD, OPTIONS, POST"),
        (
            Method::POST,
            "/resourcePools/p1",
            "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
        ),
        (Method::PUT, "/resources/r1", "DELETE, GET, HEAD, OPTIONS"),
        (Method::POST, "/resourceTypes", "GET, HEAD, OPTIONS"),
        (Method::POST, "/", "GET, HEAD, OPTIONS"),
        (Method::GET, "/batch/resources", "OPTIONS, POST"),
    ] {
        let answer = world.client.send(method.clone(), &format!("{V2}{path}"), "");
        is_problem(&answer, 405);
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
}

#[test]
fn the_o_cloud_says_who_it_is_under_every_name() {
    let world = two();
    let expected = json!({
        "oCloudId": "oc-1", "globalCloudId": "global-1", "name": "The O-Cloud", "description": "", "serviceUri": "",
    });
    for target in ["", "/", "/oCloud", "/oCloudInfrastructure", "?all_fields"] {
        let answer = world.client.get(&format!("{V1}{target}"));
        assert_eq!((answer.status, &answer.body), (200, &expected), "{target}");
    }
    super::world::is_wrong(&world.client.get(&format!("{V1}?x=1")), "x");
    super::world::is_wrong(&world.client.get(&format!("{V1}?fields=nothing")), "fields");
}
