//! Configuration and health; writes; and the conformance suite, on a played server and on a real one.

mod capi;
mod conformance;
mod paging;
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
        (
            "cluster",
            json!({"client": "unknown"}),
            "cluster.client: the program gives no client 'unknown'",
        ),
        ("tenantLabel", json!(""), "tenantLabel: must not be empty"),
        ("oCloudId", json!(""), "oCloudId: must not be empty"),
        ("poolLabels", json!([""]), "poolLabels: no label is empty"),
        ("volumes", json!("yes"), "volumes: invalid type"),
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
