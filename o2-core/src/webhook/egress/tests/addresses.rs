//! Addresses that names turn into.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn check(policy: &EgressPolicy, address: &str, host: &str, port: u16) -> bool {
    let address: IpAddr = address.parse().unwrap();
    policy.at_port(port).check(address, host).is_ok()
}

#[test]
fn rules_open_networks_and_names() {
    let policy = EgressPolicy::default()
        .with_allowed(rule("10.1.0.0/16"))
        .with_allowed(rule("127.0.0.2"))
        .with_allowed(rule("fd00:1::/32"))
        .with_allowed(rule("smo.lab:8443"))
        .with_allowed(rule("*.ran.lab"))
        .with_allowed(rule("2002::/16"));
    for (address, host, port, allowed) in [
        ("10.1.2.3", "any.example", 443, true),
        ("::ffff:10.1.2.3", "any.example", 443, true),
        ("10.2.0.0", "any.example", 443, false),
        ("127.0.0.2", "any.example", 443, true),
        ("127.0.0.1", "any.example", 443, false),
        ("fd00:1::9", "any.example", 443, true),
        ("fd00:2::9", "any.example", 443, false),
        ("192.168.0.1", "smo.lab", 8443, true),
        ("127.0.0.1", "SMO.lab.", 8443, true),
        ("8.8.8.8", "smo.lab", 443, true),
        ("192.168.0.1", "smo.lab", 443, false),
        ("192.168.0.1", "x.smo.lab", 8443, false),
        ("192.168.0.1", "xsmo.lab", 8443, false),
        ("169.254.169.254", "smo.lab", 8443, false),
        ("::ffff:169.254.169.254", "smo.lab", 8443, false),
        ("100.100.100.200", "smo.lab", 8443, false),
        ("0.0.0.0", "smo.lab", 8443, false),
        ("192.168.0.1", "a.ran.lab", 443, true),
        ("192.168.0.1", "a.b.ran.lab", 443, true),
        ("192.168.0.1", "ran.lab", 443, false),
        ("192.168.0.1", "aran.lab", 443, false),
        // A tunnel that is allowed leads nowhere else.
        ("2002:808:808::1", "any.example", 443, true),
        ("2002:7f00:1::1", "any.example", 443, false),
    ] {
        assert_eq!(
            check(&policy, address, host, port),
            allowed,
            "{host}:{port} at {address}"
        );
    }
}

#[test]
fn classes_are_opened_and_closed_as_a_whole() {
    let private = EgressPolicy::default().with_private(Access::Allow);
    let listed = EgressPolicy::default()
        .with_public(Access::Deny)
        .with_allowed(rule("smo.lab"));
    for (address, in_private, in_listed) in [
        ("10.0.0.1", true, true),
        ("172.16.0.1", true, true),
        ("192.168.0.1", true, true),
        ("100.64.0.1", true, true),
        ("fd00::1", true, true),
        ("64:ff9b::10.0.0.1", true, true),
        ("8.8.8.8", true, true),
        ("127.0.0.1", false, true),
        ("169.254.169.254", false, false),
        ("100.100.100.200", false, false),
        ("fd00:ec2::254", false, false),
        ("fe80::1", false, false),
    ] {
        assert_eq!(check(&private, address, "any.example", 443), in_private, "{address}");
        assert_eq!(check(&listed, address, "smo.lab", 443), in_listed, "{address}");
        assert!(!check(&listed, address, "any.example", 443), "{address}");
    }
}

#[test]
fn what_is_denied_stays_denied() {
    let policy = EgressPolicy::default()
        .with_private(Access::Allow)
        .with_allowed(rule("10.0.0.0/8"))
        .with_allowed(rule("*.lab"))
        .with_denied(rule("10.96.0.0/12"))
        .with_denied(rule("10.1.1.1:6443"))
        .with_denied(rule("*.cluster.lab"));
    for (address, host, port, allowed) in [
        ("10.96.0.1", "any.example", 443, false),
        ("64:ff9b::10.96.0.1", "any.lab", 443, false),
        ("10.1.1.1", "any.example", 6443, false),
        ("10.1.1.1", "any.example", 443, true),
        ("10.1.1.2", "a.cluster.lab", 443, false),
        ("8.8.8.8", "A.cluster.lab.", 443, false),
        ("10.1.1.2", "a.lab", 443, true),
    ] {
        assert_eq!(
            check(&policy, address, host, port),
            allowed,
            "{host}:{port} at {address}"
        );
    }
    is_silent(
        policy.check_url(&url("https://a.cluster.lab/")),
        "a name that is denied",
    );
}

#[test]
fn ports_without_rules_of_their_own_share_a_policy() {
    let policy = EgressPolicy::default()
        .with_allowed(rule("10.0.0.0/8"))
        .with_allowed(rule("smo.lab:8443"));
    assert_eq!(policy.at_port(443), policy.at_port(80));
    assert_ne!(policy.at_port(443), policy.at_port(8443));
}

/// An IPv4 address that nobody may reach.
fn denied() -> impl Strategy<Value = Ipv4Addr> {
    let within = |first: u32, prefix: u32| {
        let last = first + (u32::MAX.checked_shr(prefix).unwrap_or(0));
        (first..=last).prop_map(Ipv4Addr::from_bits)
    };
    prop_oneof![
        within(0x0000_0000, 8),
        within(0x0a00_0000, 8),
        within(0x6440_0000, 10),
        within(0x7f00_0000, 8),
        within(0xa9fe_0000, 16),
        within(0xac10_0000, 12),
        within(0xc0a8_0000, 16),
        within(0xc612_0000, 15),
        within(0xe000_0000, 3),
    ]
}

/// All the addresses of IPv6 that lead to it.
fn embeddings(v4: Ipv4Addr, noise: u64) -> Vec<Ipv6Addr> {
    let bits = u128::from(v4.to_bits());
    let noise = u128::from(noise);
    [
        bits,
        0xffff << 32 | bits,
        0xffff << 48 | bits,
        0x0064_ff9b << 96 | bits,
        0x0064_ff9b_0001 << 80 | bits,
        0x2002 << 112 | bits << 80 | noise,
        0x2001 << 112 | noise << 32 | (!bits & 0xffff_ffff),
        0x2606_4700 << 96 | 0x5efe << 32 | bits,
        0x2606_4700 << 96 | 0x0200_5efe << 32 | bits,
    ]
    .map(Ipv6Addr::from_bits)
    .to_vec()
}

proptest! {
    #[test]
    fn no_denied_address_passes_in_any_form(v4 in denied(), noise in any::<u64>(), opened in any::<bool>()) {
        let mut policy = EgressPolicy::default().with_http(Access::Allow);
        if opened {
            // Who opens tunnels and translators still does not open what lies behind.
            for network in ["2001::/32", "2002::/16", "2606:4700::/32", "64:ff9b::/96"] {
                policy = policy.with_allowed(rule(network));
            }
        }
        let number = v4.to_bits();
        let [a, b, c, d] = v4.octets();
        let mut hosts = vec![
            v4.to_string(),
            number.to_string(),
            format!("{number:#x}"),
            format!("0{number:o}"),
            format!("{a:#x}.{b}.{c:#X}.0{d:o}"),
            format!("{a}.{}", number & 0x00ff_ffff),
            format!("{v4}."),
        ];
        hosts.extend(embeddings(v4, noise).iter().map(|v6| format!("[{v6}]")));
        for host in hosts {
            for scheme in ["http", "https"] {
                if let Ok(url) = Url::parse(&format!("{scheme}://{host}:8080/")) {
                    is_silent(policy.check_url(&url), &host);
                }
            }
        }
        for v6 in embeddings(v4, noise) {
            is_silent(policy.at_port(443).check(v6.into(), "any.example"), &v6.to_string());
        }
        is_silent(policy.at_port(443).check(v4.into(), "any.example"), &v4.to_string());
    }

    #[test]
    fn only_the_global_part_of_ipv6_and_translators_are_public(bits in any::<u128>()) {
        let v6 = Ipv6Addr::from_bits(bits);
        let passes = EgressPolicy::default().at_port(443).check(v6.into(), "any.example").is_ok();
        let translated = v6.to_ipv4_mapped().is_some() || bits >> 32 == 0x0064_ff9b << 64;
        prop_assert!(!passes || bits >> 125 == 1 || translated, "{v6}");
    }
}
