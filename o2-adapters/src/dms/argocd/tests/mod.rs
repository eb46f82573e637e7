//! Configuration and health; mappings; what is sent; and the conformance suite, on a played cluster.

mod conformance;
mod controller;
mod definition;
mod others;
mod overdue;
mod requests;
mod sample;
mod standing;
mod values;
mod workloads;
mod world;

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::ports::Ports;
use o2_core::{Category, Context, Error, ErrorKind, PluginInfo, Result};
use o2_dms::DMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use world::Site;

fn built(config: &Value) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, BACKEND.kind, "test", BACKEND.version)?;
    (BACKEND.build)(info, config, &Ports::new(ManualClock::auto()))
}

fn example() -> Value {
    let example: Result<Value> =
        serde_saphyr::from_str(BACKEND.example).map_err(|error| Error::config(error.to_string()));
    example.unwrap()
}

#[test]
fn the_example_is_right_and_mistakes_are_named() {
    built(&example()).unwrap();
    built(&json!({})).unwrap();
    for (field, value, message) in [
        (
            "cluster",
            json!({"server": "nowhere"}),
            "cluster.server: must be an absolute",
        ),
        ("namespace", json!("Argo CD"), "namespace: 'Argo CD' must be"),
        ("targetNamespace", json!(""), "targetNamespace: '' must be"),
        ("tenantLabel", json!(""), "tenantLabel: must not be empty"),
        ("project", json!(""), "project: must not be empty"),
        ("projects", json!({"acme": ""}), "project: must not be empty"),
        ("destination", json!({}), "destination: say server or name"),
        (
            "destinations",
            json!({"a": {"server": "s", "name": "n"}}),
            "destinations.a: say server or name",
        ),
        (
            "destinations",
            json!({"a": {"name": "n", "cluster": {"token": "t"}}}),
            "destinations.a.cluster.token: needs",
        ),
        ("replicasPath", json!("a..b"), "replicasPath: 'a..b' is no path"),
        ("propagation", json!("orphan"), "propagation: unknown variant"),
        ("history", json!(0), "history: must be at least 1"),
        ("workTimeout", json!("0s"), "workTimeout: must be more than nothing"),
        ("unknown", json!(true), "unknown: unknown field"),
    ] {
        let mut config = example();
        config[field] = value;
        let error = built(&config).unwrap_err();
        assert!(
            error.is(ErrorKind::Config) && error.message().starts_with(message),
            "{field}: {error}"
        );
    }
}

#[tokio::test]
async fn health_says_what_is_missing() {
    let site = Site::empty().unwrap();
    let context = Context::new("test");
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    site.played.server.deny("secrets", &["list"]);
    site.plugin
        .list_deployment_packages(&context, &Default::default())
        .await
        .unwrap();
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Degraded, "{health:?}");
    site.played.server.stop_serving("applications.argoproj.io");
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Unhealthy);
    assert!(health.message.contains("Argo CD is not installed"));
    let listed = site.plugin.list_deployments(&context, &Default::default()).await;
    assert!(listed.unwrap_err().is(ErrorKind::Unavailable));
}
