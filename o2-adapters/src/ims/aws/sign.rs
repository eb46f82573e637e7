//! Signature Version 4: what shows AWS who asks, without sending the secret.
//!
//! Pure functions over a request and a time; the published test vectors check them.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Request};
use o2_core::{Error, Result, Timestamp};
use sha2::{Digest, Sha256};

use super::credentials::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// For whom a signature is good.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) region: String,
    pub(super) service: &'static str,
}

/// Adds the time, the session token and the signature to a request.
pub(super) fn sign(
    request: &mut Request<Bytes>,
    credentials: &Credentials,
    scope: &Scope,
    at: Timestamp,
) -> Result<()> {
    let stamp = stamp(at);
    let host = request
        .uri()
        .authority()
        .map(|authority| host(authority, request.uri().scheme_str()));
    let host = host.ok_or_else(|| Error::internal("a request without a host cannot be signed"))?;
    put(request.headers_mut(), "host", &host)?;
    put(request.headers_mut(), "x-amz-date", &stamp)?;
    if let Some(token) = &credentials.session_token {
        put(request.headers_mut(), "x-amz-security-token", token.expose())?;
    }
    let canonical = canonical(request);
    let day = &stamp[..8];
    let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let text = format!("{ALGORITHM}\n{stamp}\n{place}\n{}", hash(canonical.text.as_bytes()));
    let signature = hex(&mac(&key(credentials, scope, day), text.as_bytes()));
    let value = format!(
        "{ALGORITHM} Credential={}/{place}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id, canonical.signed
    );
    put(request.headers_mut(), "authorization", &value)
}

/// `20150830T123600Z`.
fn stamp(at: Timestamp) -> String {
    let seconds = Timestamp::from_unix_seconds(at.unix_seconds()).to_string();
    let digits: String = seconds.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{}Z", digits.split(['.', 'Z', '+']).next().unwrap_or_default())
}

/// The host as clients send it: the usual port of a scheme is left out.
fn host(authority: &http::uri::Authority, scheme: Option<&str>) -> String {
    let usual = if scheme == Some("http") { 80 } else { 443 };
    match authority.port_u16() {
        Some(port) if port != usual => format!("{}:{port}", authority.host()),
        _ => authority.host().to_owned(),
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<()> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Error::config(format!(
            "the credentials have a character that cannot be sent in {name}"
        ))
    })?;
    value.set_sensitive(matches!(name, "authorization" | "x-amz-security-token"));
    headers.insert(name, value);
    Ok(())
}

struct Canonical {
    text: String,
    signed: String,
}

/// The request in the one form that both sides hash.
fn canonical(request: &Request<Bytes>) -> Canonical {
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .filter(|(name, _)| *name == "host" || *name == "content-type" || name.as_str().starts_with("x-amz-"))
        .map(|(name, value)| {
            (
                name.as_str(),
                String::from_utf8_lossy(value.as_bytes()).trim().to_owned(),
            )
        })
        .collect();
    headers.sort();
    let signed = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let mut query: Vec<_> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .collect();
    query.sort_unstable();
    // What the endpoint has encoded once is encoded once more; the slashes stay.
    let path: String = request
        .uri()
        .path()
        .split('/')
        .map(encoded)
        .collect::<Vec<_>>()
        .join("/");
    let text = format!(
        "{}\n{path}\n{}\n{lines}\n{signed}\n{}",
        request.method(),
        query.join("&"),
        hash(request.body())
    );
    Canonical { text, signed }
}

/// Everything but the unreserved characters, as `%XX`.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The key of one day, region and service.
fn key(credentials: &Credentials, scope: &Scope, day: &str) -> Vec<u8> {
    let secret = format!("AWS4{}", credentials.secret_access_key.expose());
    [day, &scope.region, scope.service, "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part.as_bytes()))
}

/// HMAC takes keys of any length: longer ones than a block are hashed, shorter ones are filled up.
fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    if key.len() > BLOCK {
        let short = Sha256::digest(key);
        block[..short.len()].copy_from_slice(&short);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block);
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use o2_core::ports::Secret;

    use super::*;

    /// The credentials and the time of the published suite of test vectors.
    fn signature(method: &str, target: &str, content_type: Option<&str>, body: &'static str) -> String {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://example.amazonaws.com{target}"));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let mut request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        let credentials = Credentials::new("AKIDEXAMPLE", Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        let scope = Scope {
            region: "us-east-1".to_owned(),
            service: "service",
        };
        sign(
            &mut request,
            &credentials,
            &scope,
            Timestamp::parse("2015-08-30T12:36:00Z").unwrap(),
        )
        .unwrap();
        assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
        let value = request.headers()["authorization"].to_str().unwrap().to_owned();
        value.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    #[test]
    fn signatures_are_those_of_the_published_vectors() {
        for (name, method, target, content_type, body, expected) in [
            (
                "get-vanilla",
                "GET",
                "/",
                None,
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-query-order-key-case",
                "GET",
                "/?Param2=value2&Param1=value1",
                None,
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "post-vanilla",
                "POST",
                "/",
                None,
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-x-www-form-urlencoded",
                "POST",
                "/",
                Some("application/x-www-form-urlencoded"),
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            assert_eq!(signature(method, target, content_type, body), expected, "{name}");
        }
    }

    #[test]
    fn the_usual_port_is_no_part_of_the_host() {
        for (url, expected) in [
            ("http://127.0.0.1:5000/", "127.0.0.1:5000"),
            ("https://a.example:443/", "a.example"),
            ("http://a.example:80/", "a.example"),
        ] {
            let uri: http::Uri = url.parse().unwrap();
            assert_eq!(host(uri.authority().unwrap(), uri.scheme_str()), expected);
        }
    }
}
