//! [`Endpoint`]: one call of a REST API as a value. It says what to ask and what answers are expected; the
//! [`RestClient`](super::client::RestClient) asks.

mod base;
mod path;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};
use o2_core::error::Excerpt;
use o2_core::{Error, Result};
use serde::Serialize;
use url::form_urlencoded;

pub use base::BaseUrl;

/// One call of a REST API: method, path, query, headers, body, and what answer is expected.
///
/// Paths are templates, so that errors and logs can name a call without the ids in it. What a method is given wrongly is
/// reported when the endpoint is called.
///
/// ```
/// # use o2_adapters::kit::endpoint::{BaseUrl, Endpoint};
/// # fn main() -> o2_core::Result<()> {
/// let endpoint = Endpoint::get("/projects/{project}/servers")
///     .with_segment("project", "red team")
///     .with_query("limit", 100);
/// let base = BaseUrl::parse("endpoint", "https://controller/v2")?;
/// assert_eq!(endpoint.uri(&base)?, "https://controller/v2/projects/red%20team/servers?limit=100");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Endpoint {
    method: Method,
    target: Target,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
    idempotent: bool,
    expected: Vec<u16>,
    object: Option<(&'static str, String)>,
    mistake: Option<Mistake>,
}

#[derive(Clone)]
enum Target {
    Path { template: &'static str, path: String },
    Link(String),
}

/// What is wrong with an endpoint.
#[derive(Clone)]
enum Mistake {
    /// The adapter's code is wrong.
    Defect(String),
    /// No path can hold this value.
    Segment(String),
}

impl Endpoint {
    /// `path` begins with a slash, is relative to the base URL and may have places to be filled, `/servers/{id}`.
    #[must_use]
    pub fn new(method: Method, path: &'static str) -> Self {
        let target = Target::Path {
            template: path,
            path: path.to_owned(),
        };
        Self::to(method, target)
    }

    /// Reads.
    #[must_use]
    pub fn get(path: &'static str) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates, or does something.
    #[must_use]
    pub fn post(path: &'static str) -> Self {
        Self::new(Method::POST, path)
    }

    /// Replaces.
    #[must_use]
    pub fn put(path: &'static str) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Changes.
    #[must_use]
    pub fn patch(path: &'static str) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Deletes.
    #[must_use]
    pub fn delete(path: &'static str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Reads what a link of the backend leads to, `nextLink` or `Location`: an absolute URL, or one relative to the base
    /// URL. It is refused when it leads to another scheme, host or port.
    #[must_use]
    pub fn follow(link: impl Into<String>) -> Self {
        Self::link(Method::GET, link)
    }

    /// Like [`follow`](Self::follow), with any method.
    #[must_use]
    pub fn link(method: Method, link: impl Into<String>) -> Self {
        Self::to(method, Target::Link(link.into()))
    }

    fn to(method: Method, target: Target) -> Self {
        Self {
            idempotent: method.is_idempotent(),
            method,
            target,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            expected: Vec::new(),
            object: None,
            mistake: None,
        }
    }

    /// Fills `{name}` with one segment; everything that has a meaning in a path is encoded.
    #[must_use]
    pub fn with_segment(self, name: &str, value: &str) -> Self {
        self.fill(name, value, path::segment)
    }

    /// Fills `{name}` with several segments, the slashes of `value` stay: for ids that are paths themselves.
    #[must_use]
    pub fn with_segments(self, name: &str, value: &str) -> Self {
        self.fill(name, value, path::segments)
    }

    fn fill(mut self, name: &str, value: &str, encode: fn(&str) -> Option<String>) -> Self {
        let place = format!("{{{name}}}");
        let mistake = match (&mut self.target, encode(value)) {
            (_, None) => Some(Mistake::Segment(value.to_owned())),
            (Target::Path { path, .. }, Some(value)) if path.contains(&place) => {
                *path = path.replace(&place, &value);
                None
            }
            _ => Some(Mistake::Defect(format!("there is no {place} to be filled"))),
        };
        self.but(mistake)
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a parameter to the query if there is a value for it.
    #[must_use]
    pub fn with_query_if(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with_query(name, value),
            None => self,
        }
    }

    /// Adds the parameters of an encoded query, but for those that the endpoint has itself.
    pub(super) fn with_more_query(mut self, query: &str) -> Self {
        let own = self.query.len();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if self.query[..own].iter().all(|(known, _)| *known != name) {
                self.query.push((name, value));
            }
        }
        self
    }

    /// Sets a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        let (Ok(name), Ok(mut value)) = parsed else {
            return self.but(Some(Mistake::Defect(format!("header '{name}' cannot be sent"))));
        };
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// Sends `body` as JSON.
    #[must_use]
    pub fn with_json(self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.with_body("application/json", json),
            Err(error) => self.but(Some(Mistake::Defect(format!("the body cannot be written: {error}")))),
        }
    }

    /// Sends `fields` as a form.
    #[must_use]
    pub fn with_form<'f>(self, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.with_body("application/x-www-form-urlencoded", form)
    }

    /// Sends `body`.
    #[must_use]
    pub fn with_body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    /// Says whether sending it twice does what sending it once does. It is so for GET, PUT and DELETE unless this says
    /// otherwise. An unclear failure of an endpoint that is not idempotent is never repeated.
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Accepts only these statuses instead of everything from 200 to 299.
    #[must_use]
    pub fn expecting(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.expected = statuses.into_iter().collect();
        self
    }

    /// Names the object it is about, in O2's words: when the backend has none, the error says that *this* does not exist.
    #[must_use]
    pub fn about(mut self, object: &'static str, id: impl Into<String>) -> Self {
        self.object = Some((object, id.into()));
        self
    }

    /// Keeps the first mistake.
    fn but(mut self, mistake: Option<Mistake>) -> Self {
        self.mistake = self.mistake.or(mistake);
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path with its places unfilled; of a link, a word for it.
    #[must_use]
    pub fn template(&self) -> &str {
        match &self.target {
            Target::Path { template, .. } => template,
            Target::Link(_) => "(link)",
        }
    }

    /// Whether it may be sent twice.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    /// Whether an answer with this status is one that was hoped for.
    #[must_use]
    pub fn expects(&self, status: StatusCode) -> bool {
        if self.expected.is_empty() {
            status.is_success()
        } else {
            self.expected.contains(&status.as_u16())
        }
    }

    pub(super) fn object(&self) -> Option<(&'static str, &str)> {
        self.object.as_ref().map(|(object, id)| (*object, id.as_str()))
    }

    /// The headers that it brings itself.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Where it leads from `base`.
    ///
    /// # Errors
    /// `InvalidInput` when an id cannot be part of a path, `Internal` when a place is unfilled, a header or body cannot be
    /// sent, or a link leads to another origin.
    pub fn uri(&self, base: &BaseUrl) -> Result<Uri> {
        let defect = |what: &str| Error::internal(format!("{} {}: {what}", self.method, self.template()));
        match &self.mistake {
            Some(Mistake::Segment(value)) => {
                return Err(Error::invalid(format!("'{}' is not an id", Excerpt(value))));
            }
            Some(Mistake::Defect(what)) => return Err(defect(what)),
            None => {}
        }
        let mut uri = match &self.target {
            Target::Path { path, .. } if path.contains(['{', '}']) => {
                return Err(defect("a place of the path is not filled"));
            }
            Target::Path { path, .. } => format!("{}{path}", base.as_str()),
            Target::Link(link) => {
                let mut url = base.follow(link)?;
                url.set_fragment(None);
                url.into()
            }
        };
        if !self.query.is_empty() {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&self.query)
                .finish();
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(&query);
        }
        uri.parse().map_err(|_| defect("its URL cannot be sent"))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        f.debug_struct("Endpoint")
            .field("method", &self.method)
            .field("path", &self.template())
            .field("query", &names)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
