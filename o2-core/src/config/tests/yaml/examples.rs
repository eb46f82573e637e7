//! The example files and the documentation say what the code does.

use super::load;
use crate::config::{Config, FanOutStrategy};
use crate::operation::Category;

const GATEWAY: &str = include_str!("../../../../../examples/config/gateway.yaml");
const MULTI: &str = include_str!("../../../../../examples/config/multi.yaml");
const GUIDE: &str = include_str!("../../../../../docs/configuration.md");

#[test]
fn the_commented_example_repeats_the_defaults() {
    let mut config = load(GATEWAY).unwrap();
    // What the comments of the file call different from the default.
    assert_eq!(config.gateway.global_cloud_id.take().as_deref(), Some("7a1e4f7e-demo"));
    assert_eq!(config.identity.roles.pop().unwrap().name, "pool-keeper");
    config.identity.build().unwrap();
    assert_eq!(
        config.plugins.ims[0].metadata.remove("site").as_deref(),
        Some("laboratory")
    );
    assert_eq!(config.limits.of(&"smo-alpha".into()).max_resource_pools, Some(250));
    assert_eq!(config.limits.of(&"smo-alpha".into()).max_users, Some(200));
    config.limits = Config::default().limits;
    // The same as the default, said expressly.
    assert_eq!(
        config.gateway.default_page_size.take(),
        Some(Config::default().gateway.page_size())
    );
    for category in [Category::Ims, Category::Dms, Category::Smo] {
        let named = config.default_plugin(category).cloned();
        assert_eq!(named, Config::default().default_plugin(category).cloned());
    }
    config.routing = Config::default().routing;
    assert_eq!(config, Config::default());
}

#[test]
fn the_example_with_two_plugins_loads() {
    let config = load(MULTI).unwrap();
    assert_eq!(config.default_plugin(Category::Ims).unwrap().as_str(), "core");
    let ims = &config.routing.ims;
    assert_eq!(ims.rules.len(), 4);
    assert_eq!(ims.fan_out["resource"].strategy, FanOutStrategy::Merge);
    assert!(ims.fan_out["resource"].dedupe);
    assert_eq!(config.resilience.of(&config.plugins.ims[1]).timeout.to_string(), "5s");
}

#[test]
fn every_example_in_the_guide_loads() {
    let blocks: Vec<_> = GUIDE
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 6, "the guide has lost its examples");
    for block in blocks {
        load(block).unwrap_or_else(|error| panic!("{}\nin\n{block}", error.message()));
    }
}

#[test]
fn the_guide_lists_every_key() {
    for object in [
        "{zz: 1}",
        "plugins: {zz: 1}",
        "plugins: {ims: [{zz: 1}]}",
        "routing: {ims: {zz: 1}}",
        "routing: {ims: {rules: [{zz: 1}]}}",
        "routing: {ims: {rules: [{conditions: {zz: 1}}]}}",
        "routing: {ims: {fanOut: {x: {zz: 1}}}}",
        "gateway: {zz: 1}",
        "gateway: {reads: {zz: 1}}",
        "collectors: {zz: 1}",
        "plugins: {ims: [{name: x, type: x, collect: {zz: 1}}]}",
        "gateway: {apiVersions: {zz: 1}}",
        "identity: {zz: 1}",
        "identity: {source: {zz: 1}}",
        "identity: {roles: [{zz: 1}]}",
        "limits: {zz: 1}",
        "limits: {default: {zz: 1}}",
        "resilience: {zz: 1}",
        "resilience: {retry: {zz: 1}}",
        "resilience: {circuitBreaker: {zz: 1}}",
        "notifications: {zz: 1}",
        "notifications: {profiles: {zz: 1}}",
        "notifications: {circuitBreaker: {zz: 1}}",
        "notifications: {egress: {zz: 1}}",
        "notifications: {signing: {zz: 1}}",
        "notifications: {outbox: {zz: 1}}",
        "notifications: {deadLetters: {zz: 1}}",
    ] {
        let error = load(object).unwrap_err();
        let known = error
            .message()
            .split("(known: ")
            .nth(1)
            .and_then(|rest| rest.split(')').next());
        for key in known.unwrap().split(", ") {
            let told = GUIDE
                .split('`')
                .any(|code| code.split(['.', '[', ':']).any(|word| word == key));
            assert!(told, "docs/configuration.md does not tell '{key}' of {object}");
        }
    }
}
