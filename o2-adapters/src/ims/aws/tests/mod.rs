//! Configuration, statuses and health; and the conformance suite.

mod conformance;

use std::sync::Arc;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use http::StatusCode;
use o2_core::plugin::HealthStatus;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse, Ports};
use o2_core::{Category, Context, Error, ErrorKind, Fault, PluginInfo, Result};
use o2_testkit::ManualClock;
use o2_ims::IMSPlugin;
use serde_json::{Value, json};

use super::BACKEND;
use super::client::refusal;

/// A backend that knows its version and nothing else.
#[derive(Debug)]
struct Script;

impl HttpClient for Script {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let request = request.request;
        let known = request.uri().path() == "/version" && request.headers()["authorization"] == "Bearer secret";
        let (status, body) = if known {
            (StatusCode::OK, r#"{"version":"1.2"}"#)
        } else {
            (StatusCode::NOT_FOUND, "{}")
        };
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = status;
        ready(Ok(response)).boxed()
    }
}

fn built(config: &Value) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
    let ports = Ports::new(ManualClock::auto()).with_http(Arc::new(Script));
    (BACKEND.build)(info, config, &ports)
}

fn example() -> Result<Value> {
    let text = BACKEND.example.replace("${TOKEN}", "secret");
    serde_saphyr::from_str(&text).map_err(|error| Error::config(error.to_string()))
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let example = example().unwrap();
    let shown = format!("{:?}", built(&example).unwrap());
    assert!(!shown.contains("secret"), "{shown}");
    for (field, value, message) in [
        ("endpoint", json!("nowhere"), "endpoint: must be an absolute http or https URL"),
        ("endpoint", json!("https://"), "endpoint: must be an absolute http or https URL"),
        ("token", json!(7), "token: invalid type"),
        ("unknown", json!(true), "unknown: unknown field"),
    ] {
        let mut config = example.clone();
        config[field] = value;
        let error = built(&config).unwrap_err();
        assert!(error.is(ErrorKind::Config) && error.message().starts_with(message), "{error}");
    }
}

#[test]
fn statuses_are_told_apart() {
    for (status, kind) in [
        (401, ErrorKind::PermissionDenied),
        (403, ErrorKind::PermissionDenied),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Internal),
        (503, ErrorKind::Unavailable),
    ] {
        let error = refusal(StatusCode::from_u16(status).unwrap(), b"because");
        assert_eq!((error.kind(), error.fault()), (kind, Fault::Backend), "{status}");
        assert!(!error.message().contains("because") && error.detail().unwrap().contains("because"));
    }
}

#[tokio::test]
async fn health_tells_the_version() {
    let plugin = built(&example().unwrap()).unwrap();
    let health = plugin.health(&Context::new("test")).await;
    assert_eq!((health.status, health.details["version"].as_str()), (HealthStatus::Healthy, "1.2"));
}
