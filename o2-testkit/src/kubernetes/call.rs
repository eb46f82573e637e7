//! [`Call`]: one request, as handlers want it.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, Method, Request};
use serde_json::Value;
use url::form_urlencoded;

use super::object::is_well_formed;
use super::status::{Cause, Outcome, Status};

/// One request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Bytes,
    params: Vec<(String, String)>,
    headers: HeaderMap,
}

impl Call {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            body: request.body().clone(),
            params: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: request.headers().clone(),
        }
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        params.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.param(name), Some("1" | "true" | "True" | ""))
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.param(name)?.parse().ok()
    }

    fn header(&self, name: &HeaderName) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    pub(super) fn is_watch(&self) -> bool {
        self.flag("watch")
    }

    /// Whether nothing must be stored.
    pub(super) fn is_dry_run(&self) -> Outcome<bool> {
        match self.param("dryRun") {
            None | Some("") => Ok(false),
            Some("All") => Ok(true),
            Some(other) => Err(self.unknown_dry_run(other)),
        }
    }

    fn unknown_dry_run(&self, stated: &str) -> Status {
        let options = match self.method {
            Method::POST => "CreateOptions",
            Method::PUT => "UpdateOptions",
            Method::PATCH => "PatchOptions",
            _ => "DeleteOptions",
        };
        let cause = Cause::not_supported("dryRun", &format!("[]string{{{stated:?}}}"), &["All"]);
        Status::invalid_of("meta.k8s.io", options, "", &[cause])
    }

    /// The version that a list or watch asks for; `None` for any.
    pub(super) fn resource_version(&self) -> Outcome<Option<u64>> {
        let Some(stated) = self
            .param("resourceVersion")
            .filter(|stated| !["", "0"].contains(stated))
        else {
            return Ok(None);
        };
        let wrong = |_| {
            let why = format!("strconv.ParseUint: parsing {stated:?}: invalid syntax");
            Status::new(500, "", format!("resourceVersion: Invalid value: {stated:?}: {why}"))
        };
        stated.parse().map(Some).map_err(wrong)
    }

    /// The content type without its parameters.
    pub(super) fn media_type(&self) -> &str {
        let kind = self.header(&CONTENT_TYPE);
        kind.split_once(';').map_or(kind, |(kind, _)| kind).trim()
    }

    /// Whether only metadata is wanted, as one object or as a list of them.
    pub(super) fn wants_metadata_only(&self) -> bool {
        let accepted = self.header(&ACCEPT);
        accepted.contains("as=PartialObjectMetadata") && accepted.contains("g=meta.k8s.io")
    }

    /// Whether discovery may be told in one document.
    pub(super) fn accepts_aggregated_discovery(&self) -> bool {
        let accepted = self.header(&ACCEPT);
        accepted.contains("as=APIGroupDiscoveryList") && accepted.contains("v=v2;")
    }

    pub(super) fn bearer(&self) -> Option<&str> {
        self.header(&AUTHORIZATION).strip_prefix("Bearer ")
    }

    /// Who writes: the field manager, or else the program.
    pub(super) fn manager(&self) -> &str {
        let agent = self.header(&USER_AGENT);
        let agent = agent.split_once('/').map_or(agent, |(program, _)| program);
        let agent = if agent.is_empty() { "unknown" } else { agent };
        self.param("fieldManager").unwrap_or(agent)
    }

    pub(super) fn json(&self) -> Outcome<Value> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Status::bad_request(format!("error decoding the body as JSON: {error}")))
    }

    /// The body, which has to be an object with metadata or without.
    pub(super) fn object(&self) -> Outcome<Value> {
        let object = self.json()?;
        if is_well_formed(&object) {
            return Ok(object);
        }
        let message = "the object provided is unrecognized (must be a JSON object with metadata)";
        Err(Status::bad_request(message))
    }
}
