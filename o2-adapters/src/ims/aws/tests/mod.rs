//! Configuration, faults, and the conformance suite.

mod conformance;
mod faults;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod live;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod live_nodes;
mod modes;
mod nodes;
mod played;
#[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
mod sockets;
mod world;

use std::sync::Arc;

use o2_core::ports::{Clock, Ports};
use o2_core::{Category, Error, ErrorKind, PluginInfo, Result};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use played::Played;

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn example() -> Result<Value> {
    let text = BACKEND.example.replace("${AWS_SECRET}", SECRET);
    serde_saphyr::from_str(&text).map_err(|error| Error::config(error.to_string()))
}

fn connected(config: &Value, played: &Arc<Played>, clock: Arc<dyn Clock>) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
    let ports = Ports::new(clock).with_http(Arc::clone(played) as _);
    (BACKEND.build)(info, config, &ports)
}

fn built(config: &Value) -> Result<Arc<dyn IMSPlugin>> {
    let clock = ManualClock::auto();
    connected(config, &Arc::new(Played::with_groups(clock.clone())), clock)
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let example = example().unwrap();
    let shown = format!("{:?}", built(&example).unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
    for (field, value, message) in [
        (
            "endpoint",
            json!("nowhere"),
            "endpoint: must be an absolute http or https URL",
        ),
        ("regions", json!([]), "regions: name at least one"),
        ("regions", json!(["EU West"]), "regions[0]: is no name of a region"),
        (
            "regions",
            json!(["eu-west-1", "eu-west-1"]),
            "regions[1]: is named twice",
        ),
        ("mode", json!("rack"), "mode: unknown variant"),
        (
            "credentials",
            json!({"accessKeyId": "A"}),
            "credentials: accessKeyId and secretAccessKey belong together",
        ),
        (
            "credentials",
            json!({"profile": "a", "provider": "b"}),
            "credentials: give keys, a profile or a provider",
        ),
        (
            "credentials",
            json!({"provider": "vault"}),
            "credentials.provider: the program gives no credentials 'vault'",
        ),
        ("timeout", json!("0s"), "timeout: must be more than nothing"),
        (
            "tenantTag",
            json!("aws:x"),
            "tenantTag: must be a key that is not of AWS itself",
        ),
        ("unknown", json!(true), "unknown: unknown field"),
    ] {
        let mut config = example.clone();
        config[field] = value;
        let error = built(&config).unwrap_err();
        assert!(
            error.is(ErrorKind::Config) && error.message().starts_with(message),
            "{error}"
        );
    }
}
