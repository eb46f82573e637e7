//! [`Way`]: how requests get to the played cloud, with logins, tokens and troubles.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use http::{Response, StatusCode};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Fault, Result, Retry};
use o2_testkit::conformance::Trouble;
use serde_json::{Value, json};

use super::played::{Asked, Cloud, State, TOKEN, fault, unauthorized};

/// The catalog, with endpoints of another interface and another region in it.
fn catalog() -> Value {
    let service = |kind: &str, host: &str, path: &str| {
        let place = |interface: &str, region: &str, host: &str| json!({"interface": interface, "region_id": region, "region": region, "url": format!("https://{host}{path}")});
        json!({"type": kind, "name": host, "endpoints": [
            place("admin", "RegionOne", "elsewhere"), place("public", "RegionTwo", "elsewhere"),
            place("public", "RegionOne", host),
        ]})
    };
    json!([
        service("identity", "keystone", "/v3"),
        service("compute", "nova", "/v2.1"),
        service("placement", "placement", "/placement"),
        service("volumev3", "cinder", "/v3/a6944d763bf64ee6a275f1263fae0352"),
    ])
}

impl Cloud {
    fn login(state: &mut State, body: &Value) -> HttpResponse {
        let credential = &body["auth"]["identity"]["application_credential"];
        let password = &body["auth"]["identity"]["password"]["user"]["password"];
        let known = credential["secret"] == "secret" && body["auth"].get("scope").is_none() || password == "secret";
        if !known || state.trouble == Some(Trouble::Denied) {
            let (status, body) = unauthorized();
            return response(status, &body);
        }
        state.tokens += 1;
        state.good = state.tokens;
        let token = json!({"token": {"catalog": catalog(), "expires_at": "2100-01-01T00:00:00.000000Z"}});
        let mut response = response(201, &token);
        let value = format!("{TOKEN}-{}", state.good);
        response.headers_mut().insert("x-subject-token", value.parse().unwrap());
        response
    }

    fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let request = &request.request;
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let mut state = self.state();
        let line = format!("{} {}", request.method(), path);
        state.asked.push(line.clone());
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        if line == "POST /v3/auth/tokens" {
            return Self::login(&mut state, &body);
        }
        if line == "GET /v2.1/" {
            return response(
                200,
                &json!({"version": {"id": "v2.1", "version": "2.104", "min_version": "2.1"}}),
            );
        }
        match state.then.take() {
            Some((0, happen)) => happen(&mut state),
            later => state.then = later.map(|(left, happen)| (left - 1, happen)),
        }
        let token = request
            .headers()
            .get("x-auth-token")
            .map(|token| token.to_str().unwrap().to_owned());
        if token != Some(format!("{TOKEN}-{}", state.good)) || state.trouble == Some(Trouble::Denied) {
            let (status, body) = unauthorized();
            return response(status, &body);
        }
        if state.forbidden.iter().any(|beginning| path.starts_with(beginning)) {
            let (status, body) = fault(403, "forbidden", "Policy doesn't allow it to be performed.");
            return response(status, &body);
        }
        if let Some(at) = state
            .next
            .iter()
            .position(|(beginning, ..)| line.starts_with(beginning))
        {
            let (_, status, body) = state.next.remove(at);
            return response(status, &body);
        }
        let (status, body) = state.answer(&Asked {
            method: request.method(),
            path,
            query,
            body,
        });
        response(status, &body)
    }
}

fn response(status: u16, body: &Value) -> HttpResponse {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if status == 429 {
        response.headers_mut().insert("retry-after", "7".parse().unwrap());
    }
    response
}

/// The way to a cloud, on the clock of whoever goes it.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) cloud: Arc<Cloud>,
    pub(super) clock: Arc<dyn Clock>,
}

impl HttpClient for Way {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let trouble = self.cloud.state().trouble;
        match trouble {
            Some(Trouble::Down) => {
                let error = Error::new(ErrorKind::Unavailable, "nobody listens").with_fault(Fault::Backend);
                ready(Err(error.with_retry(Retry::Safe))).boxed()
            }
            Some(Trouble::Hanging) => self.hang(request.timeout).boxed(),
            _ => ready(Ok(self.cloud.respond(&request))).boxed(),
        }
    }
}

impl Way {
    /// A client keeps to the time that a request has, as real ones do.
    async fn hang(&self, timeout: Duration) -> Result<HttpResponse> {
        self.clock.sleep(timeout).await;
        Err(Error::new(ErrorKind::Timeout, "there was no answer in time").with_fault(Fault::Backend))
    }
}
