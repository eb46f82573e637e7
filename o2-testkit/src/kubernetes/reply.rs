//! [`Reply`]: what a handler answers, and the response that this is.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

use super::body::Body;
use super::status::{Outcome, Status};
use super::watch::Watch;

/// What a handler answers.
#[derive(Debug)]
pub(super) enum Reply {
    Json(u16, Value),
    /// JSON of another type than `application/json`.
    Typed(&'static str, Value),
    Text(u16, String),
    Watch(Box<Watch>),
}

impl Reply {
    pub(super) fn ok(value: Value) -> Self {
        Self::Json(200, value)
    }

    /// What a path answers that leads nowhere; no `Status`, as with a real server.
    pub(super) fn nowhere() -> Self {
        Self::Text(404, "404 page not found\n".to_owned())
    }

    fn into_response(self) -> Response<Body> {
        let json = "application/json";
        match self {
            Self::Json(code, value) => response(code, json, Body::whole(value.to_string())),
            Self::Typed(kind, value) => response(200, kind, Body::whole(value.to_string())),
            Self::Text(code, text) => response(code, "text/plain; charset=utf-8", Body::whole(text)),
            Self::Watch(watch) => response(200, json, Body::watch(*watch)),
        }
    }
}

/// The response of an outcome.
pub(super) fn of(outcome: Outcome<Reply>) -> Response<Body> {
    outcome.map_or_else(|status| failure(&status), Reply::into_response)
}

fn failure(status: &Status) -> Response<Body> {
    let mut response = Reply::Json(status.code(), status.body().clone()).into_response();
    if let Some(seconds) = status.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn response(code: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
