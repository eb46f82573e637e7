//! How the controller reads query strings and writes answers.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use url::form_urlencoded::parse;

/// The most items of one page.
const LARGEST_PAGE: usize = 100;

/// Something in a collection.
pub(super) trait Listed: Serialize {
    fn uuid(&self) -> &str;
    fn project(&self) -> Option<&str>;
    fn rack(&self) -> Option<&str> {
        None
    }
}

/// A query string.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self(parse(query.as_bytes()).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the caller wants to see it: a project sees its own and what is shared.
    fn wants(&self, item: &impl Listed) -> bool {
        let project = self.get("project");
        let sees = project.is_none() || item.project().is_none() || item.project() == project;
        sees && self.get("rack").is_none_or(|rack| item.rack() == Some(rack))
    }
}

/// One page of items that are in the order of their ids.
pub(super) fn page<'i, T: Listed + 'i>(
    query: &Query,
    odd: bool,
    items: impl Iterator<Item = &'i T>,
) -> Response<Bytes> {
    let limit = query.get("limit").map_or(Ok(LARGEST_PAGE), str::parse);
    let Some(limit) = limit.ok().filter(|limit| *limit > 0) else {
        return fail(StatusCode::BAD_REQUEST, "limit: must be a positive number");
    };
    let after = query.get("after").unwrap_or_default();
    let wanted: Vec<_> = items.filter(|item| query.wants(*item)).collect();
    let mut rest = wanted.iter().filter(|item| item.uuid() > after);
    let page: Vec<_> = rest.by_ref().take(limit.min(LARGEST_PAGE)).collect();
    let next = rest.next().and(page.last()).map(|last| last.uuid().to_owned());
    let mut items: Vec<_> = page.iter().map(|item| json!(item)).collect();
    if odd {
        items.insert(0, json!({"uuid": 7, "shape": "of a later release"}));
    }
    send(
        StatusCode::OK,
        Ok(json!({"items": items, "next": next, "total": wanted.len()})),
    )
}

pub(super) fn one(item: Option<&impl Serialize>) -> Response<Bytes> {
    let found = item.map(|item| json!(item));
    send(
        StatusCode::OK,
        found.ok_or((StatusCode::NOT_FOUND, "there is no such thing")),
    )
}

pub(super) fn fail(status: StatusCode, reason: &str) -> Response<Bytes> {
    respond(status, &json!({"error": reason}))
}

pub(super) fn send(status: StatusCode, result: Result<Value, (StatusCode, &'static str)>) -> Response<Bytes> {
    match result {
        Ok(body) => respond(status, &body),
        Err((status, reason)) => fail(status, reason),
    }
}

fn respond(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response
}
