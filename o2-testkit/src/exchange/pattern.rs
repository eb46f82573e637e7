//! [`Pattern`]: which requests are meant, and how another one differs.

use std::collections::BTreeSet;
use std::fmt;

use http::{HeaderName, Method, Uri};

use super::body::form;
use super::difference::Side;
use super::{Body, Difference, Redaction, SeenRequest, json};

/// Which requests are meant. What is `None` does not matter.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(crate) method: Method,
    /// Scheme, host and port, as in `https://lab.test:8443`.
    pub(crate) origin: Option<String>,
    pub(crate) path: String,
    pub(crate) query: Option<Vec<(String, String)>>,
    pub(crate) headers: Vec<(HeaderName, Option<String>)>,
    pub(crate) body: Option<Body>,
    pub(crate) redaction: Redaction,
    /// Whether path, query and body are those of a redacted request.
    pub(crate) redacted: bool,
}

impl Pattern {
    /// Requests without query and body to a path, or to an absolute URL. A query may follow the path.
    pub(crate) fn new(method: Method, target: &Uri) -> Self {
        Self {
            method,
            origin: origin(target),
            path: target.path().to_owned(),
            query: Some(form(target.query().unwrap_or_default().as_bytes())),
            headers: Vec::new(),
            body: Some(Body::Empty),
            redaction: Redaction::default(),
            redacted: false,
        }
    }

    /// What is not as expected; nothing when this is a request that is meant.
    pub(crate) fn differences(&self, seen: &SeenRequest) -> Vec<Difference> {
        let mut all = self.line(seen);
        all.extend(self.query_differences(seen));
        all.extend(self.header_differences(seen));
        all.extend(self.body_differences(seen));
        all
    }

    fn line(&self, seen: &SeenRequest) -> Vec<Difference> {
        let mut all = Vec::new();
        let mut compare = |at: &str, expected: &str, found: &str| {
            if expected != found {
                all.push(Difference::great(at, Side::text(expected), Side::text(found)));
            }
        };
        compare("method", self.method.as_str(), seen.method.as_str());
        if let Some(expected) = &self.origin {
            compare("origin", expected, &origin(&seen.uri).unwrap_or_default());
        }
        let path = if self.redacted {
            self.redaction.text(seen.path())
        } else {
            seen.path().to_owned()
        };
        compare("path", &self.path, &path);
        all
    }

    fn query_differences(&self, seen: &SeenRequest) -> Vec<Difference> {
        let Some(expected) = &self.query else {
            return Vec::new();
        };
        let found = if self.redacted {
            self.redaction.pairs(seen.query())
        } else {
            seen.query()
        };
        self.pair_differences("query ", expected, &found)
    }

    fn header_differences(&self, seen: &SeenRequest) -> Vec<Difference> {
        let compare = |(name, expected): &(HeaderName, Option<String>)| {
            let found = seen
                .headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()));
            let hidden = self.redaction.hides_header(name);
            let side = |value: Option<&str>| value.map_or(Side::Nothing, Side::text).hidden_if(hidden);
            (expected.as_deref() != found.as_deref()).then(|| {
                let at = format!("header {name}");
                Difference::small(at, side(expected.as_deref()), side(found.as_deref()))
            })
        };
        self.headers.iter().filter_map(compare).collect()
    }

    fn body_differences(&self, seen: &SeenRequest) -> Vec<Difference> {
        let Some(expected) = &self.body else {
            return Vec::new();
        };
        let found = self.read_as(expected, seen);
        match (expected, &found) {
            (Body::Json(expected), Body::Json(found)) => json::differences("body", expected, found, &self.redaction),
            (Body::Form(expected), Body::Form(found)) => self.pair_differences("body ", expected, found),
            (expected, found) if expected == found => Vec::new(),
            (expected, found) => vec![Difference::small("body", self.side(expected), self.side(found))],
        }
    }

    /// The body of a request, as what the expected one is, if it can be that.
    fn read_as(&self, expected: &Body, seen: &SeenRequest) -> Body {
        let found = match expected {
            _ if seen.body.is_empty() => Body::Empty,
            Body::Json(_) => serde_json::from_slice(&seen.body).map_or_else(|_| seen.content(), Body::Json),
            Body::Form(_) => Body::Form(form(&seen.body)),
            Body::Text(_) => String::from_utf8(seen.body.to_vec()).map_or_else(|_| seen.content(), Body::Text),
            Body::Binary(_) => Body::Binary(seen.body.clone()),
            Body::Empty => seen.content(),
        };
        if self.redacted {
            self.redaction.body(found)
        } else {
            found
        }
    }

    /// The differences of parameters, whose order matters only among those with the same name.
    fn pair_differences(&self, at: &str, expected: &Pairs, found: &Pairs) -> Vec<Difference> {
        let names: BTreeSet<_> = expected.iter().chain(found).map(|(name, _)| name).collect();
        let compare = |name: &String| {
            let [one, other] = [expected, found].map(|pairs| values(pairs, name));
            let hidden = self.redaction.hides_field(name);
            let side = |values: Vec<&str>| match values.as_slice() {
                [] => Side::Nothing,
                values => Side::text(format_args!("'{}'", values.join("', '"))).hidden_if(hidden),
            };
            (one != other).then(|| Difference::small(format!("{at}{name}"), side(one), side(other)))
        };
        names.into_iter().filter_map(compare).collect()
    }

    fn side(&self, body: &Body) -> Side {
        match self.redaction.body(body.clone()) {
            Body::Empty => Side::Nothing,
            Body::Binary(bytes) => Side::text(format_args!("{} bytes that are no text", bytes.len())),
            other => Side::text(format_args!("'{}'", String::from_utf8_lossy(&other.to_bytes()))),
        }
    }
}

type Pairs = [(String, String)];

fn values<'p>(pairs: &'p Pairs, wanted: &str) -> Vec<&'p str> {
    let named = pairs.iter().filter(|(name, _)| name == wanted);
    named.map(|(_, value)| value.as_str()).collect()
}

/// Scheme, host and port, without a user name and password.
fn origin(uri: &Uri) -> Option<String> {
    let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
    Some(format!("{}://{}{port}", uri.scheme_str()?, uri.host()?))
}

/// Method and target, without what is secret.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.as_deref().unwrap_or_default();
        write!(f, "{} {origin}{}", self.method, self.path)?;
        let query = self.redaction.pairs(self.query.clone().unwrap_or_default());
        for (index, (name, value)) in query.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}
