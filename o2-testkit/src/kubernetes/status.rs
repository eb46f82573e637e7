//! [`Status`]: how the server says that something failed, a `metav1.Status` in the real wording.

use serde_json::{Value, json};

use super::resource::{Resource, qualified};

/// What a handler has, or why not.
pub(super) type Outcome<T> = Result<T, Status>;

/// Why a request failed, as the body of the answer says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    code: u16,
    body: Value,
}

/// What is wrong with one field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) field: String,
}

impl Status {
    /// A failure of any kind, for instance `Status::new(504, "Timeout", "request did not complete within 30s")`.
    #[must_use]
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let mut body = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "code": code,
        });
        if !reason.is_empty() {
            body["reason"] = json!(reason);
        }
        Self { code, body }
    }

    /// 429: the server has too much to do. Told in the body and in `Retry-After`.
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        let message = "Too many requests, please try again later.";
        Self::new(429, "TooManyRequests", message).with_retry_after(retry_after_seconds)
    }

    /// 503: the server, or what it asks, is not there.
    #[must_use]
    pub fn service_unavailable(message: &str) -> Self {
        Self::new(503, "ServiceUnavailable", message)
    }

    /// 500, as when a webhook cannot be called: `failed calling webhook "x": ...`.
    #[must_use]
    pub fn internal(message: &str) -> Self {
        Self::new(500, "InternalError", format!("Internal error occurred: {message}"))
            .with_details(json!({"causes": [{"message": message}]}))
    }

    /// 504: the server gave up.
    #[must_use]
    pub fn server_timeout() -> Self {
        let message = "The server was unable to return a response in the time allotted, but may still be processing \
                       the request";
        Self::new(504, "Timeout", message)
    }

    /// The same with these `details`.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.body["details"] = details;
        self
    }

    /// The same with `details.retryAfterSeconds` and a `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.body["details"]["retryAfterSeconds"] = json!(seconds);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }

    pub(super) fn retry_after(&self) -> Option<u64> {
        self.body.pointer("/details/retryAfterSeconds")?.as_u64()
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Self::new(404, "NotFound", message).about(resource, name)
    }

    pub(super) fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Self::new(409, "AlreadyExists", message).about(resource, name)
    }

    /// 409: the object is another than the caller believes.
    pub(super) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            resource.qualified()
        );
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// The same about preconditions, where the kind is named.
    pub(super) fn conflicting_kind(resource: &Resource, name: &str, why: &str) -> Self {
        let kind = resource.qualified_kind();
        let message = format!("Operation cannot be fulfilled on {kind} {name:?}: {why}");
        Self::new(409, "Conflict", message).with_details(details(&resource.group, &resource.kind, name))
    }

    pub(super) fn outdated(resource: &Resource, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again".to_owned();
        Self::conflict(resource, name, &why)
    }

    pub(super) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let subject = match name {
            "" => resource.qualified(),
            name => format!("{} {name:?}", resource.qualified()),
        };
        Self::new(403, "Forbidden", format!("{subject} is forbidden: {why}")).about(resource, name)
    }

    /// 404: a built-in group has no such resource.
    pub(super) fn no_such_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self::new(404, "NotFound", message).with_details(json!({}))
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message).with_details(json!({}))
    }

    pub(super) fn unsupported_media_type(accepted: &str) -> Self {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The same with a token for going on with a list that is no longer consistent.
    pub(super) fn with_continue(mut self, token: &str) -> Self {
        self.body["metadata"]["continue"] = json!(token);
        self
    }

    /// 422: fields of an object are wrong.
    pub(super) fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        Self::invalid_of(&resource.group, &resource.kind, name, causes)
    }

    /// The same about an object that says another kind, or about options.
    pub(super) fn invalid_of(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let all: Vec<_> = causes
            .iter()
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect();
        let what = match all.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} {name:?} is invalid: {what}", qualified(kind, group));
        let mut details = details(group, kind, name);
        details["causes"] = causes.iter().map(Cause::to_json).collect();
        Self::new(422, "Invalid", message).with_details(details)
    }

    fn about(self, resource: &Resource, name: &str) -> Self {
        self.with_details(details(&resource.group, &resource.plural, name))
    }
}

fn details(group: &str, kind: &str, name: &str) -> Value {
    let mut details = json!({});
    for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
        if !value.is_empty() {
            details[key] = json!(value);
        }
    }
    details
}

/// The answer to the removal of an object that is gone.
pub(super) fn success(resource: &Resource, name: &str, uid: &str) -> Value {
    let mut details = details(&resource.group, &resource.plural, name);
    details["uid"] = json!(uid);
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    })
}

impl Cause {
    pub(super) fn required(field: impl Into<String>) -> Self {
        Self {
            reason: "FieldValueRequired",
            message: "Required value".to_owned(),
            field: field.into(),
        }
    }

    pub(super) fn not_supported(field: &str, value: &str, supported: &[&str]) -> Self {
        let supported: Vec<_> = supported.iter().map(|value| format!("{value:?}")).collect();
        Self {
            reason: "FieldValueNotSupported",
            message: format!("Unsupported value: {value}: supported values: {}", supported.join(", ")),
            field: field.to_owned(),
        }
    }

    pub(super) fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {value}: {why}"),
            field: field.into(),
        }
    }

    pub(super) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {why}"),
            field: field.into(),
        }
    }

    fn to_json(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}
