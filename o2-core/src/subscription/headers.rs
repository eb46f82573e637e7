//! [`Headers`]: request headers that a subscriber wants with every notification. Their values may be credentials, so
//! nothing shows any of them.

use std::collections::BTreeMap;
use std::fmt;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::secret::MASK;
use crate::error::Excerpt;
use crate::{Error, Result};

const MOST: usize = 16;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 2048;

/// Headers that belong to the connection or to the gateway.
const RESERVED: [&str; 9] = [
    "connection",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// What reserved families of headers begin with.
const RESERVED_PREFIXES: [&str; 4] = ["content-", "proxy-", "webhook-", "x-o2ims-"];

/// Names, in lower case, with their values. On the wire and in `Debug` every value is `***`; one that comes back so is
/// the value that was there before.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    values: BTreeMap<String, String>,
    /// The same names, with masks for values.
    shown: BTreeMap<String, String>,
}

impl Headers {
    /// Headers with these names and values.
    pub fn new(headers: impl IntoIterator<Item = (impl AsRef<str>, impl Into<String>)>) -> Self {
        let mut values = BTreeMap::new();
        for (name, value) in headers {
            let (name, value) = (name.as_ref().to_ascii_lowercase(), value.into());
            // Of one name in two spellings, the one with a value counts.
            if value != MASK || !values.contains_key(&name) {
                values.insert(name, value);
            }
        }
        let shown = values.keys().map(|name| (name.clone(), MASK.to_owned())).collect();
        Self { values, shown }
    }

    /// The names, each with `***`.
    #[must_use]
    pub fn shown(&self) -> &BTreeMap<String, String> {
        &self.shown
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Names and values, for the moment of use.
    pub fn expose(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn validate(&self) -> Result<()> {
        if self.values.len() > MOST {
            return Err(wrong("body.headers", format!("are more than {MOST}")));
        }
        self.values.iter().try_for_each(|(name, value)| {
            let reason = wrong_name(name).or_else(|| wrong_value(value));
            reason.map_or(Ok(()), |reason| Err(wrong(&place(name), reason)))
        })
    }

    /// These headers, with the values of `current` where they came back masked.
    pub(super) fn over(mut self, current: &Self) -> Result<Self> {
        for (name, value) in &mut self.values {
            if value == MASK {
                let kept = current.values.get(name);
                value.clone_from(kept.ok_or_else(|| wrong(&place(name), "has no value yet, so give one".into()))?);
            }
        }
        Ok(self)
    }
}

fn wrong_name(name: &str) -> Option<String> {
    if name.len() > LONGEST_NAME || HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some(format!(
            "is not the name of a header of at most {LONGEST_NAME} characters"
        ));
    }
    let reserved = RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    reserved.then(|| "cannot be set: the gateway sets it".to_owned())
}

fn wrong_value(value: &str) -> Option<String> {
    let good = value.len() <= LONGEST_VALUE && value.is_ascii() && HeaderValue::from_str(value).is_ok();
    (!good).then(|| format!("must have a value of at most {LONGEST_VALUE} printable ASCII characters"))
}

fn place(name: &str) -> String {
    format!("body.headers.{}", Excerpt(name))
}

fn wrong(at: &str, reason: String) -> Error {
    Error::violation(at, reason)
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_gateway_and_of_the_connection_are_refused() {
        for (name, value, says) in [
            ("Authorization", "Bearer x", ""),
            ("X-Tenant", "red", ""),
            ("Host", "x", "cannot be set"),
            ("Content-Type", "x", "cannot be set"),
            ("webhook-signature", "x", "cannot be set"),
            ("Connection", "close", "cannot be set"),
            ("Transfer-Encoding", "chunked", "cannot be set"),
            ("Proxy-Authorization", "x", "cannot be set"),
            ("a b", "x", "not the name of a header"),
            ("", "x", "not the name of a header"),
            (&"x".repeat(65), "x", "not the name of a header"),
            ("x", "a\r\nb: c", "printable ASCII"),
            ("x", "größe", "printable ASCII"),
            ("x", &"y".repeat(2049), "printable ASCII"),
        ] {
            let result = Headers::new([(name, value)]).validate();
            match result {
                Ok(()) => assert_eq!(says, "", "{name}"),
                Err(error) => assert!(!says.is_empty() && error.to_string().contains(says), "{name}: {error}"),
            }
        }
        let many = (0..17).map(|number| (format!("x-{number}"), "y"));
        assert!(Headers::new(many).validate().is_err());
    }

    #[test]
    fn no_value_is_shown() {
        let headers = Headers::new([("Authorization", "Bearer hunter2"), ("X-A", "b")]);
        assert_eq!(format!("{headers:?}"), r#"{"authorization": "***", "x-a": "***"}"#);
        let json = serde_json::to_string(&headers).unwrap();
        assert_eq!(json, r#"{"authorization":"***","x-a":"***"}"#);
        let back: Headers = serde_json::from_str(&json).unwrap();
        assert_eq!(back.clone().over(&headers).unwrap(), headers);
        assert!(back.over(&Headers::default()).is_err());
    }
}
