//! URLs, as they are judged before anything is sent.

use super::*;

#[test]
fn every_way_to_write_an_address_that_is_denied_is_denied() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0x7F.0x0.0x0.0x1",
        "017700000001",
        "127.0.0.1.",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "0",
        "0.0.0.0",
        "127.255.255.254",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "169.254.43518",
        "168.63.129.16",
        "100.100.100.200",
        "10.0.0.1",
        "012.0.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:a9fe:a9fe]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::8.8.8.8]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:808:808::80ff:fffe]",
        "[2606:4700::5efe:127.0.0.1]",
        "[2606:4700::200:5efe:10.0.0.1]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "[fc00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[100::1]",
        "[4000::1]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "ｌocalhost",
    ] {
        let url = url(&format!("https://{host}/notify"));
        is_silent(EgressPolicy::default().check_url(&url), host);
    }
}

#[test]
fn public_hosts_are_allowed() {
    for host in [
        "smo.example.com",
        "smo.example.com.",
        "smo.example.com:65535",
        "8.8.8.8",
        "8.8.8.8:8443",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "169.253.255.255",
        "223.255.255.255",
        "[2606:4700::1111]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::8.8.8.8]",
        "localhost.example.com",
        "notlocalhost",
    ] {
        let checked = EgressPolicy::default().check_url(&url(&format!("https://{host}/notify?x=y")));
        assert!(checked.is_ok(), "{host}: {checked:?}");
    }
}

#[test]
fn what_is_wrong_with_the_form_is_told() {
    let default = EgressPolicy::default;
    let http = || default().with_http(Access::Allow);
    let ports = || http().with_ports([443, 8443]);
    for (policy, text, reason) in [
        (default(), "http://smo.example/", "the scheme must be https"),
        (http(), "ftp://smo.example/", "the scheme must be https or http"),
        (http(), "file:///etc/passwd", "the scheme must be https or http"),
        (http(), "gopher://127.0.0.1:6379/_", "the scheme must be https or http"),
        (
            default(),
            "https://ann@smo.example/",
            "the URL must not hold a user or a password",
        ),
        (
            default(),
            "https://:s3cret@smo.example/",
            "the URL must not hold a user or a password",
        ),
        (
            default(),
            "https://smo.example@10.0.0.1/",
            "the URL must not hold a user or a password",
        ),
        (ports(), "https://smo.example:22/", "the port must be 443 or 8443"),
        (ports(), "http://smo.example/", "the port must be 443 or 8443"),
        (default(), "https://./", "the URL has no host"),
    ] {
        let error = policy.check_url(&url(text)).unwrap_err();
        assert_eq!(
            error.message(),
            format!("the callback is not allowed: {reason}"),
            "{text}"
        );
        assert!(
            error.is(ErrorKind::InvalidInput) && !format!("{error:?}").contains("s3cret"),
            "{error:?}"
        );
    }
    for (policy, text) in [
        (http(), "http://smo.example/"),
        (ports(), "https://smo.example/"),
        (ports(), "https://smo.example:8443/"),
    ] {
        assert!(policy.check_url(&url(text)).is_ok(), "{text}");
    }
}
