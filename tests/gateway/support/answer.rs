//! What the gateway answered.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The problem document in an answer.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// The kind of error.
    pub(crate) error: String,
    pub(crate) detail: String,
    /// Where the request is wrong; empty when the document does not say.
    pub(crate) at: Vec<String>,
    pub(crate) plugin: Option<String>,
    pub(crate) operation: Option<String>,
}

impl Answer {
    pub(crate) fn of(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// The value of a header; empty when there is none.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The JSON body of an answer with this status; `null` when there is no body.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The values of one attribute of the items of a list.
    #[track_caller]
    pub(crate) fn items(&self, attribute: &str) -> Vec<String> {
        let list = self.expect(200);
        let text = |item: &Value| item[attribute].as_str().unwrap_or("").to_owned();
        list["items"].as_array().unwrap().iter().map(text).collect()
    }

    /// The problem document, after a check that it is complete and agrees with the rest of the answer.
    #[track_caller]
    pub(crate) fn problem(&self) -> Problem {
        assert!(self.status >= 400, "{} is no problem: {}", self.status, self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let json: Value = serde_json::from_slice(&self.body).unwrap();
        let text = |name: &str| {
            json[name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {json}"))
                .to_owned()
        };
        let title = StatusCode::from_u16(self.status).unwrap().canonical_reason().unwrap();
        assert_eq!((text("type").as_str(), text("title").as_str()), ("about:blank", title));
        assert_eq!(json["status"], self.status);
        assert_eq!(text("detail"), text("message"));
        assert!(!text("detail").is_empty() && !text("error").is_empty());
        assert_eq!(text("requestId"), self.header("x-request-id"));
        let optional = |name: &str| json[name].as_str().map(ToOwned::to_owned);
        let violations = json["violations"].as_array().cloned().unwrap_or_default();
        let at = |violation: &Value| {
            assert!(!violation["reason"].as_str().unwrap().is_empty());
            violation["at"].as_str().unwrap().to_owned()
        };
        Problem {
            status: self.status,
            error: text("error"),
            detail: text("detail"),
            at: violations.iter().map(at).collect(),
            plugin: optional("plugin"),
            operation: optional("operation"),
        }
    }
}
