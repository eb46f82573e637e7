//! [`Body`]: the body of a message, read as what it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use url::form_urlencoded;

/// The body of a message, read as what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Body {
    /// There is none.
    Empty,
    /// JSON.
    Json(Value),
    /// The fields of a form, decoded, in their order.
    Form(Vec<(String, String)>),
    /// Other text.
    Text(String),
    /// What is no text; base64 where it is written down.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    Binary(Bytes),
}

impl Body {
    /// Reads a body. What claims to be JSON and is not is text.
    #[must_use]
    pub fn read(bytes: &Bytes, content_type: Option<&str>) -> Self {
        let is = |word: &str| content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains(word));
        if bytes.is_empty() {
            return Self::Empty;
        }
        if is("x-www-form-urlencoded") {
            return Self::Form(form(bytes));
        }
        if (content_type.is_none() || is("json"))
            && let Ok(value) = serde_json::from_slice(bytes)
        {
            return Self::Json(value);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Binary(bytes.clone()),
        }
    }

    /// The bytes of the body. JSON is written without blanks.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Json(value) => value.to_string().into(),
            Self::Form(fields) => form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish()
                .into(),
            Self::Text(text) => text.clone().into(),
            Self::Binary(bytes) => bytes.clone(),
        }
    }
}

/// The fields of a form or a query string, decoded.
pub(super) fn form(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

fn to_base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = STANDARD.decode(text);
    bytes.map(Bytes::from).map_err(serde::de::Error::custom)
}
