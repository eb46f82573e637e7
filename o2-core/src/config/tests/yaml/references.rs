//! Names that something else must have: plugins, roles, rules.

use super::check;

#[test]
fn identity_is_checked() {
    for (text, expected) in [
        ("{source: {}}", "source: the key 'type' is missing"),
        (
            "{source: {type: trustedHeader}}",
            "source: the key 'proxies' is missing",
        ),
        (
            "{source: {type: trustedHeader, proxies: []}}",
            "source.proxies: expected the address of at least one proxy",
        ),
        (
            "{source: {type: trustedHeader, proxies: [x]}}",
            "source.proxies[0]: invalid IP address syntax",
        ),
        (
            "{source: {type: certificate, domain: ''}}",
            "source.domain: expected a domain such as o2.example.com",
        ),
        (
            "{source: {type: anonymous, domain: x}}",
            "source: type anonymous has no key 'domain' (known: roles, tenant)",
        ),
        (
            "{source: {type: anonymous, roles: [viewr]}, roles: [{name: mine, permissions: []}]}",
            "source.roles[0]: unknown role 'viewr', did you mean 'viewer'? (known: platform-admin, tenant-admin, auditor, owner, admin, operator, viewer, custom, mine)",
        ),
        (
            "{roles: [{name: viewer, permissions: []}]}",
            "roles[0].name: the name 'viewer' is that of a built-in role",
        ),
        (
            "{roles: [{name: x, permissions: []}, {name: x, permissions: []}]}",
            "roles[1].name: the name 'x' is taken by another role",
        ),
        (
            "{roles: [{name: x, permissions: [pools]}]}",
            "roles[0].permissions[0]: permission 'pools' is not collection:action[:tenant|all]",
        ),
    ] {
        check(
            &format!("identity: {text}"),
            &[&format!("gateway.yaml:1: identity.{expected}")],
        );
    }
}

#[test]
fn names_that_do_not_fit_together_are_told() {
    let plugins = "plugins:
  ims:
    - {name: kubernetes, type: k8s, default: true}
    - {name: dtias, type: dtias}
    - {name: aws, type: aws, enabled: false}
";
    for (rest, expected) in [
        (
            "    - {name: dtias, type: x}",
            "6: plugins.ims[3].name: the name 'dtias' is taken by another ims plugin",
        ),
        (
            "    - {name: x, type: x, default: true}",
            "6: plugins.ims[3].default: only one ims plugin can be the default, and 'kubernetes' is",
        ),
        (
            "  dms:\n    - {name: x, type: x, default: true, enabled: false}",
            "7: plugins.dms[0].default: a disabled plugin cannot be the default",
        ),
        (
            "routing: {ims: {default: kubernets}}",
            "6: routing.ims.default: unknown plugin 'kubernets', did you mean 'kubernetes'? (known: kubernetes, dtias, aws)",
        ),
        (
            "routing: {dms: {default: helm}}",
            "6: routing.dms.default: unknown plugin 'helm' (known: none)",
        ),
        (
            "routing: {ims: {default: dtias}}",
            "6: routing.ims.default: plugin 'kubernetes' is marked 'default: true'; keep one of them",
        ),
        (
            "routing: {ims: {fallback: [dtias, aws]}}",
            "6: routing.ims.fallback[1]: plugin 'aws' is disabled; enable it or name another",
        ),
        (
            "routing: {ims: {fallback: [dtias, dtias]}}",
            "6: routing.ims.fallback[1]: plugin 'dtias' is in the chain already",
        ),
        (
            "routing:\n  ims:\n    rules:\n      - plugin: dtiass",
            "9: routing.ims.rules[0].plugin: unknown plugin 'dtiass', did you mean 'dtias'? (known: kubernetes, dtias, aws)",
        ),
        (
            "routing:\n  ims:\n    rules:\n      - {name: a, plugin: dtias}\n      - {name: a, plugin: dtias}",
            "10: routing.ims.rules[1].name: the name 'a' is taken by another rule",
        ),
        (
            "routing:\n  ims:\n    rules:\n      - {name: a, plugin: dtias, conditions: {extensions: {gpu: {count: 1}}}}",
            "9: routing.ims.rules[0].conditions.extensions.gpu: expected text, a number, true or false: extensions are compared as a whole",
        ),
    ] {
        check(&format!("{plugins}{rest}"), &[&format!("gateway.yaml:{expected}")]);
    }
}
