//! Plugins that fail or lack an operation: whose fault it is, and who is named.

use http::Method;
use o2_core::{Error, ErrorKind, Fault};
use o2_ims::op;
use serde_json::{Value, json};

use super::plugin::Memory;
use super::world::{V2, World, is_problem, sampled, world};

fn requests() -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::GET, "/resourcePools", Value::Null),
        (Method::GET, "/resourcePools?sort=name", Value::Null),
        (Method::GET, "/resourcePools/p1", Value::Null),
        (Method::GET, "/resourcePools/p1/resources", Value::Null),
        (Method::GET, "/resourcePools/p1/events", Value::Null),
        (Method::GET, "/resources/r1", Value::Null),
        (Method::GET, "/alarms", Value::Null),
        (Method::POST, "/resourcePools", json!({"name": "n"})),
        (Method::PATCH, "/resourcePools/p1", json!({"replicas": 1})),
        (Method::DELETE, "/resourcePools/p1", Value::Null),
        (
            Method::POST,
            "/resources",
            json!({"resourceTypeId": "t1", "resourcePoolId": "p1"}),
        ),
        (Method::DELETE, "/resources/r1", Value::Null),
    ]
}

fn send(world: &World, (method, target, body): (Method, &'static str, Value)) -> o2_testkit::http::Answer {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    world.client.send(method, &format!("{V2}{target}"), text)
}

#[test]
fn the_kind_of_a_failure_decides_the_status_on_every_route() {
    type Failure = fn() -> Error;
    let backend: Failure = || Error::new(ErrorKind::Unauthenticated, "wrong password").with_fault(Fault::Backend);
    let rejected: Failure = || Error::invalid("the backend rejects it").with_fault(Fault::Backend);
    let failures: [(Failure, u16, &str); 9] = [
        (|| Error::new(ErrorKind::Unavailable, "down"), 503, "unavailable"),
        (|| Error::new(ErrorKind::Timeout, "late"), 504, "timeout"),
        (
            || Error::internal("password hunter2").with_fault(Fault::Backend),
            502,
            "internal",
        ),
        (|| Error::internal("password hunter2"), 500, "internal"),
        (|| Error::new(ErrorKind::RateLimited, "slow down"), 429, "rateLimited"),
        (
            || Error::new(ErrorKind::QuotaExceeded, "too many"),
            429,
            "quotaExceeded",
        ),
        (|| Error::conflict("not now"), 409, "conflict"),
        (backend, 502, "unauthenticated"),
        (rejected, 502, "invalidInput"),
    ];
    for (failure, status, error) in failures {
        let world = world();
        world.edge().break_down(Some(failure));
        for request in requests() {
            let answer = send(&world, request.clone());
            is_problem(&answer, status);
            assert_eq!(
                (&answer.body["error"], &answer.body["plugin"]),
                (&json!(error), &json!("edge")),
                "{request:?}"
            );
            assert!(!answer.body.to_string().contains("hunter2"));
        }
    }
}

#[test]
fn a_backend_that_says_when_to_come_back_is_quoted() {
    let world = world();
    world.edge().break_down(Some(|| {
        Error::new(ErrorKind::Unavailable, "restarting").with_retry_after(std::time::Duration::from_millis(2500))
    }));
    let answer = world.client.get(&format!("{V2}/resourcePools/p1"));
    assert_eq!((answer.status, answer.header("retry-after")), (503, "3"));
}

#[test]
fn what_a_plugin_lacks_is_501_with_both_names() {
    for (operation, method, target, body) in [
        (
            &op::LIST_DEPLOYMENT_MANAGERS,
            Method::GET,
            "/deploymentManagers",
            Value::Null,
        ),
        (
            &op::GET_DEPLOYMENT_MANAGER,
            Method::GET,
            "/deploymentManagers/m1",
            Value::Null,
        ),
        (&op::LIST_RESOURCE_POOLS, Method::GET, "/resourcePools", Value::Null),
        (&op::GET_RESOURCE_POOL, Method::GET, "/resourcePools/p1", Value::Null),
        (
            &op::CREATE_RESOURCE_POOL,
            Method::POST,
            "/resourcePools",
            json!({"name": "n"}),
        ),
        (
            &op::UPDATE_RESOURCE_POOL,
            Method::PUT,
            "/resourcePools/p1",
            json!({"name": "n"}),
        ),
        (
            &op::DELETE_RESOURCE_POOL,
            Method::DELETE,
            "/resourcePools/p1",
            Value::Null,
        ),
        (
            &op::GET_RESOURCE_POOL_METRICS,
            Method::GET,
            "/resourcePools/p1/metrics",
            Value::Null,
        ),
        (
            &op::LIST_RESOURCE_POOL_EVENTS,
            Method::GET,
            "/resourcePools/p1/events",
            Value::Null,
        ),
        (&op::LIST_RESOURCES, Method::GET, "/resources", Value::Null),
        (&op::GET_RESOURCE, Method::GET, "/resources/r1", Value::Null),
        (
            &op::CREATE_RESOURCE,
            Method::POST,
            "/resources",
            json!({"resourceTypeId": "t1", "resourcePoolId": "p1"}),
        ),
        (&op::DELETE_RESOURCE, Method::DELETE, "/resources/r1", Value::Null),
        (&op::LIST_RESOURCE_TYPES, Method::GET, "/resourceTypes", Value::Null),
        (&op::GET_RESOURCE_TYPE, Method::GET, "/resourceTypes/t1", Value::Null),
        (&op::LIST_ALARMS, Method::GET, "/alarms", Value::Null),
    ] {
        let world = World::of(vec![sampled(Memory::new("edge").without(operation))]);
        let answer = send(&world, (method, target, body));
        is_problem(&answer, 501);
        assert_eq!(
            (&answer.body["operation"], &answer.body["plugin"], &answer.body["error"]),
            (&json!(operation.name), &json!("edge"), &json!("unsupported")),
            "{target}"
        );
    }
}

#[test]
fn a_plugin_that_panics_is_our_defect_and_the_next_request_is_served() {
    let world = world();
    world
        .edge()
        .break_down(Some(|| panic!("the fake was told to, with password hunter2")));
    for request in requests() {
        let answer = send(&world, request);
        is_problem(&answer, 500);
        assert_eq!(
            (&answer.body["plugin"], &answer.body["detail"]),
            (&json!("edge"), &json!("internal error"))
        );
    }
    world.edge().break_down(None);
    assert_eq!(world.client.get(&format!("{V2}/resourcePools/p1")).status, 200);
}

#[test]
fn a_plugin_that_cannot_be_called_is_503_without_what_is_known_of_it() {
    let world = world();
    world
        .service
        .plugins()
        .registry()
        .mark_failed("edge", "password hunter2")
        .unwrap();
    for request in requests() {
        let answer = send(&world, request);
        is_problem(&answer, 503);
        assert!(!answer.body.to_string().contains("hunter2"), "{}", answer.body);
    }
    // What needs no plugin goes on.
    assert_eq!(world.client.get(&format!("{V2}/oCloud")).status, 200);
    assert_eq!(world.client.get(&format!("{V2}/subscriptions")).status, 200);
}
