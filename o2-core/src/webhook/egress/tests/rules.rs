//! Rules and policies as operators write them.

use serde_json::json;

use super::*;

#[test]
fn rules_are_networks_addresses_and_names() {
    for (text, shown) in [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/8:8443", "10.0.0.0/8:8443"),
        ("10.1.2.3", "10.1.2.3/32"),
        ("10.1.2.3:443", "10.1.2.3/32:443"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("fd00::/8", "fd00::/8"),
        ("[fd00::/8]", "fd00::/8"),
        ("[fd00::/8]:8443", "[fd00::/8]:8443"),
        ("::1", "::1/128"),
        ("[::1]:80", "[::1/128]:80"),
        ("smo.lab", "smo.lab"),
        ("SMO.Lab.:8443", "smo.lab:8443"),
        ("*.smo.lab", "*.smo.lab"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
    ] {
        let rule = rule(text);
        assert_eq!(rule.to_string(), shown);
        assert_eq!(rule, shown.parse().unwrap(), "{text}");
    }
}

#[test]
fn a_wrong_rule_is_explained() {
    for (text, reason) in [
        ("10.0.0.1/8", "10.0.0.1 is within the network 10.0.0.0/8"),
        ("fd00::1/8", "is within the network fd00::/8"),
        ("10.0.0.0/33", "a prefix of '33' bits, expected 0 to 32"),
        ("10.0.0.0/", "a prefix of '' bits, expected 0 to 32"),
        ("::/129", "expected 0 to 128"),
        ("::ffff:10.0.0.1", "expected 10.0.0.1"),
        ("0x7f.1", "another way to write 127.0.0.1"),
        ("2130706433", "another way to write 127.0.0.1"),
        ("smo.lab:0", "expected a port"),
        ("smo.lab:", "expected a port"),
        ("smo.lab:99999", "expected a port"),
        ("https://smo.lab", "expected a"),
        ("smo.lab/x", "expected a network"),
        ("a.*.lab", "expected a network"),
        ("*", "expected a network"),
        ("*.", "expected a network"),
        (".", "expected a network"),
        ("", "expected a network"),
        ("[fd00::/8", "expected a network"),
        ("[fd00::/8]8443", "expected a network"),
        ("10.0.0.0 /8", "expected a network"),
    ] {
        let error = text.parse::<Rule>().unwrap_err();
        assert!(
            error.is(ErrorKind::InvalidInput) && error.message().contains(reason),
            "{text}: {error}"
        );
    }
}

#[test]
fn policies_are_read_strictly() {
    let read = serde_json::from_value::<EgressPolicy>;
    assert_eq!(read(json!({})).unwrap(), EgressPolicy::default());
    let written = json!({
        "http": "allow", "public": "deny", "private": "allow", "ports": [443],
        "allow": ["smo.lab"], "deny": ["10.96.0.0/12"]
    });
    let policy = EgressPolicy::default()
        .with_http(Access::Allow)
        .with_public(Access::Deny)
        .with_private(Access::Allow)
        .with_ports([443])
        .with_allowed(rule("smo.lab"))
        .with_denied(rule("10.96.0.0/12"));
    assert_eq!(read(written).unwrap(), policy);
    for (wrong, reason) in [
        (json!({"htttp": "allow"}), "htttp"),
        (json!({"private": true}), "expected"),
        (json!({"private": "yes"}), "allow"),
        (json!({"ports": [65536]}), "65536"),
        (json!({"allow": ["10.0.0.1/8"]}), "expected its beginning"),
    ] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn what_makes_no_sense_is_a_problem() {
    assert!(EgressPolicy::default().problems().is_empty());
    let policy = EgressPolicy::default().with_ports([443, 0]).with_public(Access::Deny);
    let at: Vec<_> = policy.problems().into_iter().map(|problem| problem.at).collect();
    assert_eq!(at, ["ports[1]", "allow"]);
    assert_eq!(policy.with_allowed(rule("smo.lab")).problems().len(), 1);
}
