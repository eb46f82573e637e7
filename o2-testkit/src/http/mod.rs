//! [`Client`]: sends requests to the routes of one API, as a gateway would, but without one. And [`openapi`]: what is
//! wrong with an OpenAPI document.

#![allow(clippy::panic, reason = "a test that asks wrongly fails, as an assertion does")]

pub mod openapi;

use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use o2_core::http::{Exchange, Located, Mount, ProblemDetails, Reply, problem};
use o2_core::query::{PageLimits, Params};
use o2_core::{Context, Result, TenantId};
use serde_json::Value;

/// Sends requests to one API. There is no identity, no permission and no limit; everything else is as behind a gateway.
///
/// Blocks the thread until the answer is there, so the plugins behind the API must not need a runtime.
#[derive(Debug, Clone)]
pub struct Client {
    mount: Arc<dyn Mount>,
    context: Context,
    headers: HeaderMap,
    page_limits: PageLimits,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, `null` when there is none and a string when it is no JSON.
    pub body: Value,
}

impl Client {
    /// A client above tenants.
    #[must_use]
    pub fn new(mount: Arc<dyn Mount>) -> Self {
        Self {
            mount,
            context: Context::new("test"),
            headers: HeaderMap::new(),
            page_limits: PageLimits::default(),
        }
    }

    /// The same client acting for a tenant.
    #[must_use]
    pub fn for_tenant(&self, tenant: &str) -> Self {
        let context = self.context.clone().with_tenant(TenantId::new(tenant));
        Self {
            context,
            ..self.clone()
        }
    }

    /// The same client with one header more on every request.
    ///
    /// # Panics
    /// When `value` cannot be in a header.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: &str) -> Self {
        let mut client = self.clone();
        let value = HeaderValue::from_bytes(value.as_bytes());
        client
            .headers
            .append(name, value.unwrap_or_else(|error| panic!("{error}")));
        client
    }

    /// The same client of a gateway with these sizes of pages.
    #[must_use]
    pub fn with_page_limits(&self, page_limits: PageLimits) -> Self {
        Self {
            page_limits,
            ..self.clone()
        }
    }

    /// `GET`.
    #[must_use]
    pub fn get(&self, target: &str) -> Answer {
        self.send(Method::GET, target, Bytes::new())
    }

    /// `POST` of JSON.
    #[must_use]
    pub fn post(&self, target: &str, body: &Value) -> Answer {
        self.send(Method::POST, target, body.to_string())
    }

    /// `PUT` of JSON.
    #[must_use]
    pub fn put(&self, target: &str, body: &Value) -> Answer {
        self.send(Method::PUT, target, body.to_string())
    }

    /// `PATCH` of a JSON merge patch.
    #[must_use]
    pub fn patch(&self, target: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, target, body.to_string())
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete(&self, target: &str) -> Answer {
        self.send(Method::DELETE, target, Bytes::new())
    }

    /// Any request. A body without content type in [`with_header`](Self::with_header) has none.
    ///
    /// # Panics
    /// When `target` is not a path with or without a query.
    #[must_use]
    pub fn send(&self, method: Method, target: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::builder().method(method).uri(target).body(body.into());
        let mut request = request.unwrap_or_else(|error| panic!("{target}: {error}"));
        *request.headers_mut() = self.headers.clone();
        Answer::of(block_on(self.serve(request)))
    }

    /// The items of all pages of a list, from the first page on.
    ///
    /// # Panics
    /// When a page is not a list or the walk does not end after a thousand pages.
    #[must_use]
    pub fn walk(&self, target: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(target.to_owned());
        for _ in 0..1000 {
            let Some(target) = next else { return items };
            let page = self.get(&target);
            assert_eq!(page.status, 200, "{target}: {}", page.body);
            items.extend(page.items().iter().cloned());
            next = page.body["pagination"]["nextPage"].as_str().map(ToOwned::to_owned);
        }
        panic!("{target} has more than a thousand pages");
    }

    async fn serve(&self, request: Request<Bytes>) -> Response<Bytes> {
        let located = match self.mount.locate(request.uri().path()) {
            Ok(Some(located)) => located,
            Ok(None) => return ProblemDetails::new(StatusCode::NOT_FOUND, "there is nothing here").into_response(),
            Err(error) => return problem::respond(&error, self.context.request_id()),
        };
        let Some(route) = located.route(request.method()) else {
            return problem::method_not_allowed(request.method(), &located.allow(), self.context.request_id());
        };
        if !located
            .info(route)
            .body
            .takes(request.headers(), request.body().is_empty())
        {
            return ProblemDetails::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not such a body").into_response();
        }
        match self.call(&located, route, request).await {
            Ok(reply) => reply.into_response(),
            Err(error) => problem::respond(&error, self.context.request_id()),
        }
    }

    async fn call(&self, located: &Located<'_>, route: usize, request: Request<Bytes>) -> Result<Reply> {
        let (head, body) = request.into_parts();
        let mut exchange = Exchange::new(self.context.clone(), located.version, Arc::clone(&located.root));
        exchange.path = located.path.clone();
        exchange.params = Params::parse(head.uri.query().unwrap_or(""))?;
        exchange.headers = head.headers;
        exchange.target = head.uri;
        exchange.body = body;
        exchange.page_limits = self.page_limits;
        located.call(route, exchange).await
    }
}

impl Answer {
    fn of(response: Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body: if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&body).unwrap_or_else(|_| text())
            },
        }
    }

    /// A header's text, empty when it is not there.
    #[must_use]
    pub fn header(&self, name: impl http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    /// The items of a list.
    ///
    /// # Panics
    /// When it is not a list.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        let items = self.body["items"].as_array();
        items.unwrap_or_else(|| panic!("not a list: {}", self.body))
    }

    /// Whether it is a problem document that repeats the status.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        self.header(CONTENT_TYPE) == problem::CONTENT_TYPE_PROBLEM && self.body["status"] == self.status
    }

    /// Where the first violation of a problem document is, empty when there is none.
    #[must_use]
    pub fn violation(&self) -> &str {
        self.body["violations"][0]["at"].as_str().unwrap_or("")
    }
}
