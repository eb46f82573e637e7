//! [`Redaction`]: what of an exchange nobody may read, neither in a report of a test nor in a file.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use super::Body;

/// What stands where a secret was.
const REDACTED: &str = "(redacted)";

const HEADERS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-auth-token",
    "x-subject-token",
    "x-api-key",
    "vmware-api-session-id",
    "x-amz-security-token",
];

const FIELDS: [&str; 16] = [
    "password",
    "adminpass",
    "passphrase",
    "token",
    "idtoken",
    "accesstoken",
    "refreshtoken",
    "sessiontoken",
    "secret",
    "clientsecret",
    "secretkey",
    "secretaccesskey",
    "apikey",
    "privatekey",
    "clientassertion",
    "kubeconfig",
];

/// Which headers, fields of bodies and query parameters are secret, by name.
///
/// Names of fields and parameters are compared without case, `-` and `_`, so `client_secret` and `clientSecret` are one.
/// Texts, numbers and lists of them under such a name are replaced. An object is entered instead, because backends use
/// the same words for what surrounds a secret: OpenStack's `token` holds the whole catalog. What stands inside another
/// text, such as a token in the URL of a `Location` header, is found only as [`with_text`](Self::with_text).
///
/// ```
/// use o2_testkit::exchange::Redaction;
/// use serde_json::json;
///
/// let redaction = Redaction::default().with_field("pin");
/// let body = json!({"user": "ann", "pin": 1234, "token": {"access_token": "s3cret", "expires": 60}});
/// assert_eq!(
///     redaction.json(body),
///     json!({"user": "ann", "pin": "(redacted)", "token": {"access_token": "(redacted)", "expires": 60}})
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    headers: BTreeSet<String>,
    names: BTreeSet<String>,
    texts: Vec<(String, String)>,
}

impl Default for Redaction {
    /// What is secret everywhere: credentials, tokens, cookies, keys.
    fn default() -> Self {
        Self {
            headers: HEADERS.map(str::to_owned).into(),
            names: FIELDS.map(str::to_owned).into(),
            texts: Vec::new(),
        }
    }
}

impl Redaction {
    /// This header is secret too.
    #[must_use]
    pub fn with_header(mut self, name: &str) -> Self {
        self.headers.insert(name.to_ascii_lowercase());
        self
    }

    /// Fields of bodies and query parameters with this name are secret too.
    #[must_use]
    pub fn with_field(mut self, name: &str) -> Self {
        self.names.insert(plain(name));
        self
    }

    /// This text is replaced wherever it stands: the name of a host, the id of an account.
    #[must_use]
    pub fn with_text(mut self, text: &str, replacement: &str) -> Self {
        self.texts.push((text.to_owned(), replacement.to_owned()));
        self
    }

    /// A text without the texts that are to be replaced.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let replace = |text: String, (from, to): &(String, String)| text.replace(from, to);
        self.texts.iter().fold(text.to_owned(), replace)
    }

    /// Whether a header is secret.
    #[must_use]
    pub fn hides_header(&self, name: &HeaderName) -> bool {
        self.headers.contains(name.as_str())
    }

    /// Whether a field of a body or a query parameter is secret.
    #[must_use]
    pub fn hides_field(&self, name: &str) -> bool {
        self.names.contains(&plain(name))
    }

    /// Headers by name, in order, without what is secret. Values that are no text are cut at their strange bytes.
    #[must_use]
    pub fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let shown = |name: &HeaderName, value: &[u8]| {
            if self.hides_header(name) {
                REDACTED.to_owned()
            } else {
                self.text(&String::from_utf8_lossy(value))
            }
        };
        let mut pairs: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), shown(name, value.as_bytes())))
            .collect();
        pairs.sort();
        pairs
    }

    /// Query parameters or the fields of a form without what is secret.
    #[must_use]
    pub fn pairs(&self, pairs: Vec<(String, String)>) -> Vec<(String, String)> {
        let redact = |(name, value): (String, String)| {
            let value = if self.hides_field(&name) {
                REDACTED.to_owned()
            } else {
                self.text(&value)
            };
            (name, value)
        };
        pairs.into_iter().map(redact).collect()
    }

    /// JSON without what is secret.
    #[must_use]
    pub fn json(&self, value: Value) -> Value {
        match value {
            Value::Object(map) => {
                let redact = |(name, value): (String, Value)| {
                    let value = if self.hides_field(&name) {
                        self.secret(value)
                    } else {
                        self.json(value)
                    };
                    (name, value)
                };
                Value::Object(map.into_iter().map(redact).collect())
            }
            Value::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Value::String(text) => self.text(&text).into(),
            scalar => scalar,
        }
    }

    /// A body without what is secret. In text only other texts are replaced.
    #[must_use]
    pub fn body(&self, body: Body) -> Body {
        match body {
            Body::Json(value) => Body::Json(self.json(value)),
            Body::Form(fields) => Body::Form(self.pairs(fields)),
            Body::Text(text) => Body::Text(self.text(&text)),
            other => other,
        }
    }

    /// What stands under a secret name.
    fn secret(&self, value: Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value,
            Value::Number(_) | Value::String(_) => REDACTED.into(),
            Value::Array(items) => items.into_iter().map(|item| self.secret(item)).collect(),
            Value::Object(_) => self.json(value),
        }
    }
}

/// A name without case, `-` and `_`.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}
