//! Configuration and health; writes; and the conformance suite, on a played server and on a real one.

mod cloud;
mod conformance;
mod health;
mod machine_api;
mod refusals;
mod writes;

use std::sync::Arc;

use o2_core::ports::Ports;
use o2_core::{Category, Error, ErrorKind, PluginInfo, Result};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;

fn built(config: &Value) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
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
            "cluster.server: must be an absolute http or https URL",
        ),
        ("tenantLabel", json!(""), "tenantLabel: must not be empty"),
        ("namespace", json!(""), "namespace: must not be empty"),
        ("oCloudId", json!(""), "oCloudId: must not be empty"),
        ("poolLabels", json!([""]), "poolLabels: no label is empty"),
        ("hostPoolLabels", json!([""]), "hostPoolLabels: no label is empty"),
        ("pools", json!("namespaces"), "pools: unknown variant"),
        ("unknown", json!(true), "unknown: unknown field"),
    ] {
        let mut config = example();
        config[field] = value;
        let error = built(&config).unwrap_err();
        assert!(
            error.is(ErrorKind::Config) && error.message().starts_with(message),
            "{error}"
        );
    }
}
