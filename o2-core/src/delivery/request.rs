//! The HTTP request that carries notifications.

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue, Request};

use super::notification::Told;
use super::{Message, Receiver};
use crate::ports::HttpRequest;
use crate::subscription::SubscriptionId;
use crate::{Error, Result, Timestamp};

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("oran-o2/", env!("CARGO_PKG_VERSION")));
/// What is read of an answer. Nobody looks at it.
pub(super) const MAX_ANSWER: usize = 16 << 10;

/// The request of one attempt.
///
/// # Errors
/// When it cannot be signed, or `Internal` when the URL is none for HTTP.
pub(super) fn post(
    subscription: &SubscriptionId,
    receiver: &Receiver,
    told: Told,
    now: Timestamp,
) -> Result<HttpRequest> {
    let mut headers = receiver.headers.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, AGENT);
    let id = HeaderValue::from_str(&told.id).map_err(|error| Error::internal(error.to_string()))?;
    headers.insert(WEBHOOK_ID, id);
    if let Some(signer) = &receiver.signer {
        headers.extend(signer.sign(&Message {
            id: &told.id,
            timestamp: now,
            body: &told.body,
            event_type: &told.word,
            subscription_id: subscription.as_str(),
        })?);
    }
    let request = Request::post(receiver.url.as_str()).body(told.body.into());
    let mut request = request.map_err(|error| Error::internal("the callback is no URL for HTTP").with_source(error))?;
    *request.headers_mut() = headers;
    let mut request = HttpRequest::new(request);
    request.max_body = MAX_ANSWER;
    Ok(request)
}

/// A request that asks whether anybody answers at a URL.
///
/// # Errors
/// `Internal` when the URL is none for HTTP.
pub(super) fn get(url: &url::Url) -> Result<HttpRequest> {
    let request = Request::get(url.as_str())
        .header(USER_AGENT, AGENT)
        .body(bytes::Bytes::new());
    let request = request.map_err(|error| Error::internal("the callback is no URL for HTTP").with_source(error))?;
    let mut request = HttpRequest::new(request);
    request.max_body = MAX_ANSWER;
    Ok(request)
}
