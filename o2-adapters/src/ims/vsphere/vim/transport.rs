//! One SOAP call. The only file that knows HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, RETRY_AFTER, SET_COOKIE};
use http::{Method, StatusCode};
use o2_core::error::Excerpt;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Secret};
use o2_core::{Context, Error, ErrorKind, Fault};

use super::fault::{Called, failure};
use super::xml::{Element, Ref, parse};

/// No answer is larger: pages have a bounded number of objects.
const LARGEST: usize = 64 << 20;

/// Sends calls to one vCenter.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) url: String,
    pub(super) timeout: Duration,
}

/// A method of an object, with the elements of its arguments.
#[derive(Debug)]
pub(super) struct Call<'c> {
    pub(super) method: &'static str,
    pub(super) this: &'c Ref,
    pub(super) arguments: String,
    /// How much longer than others it may take.
    pub(super) longer: Duration,
}

impl<'c> Call<'c> {
    pub(super) fn new(method: &'static str, this: &'c Ref, arguments: impl Into<String>) -> Self {
        Self {
            method,
            this,
            arguments: arguments.into(),
            longer: Duration::ZERO,
        }
    }
}

impl Transport {
    /// Calls in the session of this cookie. Answers with the `…Response` element, and the cookie that was set.
    pub(super) async fn call(
        &self,
        context: &Context,
        cookie: Option<&Secret>,
        call: Call<'_>,
    ) -> Called<(Element, Option<Secret>)> {
        let limit = self.limit(context, call.longer)?;
        let mut request = HttpRequest::new(self.request(cookie, &call)?);
        request.timeout = limit;
        request.max_body = LARGEST;
        let sent = self.clock.within(limit, self.http.send(request)).await;
        let response = sent.unwrap_or_else(|_| Err(late()))?;
        let answer = read(call.method, &response)?;
        Ok((answer, cookie_of(&response)))
    }

    fn limit(&self, context: &Context, longer: Duration) -> Called<Duration> {
        let limit = self.timeout + longer;
        let left = context
            .deadline()
            .map_or(limit, |deadline| deadline.saturating_sub(self.clock.monotonic()));
        if left.is_zero() {
            return Err(late().into());
        }
        Ok(left.min(limit))
    }

    fn request(&self, cookie: Option<&Secret>, call: &Call<'_>) -> Called<http::Request<Bytes>> {
        let mut request = http::Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header("SOAPAction", "urn:vim25/6.5");
        if let Some(cookie) = cookie {
            request = request.header(COOKIE, cookie.expose());
        }
        let request = request.body(Bytes::from(envelope(call)));
        request.map_err(|_| Error::internal("a request to the vCenter cannot be made").into())
    }
}

fn envelope(call: &Call<'_>) -> String {
    let (method, this) = (call.method, call.this.write("_this"));
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            r#"<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/" "#,
            r#"xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">"#,
            r#"<Body><{method} xmlns="urn:vim25">{this}{arguments}</{method}></Body></Envelope>"#
        ),
        method = method,
        this = this,
        arguments = call.arguments
    )
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "the vCenter did not answer in time").with_fault(Fault::Backend)
}

/// The body of an answer. Faults come with the status 500 and are told apart by their type.
fn read(method: &str, response: &HttpResponse) -> Called<Element> {
    let status = response.status();
    if !status.is_success() && status != StatusCode::INTERNAL_SERVER_ERROR {
        return Err(refusal(method, response).into());
    }
    let root = parse(response.body()).map_err(|reason| unreadable(method, status, &reason))?;
    let body = root.child("Body").and_then(|body| body.children.first());
    let answer = body.ok_or_else(|| unreadable(method, status, "it has no body"))?;
    if answer.name == "Fault" {
        return Err(failure(method, answer));
    }
    if status.is_success() && answer.name.strip_suffix("Response") == Some(method) {
        return Ok(answer.clone());
    }
    Err(unreadable(method, status, "it answers something else").into())
}

fn unreadable(method: &str, status: StatusCode, reason: &str) -> Error {
    Error::internal("the answer of the vCenter cannot be read")
        .with_fault(Fault::Backend)
        .with_detail(format!("{method}: {status}: {}", Excerpt(reason)))
}

/// What a status means that comes from a proxy, or from a vCenter that is starting.
fn refusal(method: &str, response: &HttpResponse) -> Error {
    let status = response.status();
    let (kind, message) = match status.as_u16() {
        401 | 403 => (ErrorKind::PermissionDenied, "the vCenter refuses our credentials"),
        404 => (ErrorKind::Unavailable, "there is no vCenter at the endpoint"),
        429 => (ErrorKind::RateLimited, "the vCenter is asked too often"),
        503 if method == "Login" => (
            ErrorKind::Unavailable,
            "the vCenter begins no session: it is starting, or has as many as it can",
        ),
        502..=504 => (ErrorKind::Unavailable, "the vCenter is not there"),
        _ => (ErrorKind::Internal, "the vCenter failed"),
    };
    let error = Error::new(kind, message)
        .with_fault(Fault::Backend)
        .with_detail(status.to_string());
    let wait = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    match wait.and_then(|seconds| seconds.trim().parse().ok()) {
        Some(seconds) => error.with_retry_after(Duration::from_secs(seconds)),
        None => error,
    }
}

/// The cookie of the session, without its attributes.
fn cookie_of(response: &HttpResponse) -> Option<Secret> {
    let mut set = response
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let found = set.find(|cookie| cookie.starts_with("vmware_soap_session="))?;
    Some(Secret::new(found.split(';').next().unwrap_or(found)))
}
