//! What an operator reads when something is wrong.

use super::{check, load};

const PLUGIN_KEYS: &str = "name, type, enabled, default, config, metadata, tenants, timeout, maxConcurrency, \
                           collect";

#[test]
fn an_unknown_key_is_told_with_place_and_suggestion() {
    let text = "
plugins:
  ims:
    - name: one
      type: memory
      default: true
    - name: two
      type: memory
      enabeld: false
";
    check(
        text,
        &[&format!(
            "gateway.yaml:9: plugins.ims[1].enabeld: unknown key 'enabeld', did you mean 'enabled'? (known: {PLUGIN_KEYS})"
        )],
    );
}

#[test]
fn typos_in_every_section_are_told() {
    for (text, expected) in [
        (
            "pluggins: {}",
            "gateway.yaml:1: pluggins: unknown key 'pluggins', did you mean 'plugins'? (known: plugins, routing, gateway, identity, limits, resilience, notifications, collectors)",
        ),
        (
            "plugins: {isms: []}",
            "gateway.yaml:1: plugins.isms: unknown key 'isms', did you mean 'ims'? (known: ims, dms, smo, observability)",
        ),
        (
            "routing: {ims: {fallbacks: []}}",
            "gateway.yaml:1: routing.ims.fallbacks: unknown key 'fallbacks', did you mean 'fallback'? (known: default, fallback, rules, fanOut)",
        ),
        (
            "routing:\n  ims:\n    rules:\n      - plugin: memory\n        prioritiy: 5",
            "gateway.yaml:5: routing.ims.rules[0].prioritiy: unknown key 'prioritiy', did you mean 'priority'? (known: name, priority, plugin, resourceType, packageType, conditions, exclusive)",
        ),
        (
            "routing:\n  ims:\n    rules:\n      - plugin: memory\n        conditions: {lables: {}}",
            "gateway.yaml:5: routing.ims.rules[0].conditions.lables: unknown key 'lables', did you mean 'labels'? (known: labels, location, extensions, tenant, capabilities)",
        ),
        (
            "routing:\n  ims:\n    fanOut:\n      resourcePool: {strategy: mergee}",
            "gateway.yaml:4: routing.ims.fanOut.resourcePool.strategy: unknown value 'mergee', did you mean 'merge'? (known: merge, first, fallback)",
        ),
        (
            "gateway: {ocloudId: x}",
            "gateway.yaml:1: gateway.ocloudId: unknown key 'ocloudId', did you mean 'oCloudId'? (known: oCloudId, globalCloudId, name, description, baseUrl, defaultPageSize, maxPageSize, maxBodyBytes, requestTimeout, apiVersions, resourceWrites, reads)",
        ),
        (
            "gateway: {apiVersions: {imsV3: true}}",
            "gateway.yaml:1: gateway.apiVersions.imsV3: unknown key 'imsV3', did you mean 'imsV1'? (known: imsV1, imsV2, dmsV1, smoV1, adminV1)",
        ),
        (
            "identity: {source: {type: anonimous}}",
            "gateway.yaml:1: identity.source.type: unknown value 'anonimous', did you mean 'anonymous'? (known: anonymous, trustedHeader, certificate)",
        ),
        (
            "limits: {default: {maxPods: 1}}",
            "gateway.yaml:1: limits.default.maxPods: unknown key 'maxPods' (known: maxResourcePools, maxResources, maxSubscriptions, maxCpuCores, maxMemoryGb, maxDeployments, maxUsers, maxRequestsPerMinute)",
        ),
        (
            "resilience: {retry: {attemps: 1}}",
            "gateway.yaml:1: resilience.retry.attemps: unknown key 'attemps', did you mean 'attempts'? (known: attempts, initialBackoff, maxBackoff)",
        ),
        (
            "notifications: {profiles: {sead: []}}",
            "gateway.yaml:1: notifications.profiles.sead: unknown key 'sead', did you mean 'seed'? (known: seed, standard)",
        ),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn wrong_types_and_values_are_told_without_repeating_them() {
    for (text, expected) in [
        (
            "- a",
            "gateway.yaml:1: expected an object with the keys plugins, routing, gateway, identity, limits, resilience, notifications, collectors, found a list",
        ),
        (
            "gateway: hunter2",
            "gateway.yaml:1: gateway: expected an object, found text",
        ),
        (
            "gateway: {maxPageSize: hunter2}",
            "gateway.yaml:1: gateway.maxPageSize: expected a whole number, 0 or more, found text",
        ),
        (
            "gateway: {maxPageSize: -5}",
            "gateway.yaml:1: gateway.maxPageSize: expected a whole number, 0 or more; the value is out of range",
        ),
        (
            "gateway: {maxPageSize: 1.5}",
            "gateway.yaml:1: gateway.maxPageSize: expected a whole number, 0 or more, found a number with a fraction",
        ),
        (
            "gateway: {maxPageSize: 0}",
            "gateway.yaml:1: gateway.maxPageSize: expected 1 or more",
        ),
        (
            "gateway: {maxPageSize: 5, defaultPageSize: 6}",
            "gateway.yaml:1: gateway.defaultPageSize: more than maxPageSize, which is 5",
        ),
        (
            "gateway: {name: 5}",
            "gateway.yaml:1: gateway.name: expected text, found a number (put it in quotes)",
        ),
        (
            "gateway: {name: true}",
            "gateway.yaml:1: gateway.name: expected text, found true or false (put it in quotes)",
        ),
        (
            "gateway: {name: [a]}",
            "gateway.yaml:1: gateway.name: expected text, found a list",
        ),
        (
            "gateway: {resourceWrites: no}",
            "gateway.yaml:1: gateway.resourceWrites: expected true or false, found text",
        ),
        (
            "gateway: {requestTimeout: 30}",
            "gateway.yaml:1: gateway.requestTimeout: expected a duration: whole numbers with units, such as 500ms, 30s, 5m or 1h30m, found a number",
        ),
        (
            "gateway: {requestTimeout: hunter2}",
            "gateway.yaml:1: gateway.requestTimeout: expected a duration: whole numbers with units, such as 500ms, 30s, 5m or 1h30m",
        ),
        (
            "gateway: {requestTimeout: 0s}",
            "gateway.yaml:1: gateway.requestTimeout: expected more than no time",
        ),
        (
            "gateway: {baseUrl: hunter2}",
            "gateway.yaml:1: gateway.baseUrl: expected an absolute URL such as https://o2.example.com",
        ),
        (
            "gateway: {baseUrl: 'https://ann:hunter2@x/'}",
            "gateway.yaml:1: gateway.baseUrl: expected a URL without user, query and fragment",
        ),
        (
            "gateway: {oCloudId: ''}",
            "gateway.yaml:1: gateway.oCloudId: the id of the O-Cloud is empty",
        ),
        (
            "plugins: {ims: {name: x}}",
            "gateway.yaml:1: plugins.ims: expected a list, found an object",
        ),
        (
            "plugins: {ims: [x]}",
            "gateway.yaml:1: plugins.ims[0]: expected an object, found text",
        ),
        (
            "plugins: {ims: [{type: x}]}",
            "gateway.yaml:1: plugins.ims[0]: the key 'name' is missing",
        ),
        (
            "plugins: {ims: [{name: x, type: x, config: hunter2}]}",
            "gateway.yaml:1: plugins.ims[0].config: expected an object, found text",
        ),
        (
            "plugins: {ims: [{name: x, type: x, timeout: 0s}]}",
            "gateway.yaml:1: plugins.ims[0].timeout: expected more than no time",
        ),
        (
            "plugins: {ims: [{name: x, type: x, maxConcurrency: 0}]}",
            "gateway.yaml:1: plugins.ims[0].maxConcurrency: expected 1 or more",
        ),
        (
            "plugins: {ims: [{name: X, type: x}]}",
            "gateway.yaml:1: plugins.ims[0].name: plugin name 'X' must be 1 to 63 lower-case letters, digits, '-', '_' or '.', starting with a letter or digit",
        ),
        (
            "plugins: {ims: [{name: x, type: ''}]}",
            "gateway.yaml:1: plugins.ims[0].type: the plugin type is empty",
        ),
        (
            "plugins: {ims: [{name: x, type: x, metadata: {rack: 7}}]}",
            "gateway.yaml:1: plugins.ims[0].metadata.rack: expected text, found a number (put it in quotes)",
        ),
        (
            "plugins: {ims: [{name: x, type: x, tenants: ['']}]}",
            "gateway.yaml:1: plugins.ims[0].tenants[0]: the tenant is empty",
        ),
        (
            "limits: {default: {maxUsers: many}}",
            "gateway.yaml:1: limits.default.maxUsers: expected a whole number, 0 or more, found text",
        ),
        (
            "limits: {tenants: {a.b: {maxRequestsPerMinute: 0}}}",
            "gateway.yaml:1: limits.tenants['a.b'].maxRequestsPerMinute: expected 1 or more",
        ),
        (
            "resilience: {retry: {attempts: 0}}",
            "gateway.yaml:1: resilience.retry.attempts: expected 1 (no retry) to 10 attempts",
        ),
        (
            "resilience: {retry: {attempts: 5000000000}}",
            "gateway.yaml:1: resilience.retry.attempts: expected a whole number from 0 to 4294967295; the value is out of range",
        ),
        (
            "resilience: {retry: {initialBackoff: 1m}}",
            "gateway.yaml:1: resilience.retry.maxBackoff: less than initialBackoff, which is 1m",
        ),
        (
            "resilience: {circuitBreaker: {failures: 0}}",
            "gateway.yaml:1: resilience.circuitBreaker.failures: expected 1 or more",
        ),
        (
            "collectors: {concurrency: 0}",
            "gateway.yaml:1: collectors.concurrency: expected 1 or more",
        ),
        (
            "collectors: {resync: 0s}",
            "gateway.yaml:1: collectors.resync: expected more than no time",
        ),
        (
            "plugins: {ims: [{name: x, type: x, collect: {interval: 0s}}]}",
            "gateway.yaml:1: plugins.ims[0].collect.interval: expected more than no time",
        ),
        (
            "resilience: {maxConcurrency: 0}",
            "gateway.yaml:1: resilience.maxConcurrency: expected 1 or more",
        ),
        (
            "notifications: {outbox: {maxEntries: 0}}",
            "gateway.yaml:1: notifications.outbox.maxEntries: expected 1 or more",
        ),
        (
            "notifications: {lease: 0s}",
            "gateway.yaml:1: notifications.lease: expected more than no time",
        ),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn text_that_is_not_yaml_is_told_with_its_line() {
    let large = format!("gateway: {{description: {}}}", "x".repeat(1 << 20));
    let deep = format!("gateway: {}{}", "[".repeat(21), "]".repeat(21));
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    for (text, expected) in [
        (
            "gateway:\n  name: a\n  name: b",
            "gateway.yaml:3: key 'name' is given twice",
        ),
        (
            "gateway: {}\n---\nlimits: {}",
            "gateway.yaml:3: the file holds several documents ('---'); only one is read",
        ),
        ("gateway: {}\nlimits: [", "gateway.yaml:2: not readable as YAML: "),
        (
            "gateway: {}\nlimits: 'hunter2",
            "gateway.yaml:2: not readable as YAML: ",
        ),
        (
            "gateway: {}\nlimits: hunter2: x",
            "gateway.yaml:2: not readable as YAML: ",
        ),
        (
            "gateway: {name: .inf}",
            "gateway.yaml:1: not readable as YAML: this number is infinite or none",
        ),
        (&large, "gateway.yaml: the file is larger than 1 MiB"),
        (&deep, "gateway.yaml:1: the file is too large or too deeply nested"),
        (bomb, "gateway.yaml:5: not readable as YAML: YAML document too large"),
    ] {
        let error = load(text).unwrap_err();
        let shown: String = text.chars().take(80).collect();
        assert!(
            error.message().starts_with(expected),
            "{}\nfor {shown}",
            error.message()
        );
        assert!(!error.message().contains("hunter2"), "{}", error.message());
    }
}

#[test]
fn one_run_tells_most_of_what_is_wrong() {
    check(
        "plugins:
  ims:
    - {name: a, tpye: memory}
    - {name: b, type: memory, enabled: maybe}
    - {name: c, type: memory, config: {key: '${NOT_SET}'}}
gateway: {maxPageSize: many}
limits: {default: {maxUser: 1}}
",
        &[
            &format!(
                "gateway.yaml:3: plugins.ims[0].tpye: unknown key 'tpye', did you mean 'type'? (known: {PLUGIN_KEYS})"
            ),
            "gateway.yaml:3: plugins.ims[0]: the key 'type' is missing",
            "gateway.yaml:4: plugins.ims[1].enabled: expected true or false, found text",
            "gateway.yaml:5: plugins.ims[2].config.key: variable 'NOT_SET' is not set; set it or give a default: ${NOT_SET:-default}",
            "gateway.yaml:6: gateway.maxPageSize: expected a whole number, 0 or more, found text",
            "gateway.yaml:7: limits.default.maxUser: unknown key 'maxUser', did you mean 'maxUsers'? (known: maxResourcePools, maxResources, maxSubscriptions, maxCpuCores, maxMemoryGb, maxDeployments, maxUsers, maxRequestsPerMinute)",
        ],
    );
}

#[test]
fn errors_in_other_spellings_are_told_in_the_words_of_the_file() {
    check(
        "imsAdapters:
  - name: kubernetes
    type: k8s
    enabeld: true
",
        &[&format!(
            "gateway.yaml:4: imsAdapters[0].enabeld: unknown key 'enabeld', did you mean 'enabled'? (known: {PLUGIN_KEYS})"
        )],
    );
    check(
        "adapters:
  - {name: kubernetes, type: k8s}
routing:
  rules:
    - adapter: kubernets
      priority: 1
",
        &[
            "gateway.yaml:5: routing.rules[0].adapter: unknown plugin 'kubernets', did you mean 'kubernetes'? (known: kubernetes)",
        ],
    );
}
