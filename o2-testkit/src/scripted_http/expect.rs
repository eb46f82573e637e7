//! [`Expect`]: which request is expected, and how often.

use http::{HeaderName, Method, Uri};
use serde_json::Value;

use crate::exchange::{Body, Pattern};

/// Which request is expected, and how often: once, unless it says otherwise.
///
/// What is not said must not be there: a request to be met has no other query parameters and no body. Headers are the
/// exception, because transports add their own; only those that are named here are looked at.
#[derive(Debug, Clone)]
pub struct Expect {
    pub(super) pattern: Pattern,
    pub(super) times: Times,
}

/// How often an expectation is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Exactly(usize),
    Any,
}

impl Expect {
    /// A `GET` of a path, or of an absolute URL whose origin is then compared too. Both may have a query.
    ///
    /// # Panics
    /// As all constructors do, when `target` is not a path or URL.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::request(Method::GET, target)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::request(Method::POST, target)
    }

    /// A `PUT`.
    #[must_use]
    pub fn put(target: &str) -> Self {
        Self::request(Method::PUT, target)
    }

    /// A `PATCH`.
    #[must_use]
    pub fn patch(target: &str) -> Self {
        Self::request(Method::PATCH, target)
    }

    /// A `DELETE`.
    #[must_use]
    pub fn delete(target: &str) -> Self {
        Self::request(Method::DELETE, target)
    }

    /// Any request.
    ///
    /// # Panics
    /// When `target` is not a path or URL.
    #[must_use]
    pub fn request(method: Method, target: &str) -> Self {
        let uri: Uri = target.parse().unwrap_or_else(|error| panic!("{target}: {error}"));
        Self::of(Pattern::new(method, &uri))
    }

    pub(crate) fn of(pattern: Pattern) -> Self {
        Self {
            pattern,
            times: Times::Exactly(1),
        }
    }

    /// With this query parameter, decoded. The order of parameters does not matter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let pair = (name.to_owned(), value.to_owned());
        self.pattern.query.get_or_insert_default().push(pair);
        self
    }

    /// With any query.
    #[must_use]
    pub fn any_query(mut self) -> Self {
        self.pattern.query = None;
        self
    }

    /// With this header.
    ///
    /// # Panics
    /// When `name` is not the name of a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.pattern.headers.push((header(name), Some(value.to_owned())));
        self
    }

    /// Without this header.
    ///
    /// # Panics
    /// When `name` is not the name of a header.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.pattern.headers.push((header(name), None));
        self
    }

    /// With this JSON as the body, whatever the order of its fields.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body(Body::Json(body.clone()))
    }

    /// With this text as the body.
    #[must_use]
    pub fn text(self, body: &str) -> Self {
        self.body(Body::Text(body.to_owned()))
    }

    /// With a form of these fields as the body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.body(Body::Form(fields.iter().map(owned).collect()))
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.pattern.body = Some(body);
        self
    }

    /// With any body, or none.
    #[must_use]
    pub fn any_body(mut self) -> Self {
        self.pattern.body = None;
        self
    }

    /// So many times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Times::Exactly(times);
        self
    }

    /// Any number of times, none included.
    #[must_use]
    pub fn any_number(mut self) -> Self {
        self.times = Times::Any;
        self
    }
}

fn header(name: &str) -> HeaderName {
    name.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}
