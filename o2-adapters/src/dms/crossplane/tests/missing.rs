//! Configuration, health, and what is missing in the cluster.

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Category, Context, Error, ErrorKind, Fault, PluginInfo, Result};
use o2_dms::DMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::world::{Generation, Site, defined};
use crate::dms::crossplane::{BACKEND, DefinitionConfig};

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
    built(&json!({"definitions": [{"name": "as.example.org"}]})).unwrap();
    for (field, value, message) in [
        (
            "cluster",
            json!({"server": "nowhere"}),
            "cluster.server: must be an absolute",
        ),
        ("definitions", json!([]), "definitions: must name at least one"),
        (
            "definitions",
            json!([{"name": "edgeapps"}]),
            "definitions.0.name: 'edgeapps' must be",
        ),
        ("definitions", json!([{}]), "definitions[0]: missing field"),
        (
            "definitions",
            json!([{"name": "as.b"}, {"name": "as.b"}]),
            "definitions.1.name: 'as.b' is there twice",
        ),
        (
            "definitions",
            json!([{"name": "as.b", "replicasPath": "["}]),
            "definitions.0.replicasPath: '[' is no path",
        ),
        ("namespace", json!("A"), "namespace: 'A' must be"),
        ("targetNamespace", json!(""), "targetNamespace: '' must be"),
        ("tenantLabel", json!(""), "tenantLabel: must not be empty"),
        ("replicasPath", json!("["), "replicasPath: '[' is no path"),
        ("history", json!(0), "history: must be at least 1"),
        ("workTimeout", json!("0s"), "workTimeout: must be at least one second"),
        (
            "errorPatience",
            json!("10ms"),
            "errorPatience: must be at least one second",
        ),
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

/// Everything says what is missing, and that it is not the caller's doing.
async fn says(plugin: &dyn DMSPlugin, site: &Site, expected: &str) {
    let context = Context::new("test");
    let health = plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Unhealthy, "{health:?}");
    let errors = [
        plugin.list_deployments(&context, &ListQuery::new()).await.unwrap_err(),
        plugin
            .list_deployment_packages(&context, &ListQuery::new())
            .await
            .unwrap_err(),
        plugin.get_deployment(&context, &"no-such-id".into()).await.unwrap_err(),
        plugin
            .create_deployment(&context, &site.request("web"))
            .await
            .unwrap_err(),
        plugin.watch_deployments(&context, None).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        let told = error.is(ErrorKind::Unavailable) && error.fault() == Fault::Backend;
        assert!(told && error.message().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let site = Site::empty(Generation::Claims).unwrap();
    let (context, server) = (Context::new("test"), &site.played.server);
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    assert_eq!(health.details["kinds"], "edgeappclaims.platform.example.org");

    // One of two definitions.
    let both = site.configured(|config| config.definitions.push(DefinitionConfig::new(defined("others"))));
    says(
        &*both,
        &site,
        "does not have the definition others.platform.example.org",
    )
    .await;

    let kind = "CompositeResourceDefinition";
    server.update(kind, "", &defined("xedgeapps"), |definition| {
        definition["status"]["conditions"][1]["status"] = json!("False");
    });
    says(
        &*site.plugin,
        &site,
        "xedgeapps.platform.example.org (CompositeResourceDefinition) is not offered",
    )
    .await;
    server.update(kind, "", &defined("xedgeapps"), |definition| {
        definition["status"]["conditions"][1]["status"] = json!("True");
    });
    site.plugin.list_deployments(&context, &ListQuery::new()).await.unwrap();

    // What the definition says is not served yet.
    server.stop_serving("edgeappclaims.platform.example.org");
    let error = site
        .plugin
        .list_deployments(&context, &ListQuery::new())
        .await
        .unwrap_err();
    let named = error.message().contains("edgeappclaims.platform.example.org");
    assert!(named && error.is(ErrorKind::Unavailable), "{error}");

    for kind in ["compositeresourcedefinitions", "compositions", "compositionrevisions"] {
        server.stop_serving(&format!("{kind}.apiextensions.crossplane.io"));
    }
    says(&*site.plugin, &site, "Crossplane is not installed").await;
}
