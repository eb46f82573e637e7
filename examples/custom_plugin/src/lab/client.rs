//! Requests to the lab controller, and its answers as results. The only file that knows the transport.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use o2_core::error::Excerpt;
use o2_core::model::Version;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse, Secret};
use o2_core::{Error, ErrorKind, Fault, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::LabConfig;
use super::wire::{Group, Item, NewGroup};

/// The longest id of the controller.
const LONGEST_ID: usize = 64;

/// Sends requests to one controller.
#[derive(Debug)]
pub(super) struct Client {
    http: Arc<dyn HttpClient>,
    endpoint: String,
    token: Secret,
}

/// Which items of a collection.
#[derive(Debug, Default)]
pub(super) struct Question<'a> {
    pub(super) project: Option<&'a str>,
    pub(super) rack: Option<&'a str>,
    pub(super) after: Option<&'a str>,
    pub(super) limit: u32,
}

/// One page of a collection.
#[derive(Debug)]
pub(super) struct Answer<W> {
    pub(super) items: Vec<W>,
    pub(super) next: Option<String>,
    /// How many there are in all pages; unknown when one of them could not be understood.
    pub(super) total: Option<u64>,
}

#[derive(Deserialize)]
struct Listing {
    items: Vec<Value>,
    next: Option<String>,
    total: u64,
}

impl Client {
    pub(super) fn new(config: &LabConfig, http: Arc<dyn HttpClient>) -> Self {
        Self {
            http,
            endpoint: config.endpoint.trim_end_matches('/').to_owned(),
            token: config.token.clone(),
        }
    }

    /// A page. Items that cannot be understood are left out, and the log says so.
    pub(super) async fn list<W: Item>(&self, question: &Question<'_>) -> Result<Answer<W>> {
        let target = format!("/{}?{}", W::COLLECTION, question.encode());
        let response = self.send(Method::GET, &target, None, Bytes::new()).await?;
        let listing: Listing = read(&successful(response)?)?;
        let sent = listing.items.len();
        let items: Vec<W> = listing.items.into_iter().filter_map(understood).collect();
        Ok(Answer {
            total: (items.len() == sent).then_some(listing.total),
            items,
            next: listing.next,
        })
    }

    /// One item, if there is one with this id.
    pub(super) async fn get<W: Item>(&self, uuid: &str) -> Result<Option<W>> {
        if !may_be_id(uuid) {
            return Ok(None);
        }
        let target = format!("/{}/{uuid}", W::COLLECTION);
        let response = self.send(Method::GET, &target, None, Bytes::new()).await?;
        present(response)?.map(|response| read(&response)).transpose()
    }

    pub(super) async fn create(&self, group: &NewGroup<'_>) -> Result<Group> {
        let response = self.send(Method::POST, "/groups", None, body(group)?).await?;
        if response.status() == StatusCode::CONFLICT {
            return Err(Error::already_exists("resourcePool", group.label));
        }
        read(&successful(response)?)
    }

    /// Replaces a group that exists and, when a version is expected, has it.
    pub(super) async fn replace(
        &self,
        uuid: &str,
        group: &NewGroup<'_>,
        expected: Option<&Version>,
    ) -> Result<Option<Group>> {
        let target = format!("/groups/{uuid}");
        let response = self.send(Method::PUT, &target, expected, body(group)?).await?;
        if response.status() == StatusCode::CONFLICT {
            return Err(Error::already_exists("resourcePool", group.label));
        }
        present(response)?.map(|response| read(&response)).transpose()
    }

    /// Deletes a group that exists and, when a version is expected, has it.
    pub(super) async fn delete(&self, uuid: &str, force: bool, expected: Option<&Version>) -> Result<Option<()>> {
        let target = format!("/groups/{uuid}?force={force}");
        let response = self.send(Method::DELETE, &target, expected, Bytes::new()).await?;
        if response.status() == StatusCode::CONFLICT {
            return Err(Error::conflict(
                "the pool has resources; delete it with force, or these first",
            ));
        }
        Ok(present(response)?.map(drop))
    }

    async fn send(
        &self,
        method: Method,
        target: &str,
        expected: Option<&Version>,
        body: Bytes,
    ) -> Result<HttpResponse> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.endpoint))
            .header("x-lab-token", self.token.expose());
        if !body.is_empty() {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
        }
        if let Some(expected) = expected {
            request = request.header(http::header::IF_MATCH, expected.as_str());
        }
        let request = request
            .body(body)
            .map_err(|source| Error::internal("a request to the controller cannot be made").with_source(source))?;
        self.http.send(HttpRequest::new(request)).await
    }
}

impl Question<'_> {
    fn encode(&self) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", &self.limit.to_string());
        for (name, value) in [("project", self.project), ("rack", self.rack), ("after", self.after)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// Whether it looks like an id of the controller. Nothing else is asked for: an empty id would be the collection, and
/// clients resolve `..`.
fn may_be_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=LONGEST_ID).contains(&text.len()) && text.chars().all(allowed)
}

fn understood<W: Item>(item: Value) -> Option<W> {
    match serde_json::from_value(item) {
        Ok(item) => Some(item),
        Err(error) => {
            tracing::warn!(collection = W::COLLECTION, %error, "left an item out that cannot be understood");
            None
        }
    }
}

fn body(group: &NewGroup<'_>) -> Result<Bytes> {
    let text = serde_json::to_vec(group);
    text.map(Bytes::from)
        .map_err(|source| Error::internal("a group cannot be written").with_source(source))
}

fn read<T: DeserializeOwned>(response: &HttpResponse) -> Result<T> {
    serde_json::from_slice(response.body()).map_err(|source| {
        Error::internal("an answer of the controller cannot be read")
            .with_fault(Fault::Backend)
            .with_source(source)
    })
}

/// The answer about one object: nothing when the controller does not have it.
fn present(response: HttpResponse) -> Result<Option<HttpResponse>> {
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    successful(response).map(Some)
}

fn successful(response: HttpResponse) -> Result<HttpResponse> {
    if response.status().is_success() {
        return Ok(response);
    }
    Err(refusal(response.status(), response.body()))
}

/// What a status means, whatever was asked.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let (kind, message) = match status.as_u16() {
        400 | 422 => (ErrorKind::InvalidInput, "the controller does not accept it"),
        401 | 403 => (ErrorKind::PermissionDenied, "the controller refuses our credentials"),
        412 => (ErrorKind::PreconditionFailed, "it has changed since it was read"),
        429 => (ErrorKind::RateLimited, "the controller is asked too often"),
        502..=504 => (ErrorKind::Unavailable, "the controller is not there"),
        _ => (ErrorKind::Internal, "the controller failed"),
    };
    let detail = format!("{status}: {}", Excerpt(&String::from_utf8_lossy(body)));
    let error = Error::new(kind, message).with_detail(detail);
    match kind {
        ErrorKind::InvalidInput | ErrorKind::PreconditionFailed => error,
        _ => error.with_fault(Fault::Backend),
    }
}
