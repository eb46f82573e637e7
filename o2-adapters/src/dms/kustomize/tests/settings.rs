//! The configuration.

use o2_core::PluginInfo;
use o2_core::ports::Ports;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use crate::dms::kustomize::{BACKEND, KustomizeConfig};

#[test]
fn the_example_has_every_key() {
    let example: Value = serde_saphyr::from_str(BACKEND.example).unwrap();
    let config: KustomizeConfig = serde_json::from_value(example.clone()).unwrap();
    config.check().unwrap();
    let keys: Vec<_> = example.as_object().unwrap().keys().cloned().collect();
    let debug = format!("{config:?}");
    assert_eq!(debug.matches(": ").count().min(keys.len()), keys.len());
    assert_eq!(keys.len(), 15, "{keys:?}");
}

#[test]
fn what_is_wrong_is_named() {
    let cluster = json!({"client": "test"});
    for (config, says) in [
        (json!({"cluster": cluster, "program": ""}), "program: must not be empty"),
        (
            json!({"cluster": cluster, "namespaces": ["a"]}),
            "namespace: is not one of the namespaces",
        ),
        (
            json!({"cluster": cluster, "history": 0}),
            "history: must be more than nothing",
        ),
        (
            json!({"cluster": cluster, "history": 101}),
            "history: must be at most 100",
        ),
        (
            json!({"cluster": cluster, "buildTimeout": "0s"}),
            "buildTimeout: must be more than nothing",
        ),
        (
            json!({"cluster": cluster, "tenantLabel": ""}),
            "tenantLabel: must not be empty",
        ),
        (json!({"cluster": cluster, "programm": "x"}), "programm"),
    ] {
        let info = PluginInfo::new(o2_core::Category::Dms, "kustomize", "test", "1").unwrap();
        let ports = Ports::new(ManualClock::auto());
        let error = (BACKEND.build)(info, &config, &ports).err().unwrap();
        assert!(error.message().contains(says), "{config}: {error}");
    }
}
