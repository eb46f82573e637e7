//! Configuration and health; mappings; what is sent; and the conformance suite, on a played cluster.

mod conformance;
mod controllers;
mod definition;
mod objects;
mod others;
mod requests;
mod sample;
mod standing;
mod suspended;
mod values;
mod world;

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::ports::Ports;
use o2_core::{Category, Context, Error, ErrorKind, PluginInfo, Result};
use o2_dms::DMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use super::objects::Engine;
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
        ("namespace", json!("A"), "namespace: 'A' must be"),
        ("targetNamespace", json!(""), "targetNamespace: '' must be"),
        ("packageNamespace", json!("a.b"), "packageNamespace: 'a.b' must be"),
        ("tenantLabel", json!(""), "tenantLabel: must not be empty"),
        ("destinations", json!({"a": {}}), "destinations.a: missing field"),
        (
            "destinations",
            json!({"a": {"kubeConfigSecret": "s", "cluster": {"token": "t"}}}),
            "destinations.a.cluster.token: needs",
        ),
        ("replicasPath", json!("["), "replicasPath: '[' is no path"),
        ("history", json!(0), "history: must be at least 1"),
        ("interval", json!("10ms"), "interval: must be at least one second"),
        ("workTimeout", json!("0s"), "workTimeout: must be at least one second"),
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
    let site = Site::empty(Engine::Helm).unwrap();
    let (context, server) = (Context::new("test"), &site.played.server);
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    assert_eq!(
        health.details["controllers"],
        "helm-controller, kustomize-controller, source-controller"
    );
    server.deny("buckets", &["list"]);
    site.plugin
        .list_deployment_packages(&context, &Default::default())
        .await
        .unwrap();
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Degraded, "{health:?}");
    // One of the controllers is enough.
    server.stop_serving("kustomizations.kustomize.toolkit.fluxcd.io");
    assert!(
        site.plugin
            .list_deployments(&context, &Default::default())
            .await
            .is_ok()
    );
    for kind in [
        "helmreleases.helm.toolkit.fluxcd.io",
        "gitrepositories.source.toolkit.fluxcd.io",
    ] {
        server.stop_serving(kind);
    }
    let listed = site.plugin.list_deployments(&context, &Default::default()).await;
    assert!(listed.unwrap_err().is(ErrorKind::Unavailable));
}
