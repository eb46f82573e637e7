//! Configurations that cannot work.

use o2::core::config::Config;
use o2::{Gateway, Result};

/// What an operator is told about this configuration.
fn message(yaml: &str) -> String {
    let built = || -> Result<Gateway> {
        let config = Config::from_yaml(yaml, "gateway.yaml", &|_| None)?;
        Gateway::builder()
            .clock(o2_testkit::ManualClock::new())
            .config(config)
            .build()
    };
    let error = built().expect_err(yaml);
    assert!(error.is(o2::ErrorKind::Config), "{error:?}");
    error.message().to_owned()
}

#[test]
fn an_operator_is_told_where_what_and_what_instead() {
    for (yaml, expected) in [
        (
            "plugins:\n  ims:\n    - name: edge\n      type: memory\n      enabeld: false\n",
            "gateway.yaml:5: plugins.ims[0].enabeld: unknown key 'enabeld', did you mean 'enabled'? (known: name, type, \
             enabled, default, config, metadata, tenants, timeout, maxConcurrency, collect)",
        ),
        (
            "plugins: {ims: [{name: edge, type: memroy}]}",
            "plugins.ims: plugin 'edge' of type 'memroy': unknown ims plugin type 'memroy' (compiled in: memory",
        ),
        (
            "plugins: {ims: [{name: edge, type: equinix}]}",
            "plugins.ims: plugin 'edge' of type 'equinix': ims plugin type 'equinix' exists but is not compiled in; \
             enable the cargo feature 'equinix'",
        ),
        (
            "plugins: {ims: [{name: edge, type: memory, config: {noodles: 5}}]}",
            "plugins.ims: plugin 'edge' of type 'memory': noodles: unknown field `noodles`",
        ),
        (
            "plugins: {ims: [{name: edge, type: memory, config: {nodes: 0}}]}",
            "plugins.ims: plugin 'edge' of type 'memory': nodes: must be 1 to 1000000, not 0",
        ),
        (
            "plugins: {ims: [{name: edge, type: memory, config: {capabilities: [resource-pool]}}]}",
            "plugins.ims: plugin 'edge' of type 'memory': ",
        ),
        (
            "{plugins: {ims: [{name: edge, type: memory}]}, routing: {ims: {default: egde}}}",
            "gateway.yaml:1: routing.ims.default: ",
        ),
        (
            "{plugins: {ims: [{name: edge, type: memory}]}, routing: {ims: {rules: [{name: r, plugin: edge, \
             conditions: {capabilities: [resource-pols]}}]}}}",
            "routing rule 'r': ",
        ),
        (
            "identity: {source: {type: certificate}}",
            "gateway.yaml:1: identity.source: the key 'domain' is missing",
        ),
        (
            "gateway: {oCloudId: '${O_CLOUD}'}",
            "gateway.yaml:1: gateway.oCloudId: ",
        ),
    ] {
        let message = message(yaml);
        assert!(message.starts_with(expected), "{yaml}:\n{message}");
    }
}
