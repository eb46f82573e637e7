//! Reads URLs of Redis. They name several hosts when there are Sentinels, which no general parser of URLs allows.

use o2_core::ports::Secret;
use o2_core::{Error, Result};
use url::form_urlencoded;

use super::options::{Address, Credentials, RedisOptions, Servers, Tls};

const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

pub(super) fn parse(url: &str) -> Result<RedisOptions> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("has no '://'"))?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (servers, database) = match scheme {
        "redis" | "rediss" => (Servers::Single(address(hosts, REDIS_PORT)?), path),
        "redis+sentinel" | "rediss+sentinel" => sentinels(hosts, path)?,
        _ => {
            return Err(wrong(
                "must begin with 'redis://' or 'redis+sentinel://', or with 'rediss' for TLS",
            ));
        }
    };
    let mut options = RedisOptions::new(servers);
    options.database = number(database)?;
    options.tls = scheme.starts_with("rediss").then(Tls::default);
    options.credentials = self::credentials(credentials)?;
    parameters(&mut options, query)?;
    options.check()?;
    Ok(options)
}

fn sentinels<'a>(hosts: &str, path: &'a str) -> Result<(Servers, &'a str)> {
    let (service, database) = path.split_once('/').unwrap_or((path, ""));
    if service.is_empty() {
        return Err(wrong(
            "must name the service that the Sentinels watch, as in '…:26379/mymaster'",
        ));
    }
    let addresses = hosts.split(',').map(|host| address(host, SENTINEL_PORT));
    let addresses = addresses.collect::<Result<_>>()?;
    let service = decoded(service)?;
    Ok((Servers::Sentinels { addresses, service }, database))
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn address(text: &str, usual_port: u16) -> Result<Address> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(|| wrong("has a '[' without ']'"))?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if host.is_empty() {
        return Err(wrong("has an empty host"));
    }
    let port = match port.strip_prefix(':') {
        Some(port) => port
            .parse()
            .map_err(|_| wrong("has a port that is no number up to 65535"))?,
        None if port.is_empty() => usual_port,
        None => return Err(wrong("has something other than a port after ']'")),
    };
    Ok(Address::new(host, port))
}

fn number(text: &str) -> Result<u16> {
    match text {
        "" => Ok(0),
        text => text.parse().map_err(|_| wrong("has a database that is no number")),
    }
}

/// `user:password`, `:password`, or nothing.
fn credentials(text: &str) -> Result<Option<Credentials>> {
    if text.is_empty() {
        return Ok(None);
    }
    let (user, password) = text
        .split_once(':')
        .ok_or_else(|| wrong("has a user without a password"))?;
    let credentials = Credentials::new(Secret::new(decoded(password)?));
    Ok(Some(match user {
        "" => credentials,
        user => credentials.with_user(decoded(user)?),
    }))
}

fn parameters(options: &mut RedisOptions, query: &str) -> Result<()> {
    for (parameter, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*parameter {
            "name" => options.name = value.into_owned(),
            "waitReplicas" => {
                let replicas = value.parse();
                options.wait_replicas = replicas.map_err(|_| wrong("has a waitReplicas that is no number"))?;
            }
            _ => return Err(wrong("has an unknown parameter (known: name, waitReplicas)")),
        }
    }
    Ok(())
}

/// Replaces `%41` by `A`.
fn decoded(text: &str) -> Result<String> {
    let malformed = || wrong("has a '%' that is not followed by two hexadecimal digits of UTF-8");
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or_else(malformed)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| malformed())?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

/// Never shows the URL: it may hold a password.
fn wrong(what: &str) -> Error {
    Error::config(format!("the URL of the Redis store {what}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn single(host: &str, port: u16) -> Servers {
        Servers::Single(Address::new(host, port))
    }

    #[test]
    fn servers_and_databases_are_read() {
        let sentinels = |ports: &[(&str, u16)], service: &str| Servers::Sentinels {
            addresses: ports.iter().map(|&(host, port)| Address::new(host, port)).collect(),
            service: service.to_owned(),
        };
        for (url, servers, database) in [
            ("redis://cache", single("cache", 6379), 0),
            ("redis://cache:7000/", single("cache", 7000), 0),
            ("redis://cache/3", single("cache", 6379), 3),
            ("redis://[::1]:7000/3?name=edge", single("::1", 7000), 3),
            ("redis+sentinel://s1/main", sentinels(&[("s1", 26379)], "main"), 0),
            (
                "redis+sentinel://u:p@s1,s2:7001,[::1]:7002/main/4",
                sentinels(&[("s1", 26379), ("s2", 7001), ("::1", 7002)], "main"),
                4,
            ),
        ] {
            let options = parse(url).unwrap();
            assert_eq!((options.servers, options.database), (servers, database), "{url}");
        }
    }

    #[test]
    fn a_scheme_with_an_s_asks_for_tls() {
        for (url, tls) in [
            ("redis://h", false),
            ("rediss://h", true),
            ("redis+sentinel://h/main", false),
            ("rediss+sentinel://h/main", true),
        ] {
            assert_eq!(parse(url).unwrap().tls.is_some(), tls, "{url}");
        }
    }

    #[test]
    fn credentials_and_parameters_are_read() {
        let options = parse("redis://o%32:p%40ss:w/rd@h").unwrap_err();
        assert!(options.message().contains("URL"), "{options}");
        let options = parse("redis://o%32:p%40ss:w%2Frd@h?name=edge").unwrap();
        let credentials = options.credentials.unwrap();
        assert_eq!(credentials.user.as_deref(), Some("o2"));
        assert_eq!(credentials.password.expose(), "p@ss:w/rd");
        assert_eq!(options.name, "edge");
        for (url, replicas) in [
            ("redis://h", 0),
            ("redis+sentinel://h/main", 1),
            ("redis+sentinel://h/main?waitReplicas=2&name=edge", 2),
            ("redis+sentinel://h/main?waitReplicas=0", 0),
        ] {
            assert_eq!(parse(url).unwrap().wait_replicas, replicas, "{url}");
        }
        let only_password = parse("redis://:pw@h").unwrap().credentials.unwrap();
        assert_eq!((only_password.user, only_password.password.expose()), (None, "pw"));
        assert!(parse("redis://h").unwrap().credentials.is_none());
    }

    #[test]
    fn a_wrong_url_is_explained_without_its_password() {
        for (url, part) in [
            ("cache:6379", "://"),
            ("http://:hunter2@cache", "must begin with"),
            ("redis://:hunter2@", "empty host"),
            ("redis://:hunter2@cache:port", "a port"),
            ("redis://:hunter2@[::1", "without ']'"),
            ("redis://:hunter2@[::1]x", "after ']'"),
            ("redis://:hunter2@cache/db", "a database"),
            ("redis://hunter2@cache", "without a password"),
            ("redis://:hunter2%4@cache", "hexadecimal"),
            ("redis://:hunter2@cache?nam=x", "known: name, waitReplicas"),
            ("redis://:hunter2@cache?waitReplicas=all", "waitReplicas"),
            ("redis://:hunter2@cache?name={x}", "name must be"),
            ("redis+sentinel://:hunter2@s1", "name the service"),
            ("redis+sentinel://:hunter2@s1,,s2/main", "empty host"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.message().contains(part), "{url}: {error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_no_error_shows_it(scheme in "(redis|redis\\+sentinel)://", rest in ".*") {
            if let Err(error) = parse(&format!("{scheme}:hunter2@{rest}")) {
                let text = format!("{error:?}");
                prop_assert!(!text.contains("hunter2"));
            }
        }
    }

    #[test]
    fn debug_output_hides_passwords() {
        let options = parse("redis+sentinel://o2:hunter2@s1/main").unwrap();
        let options = options.with_sentinel_credentials(Credentials::new(Secret::new("hunter3")));
        let text = format!("{options:?}");
        assert!(text.contains("s1") && !text.contains("hunter"), "{text}");
    }
}
