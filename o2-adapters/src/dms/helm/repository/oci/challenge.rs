//! [`Challenge`]: what a registry asks for, in `WWW-Authenticate` (RFC 9110, 11.6.1).

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// How a registry wants to be shown who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Not at all.
    None,
    /// By name and password.
    Basic,
    /// By a token, which somebody else hands out.
    Bearer { realm: String, service: Option<String> },
}

impl Challenge {
    /// The challenge of an answer that refuses; `None` when it has none that we can meet. Tokens are preferred.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter();
        let all: Vec<_> = texts
            .filter_map(|value| value.to_str().ok())
            .flat_map(challenges)
            .collect();
        let bearer = all.iter().find(|challenge| matches!(challenge, Self::Bearer { .. }));
        bearer.or(all.first()).cloned()
    }
}

/// The challenges of one header that we can meet.
fn challenges(text: &str) -> Vec<Challenge> {
    let mut found = Vec::new();
    let mut current: Option<(String, Vec<(String, String)>)> = None;
    for part in split(text) {
        // A scheme stands alone or before its first parameter, separated by a blank; a parameter has no blank before `=`.
        let (scheme, parameter) = match part.split_once(' ') {
            Some((scheme, rest)) if !scheme.contains('=') => (Some(scheme), rest.trim()),
            None if !part.contains('=') => (Some(part), ""),
            _ => (None, part),
        };
        if let Some(scheme) = scheme {
            found.extend(current.take().and_then(finish));
            current = Some((scheme.to_ascii_lowercase(), Vec::new()));
        }
        if let (Some((_, parameters)), Some((name, value))) = (&mut current, parameter.split_once('=')) {
            parameters.push((name.trim().to_ascii_lowercase(), unquoted(value)));
        }
    }
    found.extend(current.and_then(finish));
    found
}

fn finish((scheme, parameters): (String, Vec<(String, String)>)) -> Option<Challenge> {
    let find = |wanted: &str| {
        let mut values = parameters.iter();
        values.find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => find("realm").map(|realm| Challenge::Bearer {
            realm,
            service: find("service"),
        }),
        _ => None,
    }
}

/// What is between commas that are not quoted.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut quoted, mut escaped, mut from) = (Vec::new(), false, false, 0);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(headers: &[&str]) -> Option<Challenge> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(WWW_AUTHENTICATE, header.parse().unwrap());
        }
        Challenge::read(&map)
    }

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer {
            realm: realm.into(),
            service: service.map(str::to_owned),
        })
    }

    #[test]
    fn what_is_asked_for_is_understood() {
        for (headers, challenge) in [
            (
                &[
                    r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                ][..],
                bearer("https://auth.docker.io/token", Some("registry.docker.io")),
            ),
            (&[r#"Basic realm="Registry Realm""#], Some(Challenge::Basic)),
            (&["basic"], Some(Challenge::Basic)),
            (
                &[r#"Basic realm="a, b", Bearer realm="https://h/t?a=\"x\"""#],
                bearer("https://h/t?a=\"x\"", None),
            ),
            (
                &[
                    r#"Digest realm="x", nonce="y""#,
                    r#"BEARER service=s, Realm=https://h/t"#,
                ],
                bearer("https://h/t", Some("s")),
            ),
            (&[r#"Bearer service="s""#], None),
            (&["Negotiate"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(read(headers), challenge, "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(text in "[ -~]{0,60}") {
            let _ = read(&[&text]);
        }

        #[test]
        fn a_written_challenge_is_read(realm in "https://[a-z]{1,9}/[a-z,= ]{0,9}", service in "[a-z. ,]{0,9}") {
            let header = format!("Bearer realm=\"{realm}\",service=\"{service}\"");
            prop_assert_eq!(read(&[&header]), bearer(&realm, Some(&service)));
        }
    }
}
