//! What the gateway refuses itself, before a handler is asked.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use o2_core::error::Excerpt;
use o2_core::http::{Exchange, ProblemDetails, QueryDoc, RouteInfo};
use o2_core::{Error, ErrorKind, Result};

use crate::tower::{CutOff, TooLarge, TooSlow};

/// There is nothing at this path.
pub(crate) fn of_path(path: &str) -> ProblemDetails {
    let detail = format!("there is nothing at {}", Excerpt(path));
    ProblemDetails::new(StatusCode::NOT_FOUND, detail)
}

/// The caller lacks the permission for a route.
pub(crate) fn of_permission(info: &RouteInfo) -> Error {
    let permission = format!("{}:{}", info.operation.collection, info.operation.action.as_str());
    Error::new(
        ErrorKind::PermissionDenied,
        format!("permission {permission} is required"),
    )
}

/// What is wrong with a body before it is read: it did not arrive whole, is too long, or of a type the route does not
/// take.
pub(crate) fn of_body(
    info: &RouteInfo,
    head: &Parts,
    body: &Bytes,
    longest: usize,
    timeout: Duration,
) -> Option<ProblemDetails> {
    let problem = |status, detail: String| Some(ProblemDetails::new(status, detail));
    if head.extensions.get::<CutOff>().is_some() {
        return problem(StatusCode::BAD_REQUEST, "the body ended early".to_owned());
    }
    if head.extensions.get::<TooSlow>().is_some() {
        let detail = format!("the body did not arrive within {} s", timeout.as_secs_f64());
        return problem(StatusCode::REQUEST_TIMEOUT, detail);
    }
    if body.len() > longest || head.extensions.get::<TooLarge>().is_some() {
        let detail = format!("the body has more than {longest} bytes");
        return problem(StatusCode::PAYLOAD_TOO_LARGE, detail);
    }
    if info.body.takes(&head.headers, body.is_empty()) {
        return None;
    }
    let known = info.body.content_types();
    if known.is_empty() {
        return problem(StatusCode::BAD_REQUEST, "this request takes no body".to_owned());
    }
    let detail = format!("the body must be {}", known.join(" or "));
    problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// Refuses parameters that a route does not have: whoever sends one means something by it. Those of lists and objects
/// depend on their attributes; whoever reads them knows.
///
/// # Errors
/// `InvalidInput` naming the parameter and the known ones.
pub(crate) fn of_params(info: &RouteInfo, exchange: &Exchange) -> Result<()> {
    let known: Vec<&str> = match info.query {
        QueryDoc::None => Vec::new(),
        QueryDoc::Only(known) => known.iter().map(|parameter| parameter.name).collect(),
        _ => return Ok(()),
    };
    // `extensions.<key>` stands for many names.
    if known.iter().any(|name| name.contains('<')) {
        return Ok(());
    }
    exchange.expect_params(&known)
}
