//! Other spellings read the same as the canonical one, and variables are text wherever they stand.

use super::load;

const PLUGINS: &str = "
plugins:
  ims: [{name: a, type: memory, default: true}, {name: b, type: memory}]
";

/// Both texts, after the same plugins, are the same configuration.
fn same(other: &str, canonical: &str) {
    let read = |text| load(text).unwrap_or_else(|error| panic!("{}\n{text}", error.message()));
    assert_eq!(read(other), read(canonical), "{other}");
}

/// The two rules are the same.
fn same_rule(other: &str, canonical: &str) {
    let routing = |rule| format!("{PLUGINS}routing: {{ims: {{rules: [{{name: r, {rule}}}]}}}}");
    same(&routing(other), &routing(canonical));
}

#[test]
fn lists_of_plugins_have_other_names() {
    let canonical = "plugins: {ims: [{name: a, type: x}], dms: [{name: b, type: y}], smo: [{name: c, type: z}]}";
    for other in [
        "{adapters: [{name: a, type: x}], dmsAdapters: [{name: b, type: y}], smoAdapters: [{name: c, type: z}]}",
        "{imsAdapters: [{name: a, type: x}], plugins: {dms: [{name: b, type: y}], smo: [{name: c, type: z}]}}",
        "{plugins: [{category: ims, name: a, type: x}, {category: smo, name: c, type: z}], dmsAdapters: [{name: b, type: y}]}",
        "plugins: [{category: smo, name: c, type: z}, {name: b, type: y, category: DMS}, {category: ims, name: a, type: x}]",
    ] {
        same(other, canonical);
    }
}

#[test]
fn routing_without_category_is_of_infrastructure() {
    same(
        &format!(
            "{PLUGINS}routing: {{default: a, fallback: [b], rules: [{{name: r, plugin: b}}], fanOut: {{resource: {{strategy: first}}}}}}"
        ),
        &format!(
            "{PLUGINS}routing: {{ims: {{default: a, fallback: [b], rules: [{{name: r, plugin: b}}], fanOut: {{resource: {{strategy: first}}}}}}}}"
        ),
    );
    same(
        &format!("{PLUGINS}routing: {{ims: {{fanOut: {{ResourcePool: {{dedupe: true}}}}}}}}"),
        &format!("{PLUGINS}routing: {{ims: {{fanOut: {{resourcePool: {{dedupe: true, strategy: merge}}}}}}}}"),
    );
}

#[test]
fn rules_and_conditions_have_other_spellings() {
    for (other, canonical) in [
        (
            "adapter: b",
            "plugin: b, priority: 0, resourceType: '*', conditions: {}",
        ),
        (
            "plugin: b, resourceType: ResourcePool",
            "plugin: b, resourceType: resourcePool",
        ),
        (
            "adapter: b, filter: {extensions.type: bare-metal, extensions.hasGPU: true}",
            "plugin: b, conditions: {extensions: {type: bare-metal, hasGPU: true}}",
        ),
        (
            "plugin: b, filter: {labels.infrastructure.type: edge, labels: {tier: gold}}",
            "plugin: b, conditions: {labels: {infrastructure.type: edge, tier: gold}}",
        ),
        (
            "plugin: b, filter: {location: dc-}",
            "plugin: b, conditions: {location: {prefix: dc-}}",
        ),
        (
            "plugin: b, filter: {location.prefix: dc-}",
            "plugin: b, conditions: {location: {prefix: dc-}}",
        ),
        (
            "plugin: b, conditions: {gitOps: true}",
            "plugin: b, conditions: {capabilities: [gitops]}",
        ),
        (
            "plugin: b, conditions: {gitOps: true, capabilities: [rollback]}",
            "plugin: b, conditions: {capabilities: [rollback, gitops]}",
        ),
    ] {
        same_rule(other, canonical);
    }
}

#[test]
fn saying_the_same_twice_is_told() {
    let rule = |rule: &str| format!("{PLUGINS}routing:\n  rules:\n    - {{name: r, {rule}}}");
    for (text, expected) in [
        (
            format!("{PLUGINS}imsAdapters: []"),
            "gateway.yaml:4: imsAdapters: 'imsAdapters' and 'plugins.ims' (line 3) mean the same; keep one of them",
        ),
        (
            "adapters: []\nimsAdapters: []".to_owned(),
            "gateway.yaml:2: imsAdapters: 'imsAdapters' and 'adapters' (line 1) mean the same; keep one of them",
        ),
        (
            format!("{PLUGINS}routing: {{rules: [], ims: {{rules: []}}}}"),
            "gateway.yaml:4: routing.rules: 'rules' and 'routing.ims.rules' (line 4) mean the same; keep one of them",
        ),
        (
            rule("plugin: a, adapter: a"),
            "gateway.yaml:6: routing.rules[0].adapter: 'adapter' and 'routing.rules[0].plugin' (line 6) mean the same; keep one of them",
        ),
        (
            rule("plugin: a, filter: {}, conditions: {}"),
            "gateway.yaml:6: routing.rules[0].filter: 'filter' and 'routing.rules[0].conditions' (line 6) mean the same; keep one of them",
        ),
        (
            rule("plugin: a, filter: {labels.x: a, labels: {x: b}}"),
            "gateway.yaml:6: routing.rules[0].filter['labels.x']: 'labels.x' and 'routing.rules[0].filter.labels.x' (line 6) mean the same; keep one of them",
        ),
        (
            rule("plugin: a, conditions: {gitOps: false}"),
            "gateway.yaml:6: routing.rules[0].conditions.gitOps: write 'gitOps: true' or leave the key out",
        ),
        (
            "plugins: [{name: a, type: x}]".to_owned(),
            "gateway.yaml:1: plugins[0]: in a flat list every plugin is an object with the key 'category' (ims, dms, smo, observability)",
        ),
        (
            "plugins: [{name: a, type: x, category: imss}]".to_owned(),
            "gateway.yaml:1: plugins[0].category: unknown category 'imss', did you mean 'ims'? (known: ims, dms, smo, observability)",
        ),
        (
            "plugins: [{name: a, type: x, category: [ims]}]".to_owned(),
            "gateway.yaml:1: plugins[0].category: expected one of ims, dms, smo, observability, found a list",
        ),
    ] {
        assert_eq!(load(&text).unwrap_err().message(), expected, "for\n{text}");
    }
}

#[test]
fn parts_of_the_wrong_shape_are_told_whatever_the_spelling() {
    for (text, expected) in [
        (
            "{plugins: x, adapters: []}",
            "gateway.yaml:1: plugins: expected an object, found text",
        ),
        (
            "{routing: {rules: [], ims: x}}",
            "gateway.yaml:1: routing.ims: expected an object, found text",
        ),
        (
            "{routing: {rules: [x]}}",
            "gateway.yaml:1: routing.rules[0]: expected an object, found text",
        ),
        (
            "{routing: {rules: x}}",
            "gateway.yaml:1: routing.rules: expected a list, found text",
        ),
        (
            "{routing: {fanOut: x}}",
            "gateway.yaml:1: routing.fanOut: expected an object, found text",
        ),
        (
            "{routing: {rules: [{plugin: a, filter: {labels.x: y, labels: z}}]}}",
            "gateway.yaml:1: routing.rules[0].filter.labels: expected an object, found text",
        ),
        (
            "{routing: {rules: [{plugin: a, conditions: {gitOps: true, capabilities: z}}]}}",
            "gateway.yaml:1: routing.rules[0].conditions.capabilities: expected a list, found text",
        ),
    ] {
        let error = load(text).unwrap_err();
        assert_eq!(error.violations().len(), 1, "{}", error.message());
        assert_eq!(error.message(), expected, "for\n{text}");
    }
}

#[test]
fn variables_are_values_and_never_structure() {
    let config = load(
        "
plugins:
  ims:
    - name: a
      type: memory
      enabled: ${YES}
      config: {tricky: '${INJECTION}', page: '${PAGE}', price: $$5, '${PAGE}': key}
gateway:
  description: >-
    ${INJECTION}
  maxPageSize: ${PAGE}
  requestTimeout: ${NOT_SET:-5s}
",
    )
    .unwrap();
    let plugin = &config.plugins.ims[0];
    assert!(plugin.enabled);
    assert_eq!(
        plugin.config,
        serde_json::json!({"tricky": "x}\n  admin: true # [", "page": "50", "price": "$5", "${PAGE}": "key"})
    );
    assert_eq!(config.gateway.description, "x}\n  admin: true # [");
    assert_eq!(config.gateway.max_page_size, 50);
    assert_eq!(config.gateway.request_timeout.to_string(), "5s");
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let config = load(
        "
plugins:
  ims:
    - &edge {name: a, type: memory, config: {nodes: 5}}
    - <<: *edge
      name: b
",
    )
    .unwrap();
    assert_eq!(config.plugins.ims[1].config, config.plugins.ims[0].config);
}

#[test]
fn settings_may_be_nested() {
    let deep = format!("{}x{}", "{a: ".repeat(14), "}".repeat(14));
    load(&format!(
        "plugins: {{ims: [{{name: a, type: memory, config: {{deep: {deep}}}}}]}}"
    ))
    .unwrap();
}
