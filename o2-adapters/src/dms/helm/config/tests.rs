//! What is accepted, and how mistakes are named.

use o2_core::ErrorKind;
use serde_json::{Value, json};

use super::*;
use crate::kit::read_config;

fn read(config: &Value) -> Result<HelmConfig> {
    let config: HelmConfig = read_config(config)?;
    config.check().map(|()| config)
}

fn with_repository(more: &Value) -> Value {
    let mut repository = json!({"name": "edge", "type": "oci", "url": "oci://registry.example/charts"});
    repository
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"repositories": [repository]})
}

#[test]
fn mistakes_are_named() {
    for (config, named) in [
        (json!({"namespace": "Default"}), "namespace: 'Default'"),
        (json!({"namespaces": ["a", "b."], "namespace": "a"}), "namespaces[1]: "),
        (json!({"namespaces": ["a"]}), "namespace: must be one of"),
        (json!({"tenantLabel": "a/b/c"}), "tenantLabel: "),
        (json!({"tenantLabel": ""}), "tenantLabel: "),
        (json!({"program": ""}), "program: "),
        (json!({"cluster": {"client": "edge"}}), "kubeconfig: is needed"),
        (json!({"cluster": {"server": "nowhere"}}), "cluster.server"),
        (json!({"timeout": "0s"}), "timeout: must be at least 1s"),
        (json!({"readyTimeout": "10ms"}), "readyTimeout: "),
        (json!({"history": 1}), "history: "),
        (json!({"replicas": {"path": "a..b"}}), "replicas.path: "),
        (json!({"replicas": {"min": 1}}), "replicas.min"),
        (json!({"endpoint": "x"}), "endpoint"),
        (with_repository(&json!({"name": "Edge"})), "repositories[0].name: "),
        (
            with_repository(&json!({"name": "x".repeat(31)})),
            "repositories[0].name: ",
        ),
        (with_repository(&json!({"type": "git"})), "repositories[0].type"),
        (
            with_repository(&json!({"url": "registry.example"})),
            "repositories[0].url: ",
        ),
        (
            with_repository(&json!({"url": "https://registry.example"})),
            "repositories[0].url: ",
        ),
        (with_repository(&json!({"url": "oci://"})), "repositories[0].url: "),
        (
            with_repository(&json!({"url": "oci://u:s3cret@h/x"})),
            "repositories[0].url: ",
        ),
        (
            with_repository(&json!({"charts": ["../x"]})),
            "repositories[0].charts: ",
        ),
        (with_repository(&json!({"username": "u"})), "repositories[0].username: "),
        (
            with_repository(&json!({"password": "s3cret"})),
            "repositories[0].username: ",
        ),
        (
            with_repository(&json!({"token": "s3cret", "tokenSecret": "n"})),
            "repositories[0].password: ",
        ),
        (
            with_repository(&json!({"apiUrl": "https://h/api"})),
            "repositories[0].apiUrl: ",
        ),
        (
            with_repository(&json!({"type": "index", "url": "https://h", "uploads": true})),
            "repositories[0].uploads: ",
        ),
        (
            with_repository(&json!({"type": "index", "url": "https://h", "charts": ["a"]})),
            "repositories[0].charts: ",
        ),
        (
            with_repository(&json!({"type": "index", "url": "https://h", "plainHttp": true})),
            "repositories[0].plainHttp: ",
        ),
        (
            with_repository(&json!({"type": "index", "url": "oci://h"})),
            "repositories[0].url: ",
        ),
        (with_repository(&json!({"token": 7})), "repositories[0].token"),
        (
            json!({"repositories": [{"name": "a", "type": "index", "url": "https://h"}, {"name": "a", "type": "index", "url": "https://i"}]}),
            "repositories[1].name: there is",
        ),
    ] {
        let error = read(&config).unwrap_err();
        assert!(
            error.is(ErrorKind::Config) && error.message().contains(named),
            "{config}: {error}"
        );
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn everything_has_a_default_and_secrets_are_not_shown() {
    assert_eq!(read(&json!({})).unwrap(), HelmConfig::default());
    let config = json!({
        "environment": {"HTTPS_PROXY": "http://u:s3cret@proxy"},
        "repositories": [
            {"name": "a", "type": "oci", "url": "oci://r.example", "username": "u", "password": "s3cret", "plainHttp": true},
            {"name": "b", "type": "chartmuseum", "url": "https://m/org/repo", "token": "s3cret", "uploads": true, "tenant": "red"},
            {"name": "c", "type": "index", "url": "http://i/x/", "username": "u", "passwordSecret": "vault/x"},
        ],
    });
    let config = read(&config).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
    let ports = Ports::new(o2_testkit::ManualClock::new());
    for (number, repository) in config.repositories.iter().enumerate() {
        let open = repository.open(number, &ports).unwrap();
        assert!(!format!("{open:?}").contains("s3cret"), "{open:?}");
        assert_eq!(open.is_writable(), number != 2);
    }
}

use o2_core::ports::Ports;

#[test]
fn namespaces_limit_what_is_shown() {
    assert!(HelmConfig::default().manages("anything"));
    let config = read(&json!({"namespaces": ["a", "b"], "namespace": "b"})).unwrap();
    assert!(config.manages("a") && !config.manages("c"));
}
