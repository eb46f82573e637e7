//! Configurations made in code or from JSON values.

use serde_json::json;

use crate::config::{CategoryRouting, Config, PluginConfig, Plugins, RuleConfig};
use crate::id::PluginId;
use crate::operation::Category;

fn read(value: serde_json::Value) -> crate::Result<Config> {
    Config::from_value(value, "settings", &|_| None)
}

#[test]
fn nothing_written_is_the_default() {
    let default = Config::default();
    default.validate().unwrap();
    for empty in [
        json!(null),
        json!({}),
        json!({"plugins": null, "gateway": {}, "routing": {"ims": null}}),
    ] {
        assert_eq!(read(empty).unwrap(), default);
    }
    for category in [Category::Ims, Category::Dms, Category::Smo] {
        assert_eq!(default.default_plugin(category).map(PluginId::as_str), Some("memory"));
    }
    assert_eq!(default.default_plugin(Category::Observability), None);
}

#[test]
fn errors_of_values_name_the_path() {
    let error = read(json!({"gateway": {"name": 5}})).unwrap_err();
    assert_eq!(
        error.message(),
        "settings: gateway.name: expected text, found a number (put it in quotes)"
    );
    assert_eq!(error.violations()[0].at, "settings: gateway.name");
}

#[test]
fn configurations_made_in_code_are_checked_too() {
    let mut config = Config::default();
    config.routing.ims.rules.push(RuleConfig::new("edge", "dtias"));
    config.resilience.max_concurrency = 0;
    let error = config.validate().unwrap_err();
    assert_eq!(
        error.message(),
        "routing.ims.rules[0].plugin: unknown plugin 'dtias' (known: memory)\n\
         resilience.maxConcurrency: expected 1 or more"
    );
}

#[test]
fn the_default_plugin_is_named_marked_or_the_only_one() {
    let plugin = |name: &str, enabled, default| {
        let mut plugin = PluginConfig::new(name, "memory");
        (plugin.enabled, plugin.default) = (enabled, default);
        plugin
    };
    for (plugins, named, expected) in [
        (vec![plugin("a", true, false), plugin("b", true, true)], None, Some("b")),
        (
            vec![plugin("a", true, false), plugin("b", true, false)],
            Some("a"),
            Some("a"),
        ),
        (
            vec![plugin("a", true, false), plugin("b", false, false)],
            None,
            Some("a"),
        ),
        (vec![plugin("a", true, false), plugin("b", true, false)], None, None),
        (vec![], None, None),
    ] {
        let mut config = Config {
            plugins: Plugins::default(),
            ..Config::default()
        };
        config.plugins.ims = plugins;
        config.routing.ims = CategoryRouting {
            default: named.map(PluginId::new),
            ..CategoryRouting::default()
        };
        config.validate().unwrap();
        assert_eq!(config.default_plugin(Category::Ims).map(PluginId::as_str), expected);
    }
}

#[test]
fn deep_values_are_read_or_refused_but_never_crash() {
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }));
    let plugin = |config| json!({"plugins": {"ims": [{"name": "a", "type": "memory", "config": config}]}});
    assert!(read(plugin(deep(120))).is_ok());
    assert!(read(deep(128)).is_err());
}
