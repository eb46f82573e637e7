//! The configuration.

use o2_core::{Error, ErrorKind, Result};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::line::Line;
use super::played::Played;
use super::{BACKEND, built, config};

fn check(config: &Value) -> Result<String> {
    let clock = ManualClock::auto();
    let line = std::sync::Arc::new(Line(Played::new(clock.clone())));
    built(config, line, clock).map(|plugin| format!("{plugin:?}"))
}

#[test]
fn the_example_is_right_and_mistakes_are_named() {
    let example: Result<Value> = serde_saphyr::from_str(&BACKEND.example.replace("${PASSWORD}", "hidden"))
        .map_err(|error| Error::config(error.to_string()));
    let shown = check(&example.unwrap()).unwrap();
    assert!(!shown.contains("hidden"), "{shown}");
    for (field, value, message) in [
        ("endpoint", json!("nowhere"), "endpoint: must be an absolute"),
        (
            "endpoint",
            json!("https://u:p@vcenter"),
            "endpoint: must be an absolute",
        ),
        ("username", json!(""), "username: must not be empty"),
        ("password", json!(null), "password: give either"),
        ("passwordName", json!("vcenter"), "password: give either"),
        ("mode", json!("pods"), "mode: unknown variant"),
        ("oCloudId", json!(""), "oCloudId: must not be empty"),
        ("attribute", json!(""), "attribute: must have"),
        ("datacenters", json!([""]), "datacenters: no name"),
        ("pageSize", json!(0), "pageSize: must be from 1"),
        ("watchSeconds", json!(601), "watchSeconds: must be from 1"),
        ("token", json!("x"), "token: unknown field"),
    ] {
        let mut config = config();
        config[field] = value;
        let error = check(&config).unwrap_err();
        assert!(error.is(ErrorKind::Config), "{error}");
        assert!(error.message().starts_with(message), "{field}: {error}");
    }
}
