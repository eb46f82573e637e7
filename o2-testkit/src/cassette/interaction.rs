//! [`Interaction`]: one exchange, as a cassette holds it.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use o2_core::ports::HttpResponse;
use serde::{Deserialize, Serialize};

use crate::exchange::{Body, Pattern, Redaction, SeenRequest};
use crate::scripted_http::{Expect, Reply};

/// Headers that speak of the transport, or of the machine behind it, and not of the recorded body.
const OF_TRANSPORT: [&str; 7] = [
    "connection",
    "content-encoding",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
    "user-agent",
];

type Pairs = Vec<(String, String)>;

/// One exchange, without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Interaction {
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedRequest {
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    query: Pairs,
    /// For those who read the file; replaying does not look at them.
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    headers: Pairs,
    body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedResponse {
    status: u16,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    headers: Pairs,
    body: Body,
}

impl Interaction {
    /// An exchange without what is secret.
    pub(super) fn record(request: &SeenRequest, response: &HttpResponse, redaction: &Redaction) -> Self {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Self {
            request: RecordedRequest {
                method: request.method.to_string(),
                path: redaction.text(request.path()),
                query: redaction.pairs(request.query()),
                headers: kept(redaction.headers(&request.headers)),
                body: redaction.body(request.content()),
            },
            response: RecordedResponse {
                status: response.status().as_u16(),
                headers: kept(redaction.headers(response.headers())),
                body: redaction.body(Body::read(response.body(), kind)),
            },
        }
    }

    /// The request that is expected, and what it is answered with; or what of them is not HTTP.
    pub(super) fn replay(&self, redaction: &Redaction) -> Result<(Expect, Reply), String> {
        let method: Method = self.request.method.parse().map_err(|error| format!("{error}"))?;
        let pattern = Pattern {
            method,
            origin: None,
            path: self.request.path.clone(),
            query: Some(self.request.query.clone()),
            headers: Vec::new(),
            body: Some(self.request.body.clone()),
            redaction: redaction.clone(),
            redacted: true,
        };
        Ok((Expect::of(pattern), Reply::of_response(self.response.to_http()?)))
    }
}

impl RecordedResponse {
    fn to_http(&self) -> Result<HttpResponse, String> {
        let mut response = HttpResponse::new(self.body.to_bytes());
        *response.status_mut() = StatusCode::from_u16(self.status).map_err(|error| error.to_string())?;
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|error| format!("{name}: {error}"))?;
            let value = HeaderValue::from_str(value).map_err(|error| format!("{name}: {error}"))?;
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}

fn kept(mut headers: Pairs) -> Pairs {
    headers.retain(|(name, _)| !OF_TRANSPORT.contains(&name.as_str()));
    headers
}
