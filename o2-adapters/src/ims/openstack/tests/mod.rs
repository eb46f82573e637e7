//! The configuration, and a played cloud for everything else.

#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod certificate;
mod conformance;
mod endpoints;
mod faults;
mod maps;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod peer;
mod played;
mod reading;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod real;
mod way;

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::ports::{Clock, HttpClient, Ports};
use o2_core::{Category, Context, Error, ErrorKind, PluginInfo, Result};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use played::Cloud;
use way::Way;

fn connected(config: &Value, cloud: &Arc<Cloud>, clock: Arc<dyn Clock>) -> Result<Arc<dyn IMSPlugin>> {
    let way = Way {
        cloud: Arc::clone(cloud),
        clock: Arc::clone(&clock),
    };
    built(config, Arc::new(way), clock)
}

fn built(config: &Value, http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
    (BACKEND.build)(info, config, &Ports::new(clock).with_http(http))
}

/// A plugin on a cloud, with some of its configuration changed.
fn plugin(cloud: &Arc<Cloud>, changes: &Value) -> Arc<dyn IMSPlugin> {
    let mut config = example().unwrap();
    for (field, value) in changes.as_object().unwrap() {
        config[field] = value.clone();
    }
    connected(&config, cloud, ManualClock::auto()).unwrap()
}

fn example() -> Result<Value> {
    let text = BACKEND.example.replace("${OS_APPLICATION_CREDENTIAL_SECRET}", "secret");
    serde_saphyr::from_str(&text).map_err(|error| Error::config(error.to_string()))
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let cloud = Cloud::new();
    let built = |config: &Value| connected(config, &cloud, ManualClock::auto());
    let example = example().unwrap();
    let shown = format!("{:?}", built(&example).unwrap());
    assert!(!shown.contains("\"secret\""), "{shown}");
    let url = "https://keystone";
    for (field, value, message) in [
        ("auth", Value::Null, "auth: must be there, or clouds"),
        (
            "auth",
            json!({"authUrl": "nowhere"}),
            "auth.authUrl: must be an absolute",
        ),
        ("auth", json!({"authUrl": url}), "auth: needs exactly one of"),
        (
            "auth",
            json!({"authUrl": url, "password": "a", "token": "b"}),
            "auth: needs exactly one of",
        ),
        (
            "auth",
            json!({"authUrl": url, "password": "a"}),
            "auth.username: must be there",
        ),
        (
            "auth",
            json!({"authUrl": url, "token": "a"}),
            "auth.projectName: must be there",
        ),
        (
            "auth",
            json!({"authUrl": url, "applicationCredentialSecret": "a"}),
            "auth.applicationCredentialId: must be there",
        ),
        (
            "clouds",
            json!({"secret": "a", "cloud": "b"}),
            "auth: must be there, or clouds, but not both",
        ),
        ("mode", json!("racks"), "mode: unknown variant"),
        ("pageSize", json!(0), "pageSize: must be from 1 to 1000"),
        ("unknown", json!(true), "unknown: unknown field"),
    ] {
        let mut config = example.clone();
        config[field] = value;
        let error = built(&config).unwrap_err();
        let right = error.is(ErrorKind::Config) && error.message().starts_with(message);
        assert!(right, "{field}: {error}");
    }
}

#[tokio::test]
async fn health_tells_the_region_and_the_version() {
    let plugin = plugin(&Cloud::new(), &json!({}));
    let health = plugin.health(&Context::new("test")).await;
    let details = |name: &str| health.details[name].as_str().to_owned();
    assert_eq!(health.status, HealthStatus::Healthy);
    assert_eq!(
        (details("region"), details("computeVersion")),
        ("RegionOne".into(), "2.104".into())
    );
}
