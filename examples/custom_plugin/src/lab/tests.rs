//! Samples of what the controller sends, what each status means, and the configuration.

use std::sync::Arc;

use futures::executor::block_on;
use http::StatusCode;
use o2_core::plugin::HealthStatus;
use o2_core::ports::Ports;
use o2_core::query::{Filter, ListQuery};
use o2_core::{Category, Context, ErrorKind, Fault, PluginInfo, Result, Retry};
use o2_ims::{IMSPlugin, NewResourcePool, ResourcePoolUpdate};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::client::refusal;
use super::{BACKEND, map, wire};
use crate::controller::{Controller, InProcess, Mishap};

/// A group, as release 1 of the controller sends it, and as release 2 does.
#[test]
fn groups_become_pools() {
    for (sent, expected) in [
        (
            json!({
                "uuid": "g-1", "label": "radio", "note": "left", "rack": "hall-a/2", "size": 2, "project": "red",
                "tags": {"use": "radio"}, "props": {"lab.fans": 4}, "revision": 7, "created": "2026-01-01T00:00:00Z",
            }),
            json!({
                "resourcePoolId": "g-1", "name": "radio", "description": "left", "oCloudId": "lab",
                "location": "hall-a/2", "replicas": 2, "tenantId": "red", "labels": {"use": "radio"},
                "createdAt": "2026-01-01T00:00:00Z", "extensions": {"lab.fans": 4},
            }),
        ),
        (
            json!({
                "uuid": "g-2", "label": "spare", "size": 0, "revision": 1, "created": "2026-01-01T00:00:00Z",
                "colour": "of a later release",
            }),
            json!({
                "resourcePoolId": "g-2", "name": "spare", "description": "", "oCloudId": "lab", "replicas": 0,
                "createdAt": "2026-01-01T00:00:00Z",
            }),
        ),
    ] {
        let pool = map::pool(serde_json::from_value(sent.clone()).unwrap(), "lab");
        assert_eq!(json!(pool), expected);
        assert_eq!(pool.version.unwrap().as_str(), sent["revision"].to_string());
    }
}

#[test]
fn machines_become_resources() {
    for (power, health) in [
        ("on", HealthStatus::Healthy),
        ("off", HealthStatus::Degraded),
        ("burning", HealthStatus::Unhealthy),
    ] {
        let sent =
            json!({"uuid": "s-1", "group": "g-1", "model": "m-1", "serial": "SN1", "power": power, "project": null});
        let machine: wire::Machine = serde_json::from_value(sent).unwrap();
        let resource = map::resource(machine, "lab");
        assert_eq!(
            json!(resource),
            json!({
                "resourceId": "s-1", "resourcePoolId": "g-1", "resourceTypeId": "m-1", "name": "SN1",
                "description": "", "globalAssetId": "SN1", "health": {"status": health.as_str()},
            })
        );
    }
}

#[test]
fn what_the_controller_cannot_keep_is_refused() {
    let context = Context::new("test");
    let named = |name: &str, value: Value| {
        let new: NewResourcePool = serde_json::from_value(json!({"name": "new", name: value})).unwrap();
        map::created(&context, &new, "lab").map(drop)
    };
    for (name, value) in [
        ("resourcePoolId", json!("g-1")),
        ("oCloudId", json!("another")),
        ("globalLocationId", json!("x")),
        ("oCloudSiteId", json!("x")),
        ("tags", json!(["x"])),
    ] {
        let error = named(name, value.clone()).unwrap_err();
        assert_eq!(
            (error.kind(), error.violations()[0].at.as_str()),
            (ErrorKind::InvalidInput, name)
        );
        let update = serde_json::from_value::<ResourcePoolUpdate>(json!({"name": "new", name: value}));
        assert!(update.is_err() || map::updated(&update.unwrap()).is_err(), "{name}");
    }
    assert!(named("oCloudId", json!("lab")).is_ok());
}

#[test]
fn statuses_are_told_apart() {
    use ErrorKind::{Internal, InvalidInput, PermissionDenied, PreconditionFailed, RateLimited, Unavailable};
    for (status, kind, fault, retry) in [
        (400, InvalidInput, Fault::Caller, Retry::Never),
        (401, PermissionDenied, Fault::Backend, Retry::Never),
        (403, PermissionDenied, Fault::Backend, Retry::Never),
        (404, Internal, Fault::Backend, Retry::Never),
        (412, PreconditionFailed, Fault::Caller, Retry::Never),
        (422, InvalidInput, Fault::Caller, Retry::Never),
        (429, RateLimited, Fault::Backend, Retry::Safe),
        (500, Internal, Fault::Backend, Retry::Never),
        (503, Unavailable, Fault::Backend, Retry::IfIdempotent),
    ] {
        let error = refusal(StatusCode::from_u16(status).unwrap(), b"because");
        assert_eq!(
            (error.kind(), error.fault(), error.retry()),
            (kind, fault, retry),
            "{status}"
        );
        assert!(!error.message().contains("because") && error.detail().unwrap().contains("because"));
    }
}

fn built(config: &Value, ports: &Ports) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "lab", BACKEND.version)?;
    (BACKEND.build)(info, config, ports)
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let ports = Ports::new(ManualClock::new());
    let example: Value = serde_saphyr::from_str(&BACKEND.example.replace("${LAB_TOKEN}", "secret")).unwrap();
    let shown = format!("{:?}", built(&example, &ports).unwrap());
    assert!(!shown.contains("secret"), "{shown}");
    for (name, value, message) in [
        (
            "endpoint",
            json!("controller"),
            "endpoint: must be an absolute http or https URL without a query",
        ),
        (
            "endpoint",
            json!("https://c?a=b"),
            "endpoint: must be an absolute http or https URL without a query",
        ),
        ("endpoint", json!(7), "endpoint: invalid type"),
        ("token", json!(""), "token: must be visible ASCII characters"),
        ("token", json!("a\nb"), "token: must be visible ASCII characters"),
        ("colour", json!("red"), "colour: unknown field `colour`"),
    ] {
        let mut config = example.clone();
        config[name] = value;
        let error = built(&config, &ports).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[test]
fn health_is_that_of_the_controller() {
    let way = Arc::new(InProcess::new(Arc::new(Controller::new("t"))));
    let ports = Ports::new(ManualClock::new()).with_http(way.clone());
    let plugin = built(&json!({"endpoint": "http://c", "token": "t"}), &ports).unwrap();
    let health = || block_on(plugin.health(&Context::new("test")));
    assert_eq!(health().status, HealthStatus::Healthy);
    way.suffer(Some(Mishap::Down));
    assert_eq!(
        (health().status, health().message.as_str()),
        (HealthStatus::Unhealthy, "nobody listens there")
    );
}

#[test]
fn ids_that_no_controller_gives_are_not_asked_for() {
    let way = Arc::new(InProcess::new(Arc::new(Controller::new("t"))));
    way.suffer(Some(Mishap::Down));
    let ports = Ports::new(ManualClock::new()).with_http(way);
    let plugin = built(&json!({"endpoint": "http://c", "token": "t"}), &ports).unwrap();
    for id in ["", "..", "a/b", "a?b", "é", &"x".repeat(65)] {
        let error = block_on(plugin.get_resource_pool(&Context::new("test"), &id.into())).unwrap_err();
        assert!(error.is(ErrorKind::NotFound), "{id}: {error}");
    }
}

#[test]
fn a_taken_name_exists_already() {
    let way = Arc::new(InProcess::new(Arc::new(Controller::new("t"))));
    let ports = Ports::new(ManualClock::new()).with_http(way);
    let plugin = built(&json!({"endpoint": "http://c", "token": "t"}), &ports).unwrap();
    let context = Context::new("test");
    let error = block_on(plugin.create_resource_pool(&context, &NewResourcePool::new("spare"))).unwrap_err();
    assert!(error.is(ErrorKind::AlreadyExists), "{error}");
    let filter = ListQuery::new().with_filter(Filter::parse("(eq,location,hall-a/1)").unwrap());
    let page = block_on(plugin.list_resource_pools(&context, &filter)).unwrap();
    let pools: Vec<_> = page.items.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!((pools.as_slice(), page.total), (["commons", "edge"].as_slice(), None));
}
