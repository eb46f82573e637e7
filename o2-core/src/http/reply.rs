//! [`Reply`]: what a handler answers.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AGE, CONTENT_TYPE, ETAG, LINK, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{ApiVersion, ETag, Exchange};
use crate::context::Context;
use crate::federation::Listing;
use crate::query::{Selected, Selection};
use crate::router::Failures;
use crate::{Error, PluginId, Result};

/// Says which plugins are missing from a merged list, or shown as they were known before they failed:
/// `<plugin>=<kind>, …`.
pub const PARTIAL: HeaderName = HeaderName::from_static("o2-partial");

/// What a handler answers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// A status without body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// `Internal` when the value cannot be serialised.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        Self::json_sized(status, value, 2048)
    }

    /// 200 with a value as JSON.
    ///
    /// # Errors
    /// `Internal` when the value cannot be serialised.
    pub fn ok(value: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::OK, value)
    }

    /// 200 with the selected parts of an object.
    ///
    /// # Errors
    /// `Internal` when the value cannot be serialised.
    pub fn selected<T: Serialize>(value: &T, selection: &Selection) -> Result<Self> {
        Self::ok(&Selected::new(value, selection))
    }

    /// 200 with a page of a list.
    ///
    /// # Errors
    /// `Internal` when an item cannot be serialised.
    pub fn list<T: Serialize>(exchange: &Exchange, listing: &Listing<T>, selection: &Selection) -> Result<Self> {
        let listed = Listed::new(exchange, listing, selection);
        // Items of one list are about as long as each other; growing the buffer step by step would copy it many times.
        let mut reply = Self::json_sized(StatusCode::OK, &listed, 256 + listing.items.len() * 768)?;
        if let Some(next) = &listed.next {
            reply = reply.with_header(LINK, &format!("<{next}>; rel=\"next\""));
        }
        Ok(reply.with_failures(&listing.failures))
    }

    fn json_sized(status: StatusCode, value: &impl Serialize, size: usize) -> Result<Self> {
        let mut body = Vec::with_capacity(size);
        serde_json::to_writer(&mut body, value).map_err(|error| Error::internal(error.to_string()))?;
        // Room for what most replies get later, so that the map need not grow.
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self {
            status,
            headers,
            body: Bytes::from(body),
        })
    }

    /// 200 with text.
    pub fn text(content_type: &'static str, text: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self {
            status: StatusCode::OK,
            headers,
            body: text.into(),
        }
    }

    /// Sets a header. A value that no header can hold is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Says where the object is.
    #[must_use]
    pub fn with_location(self, location: &str) -> Self {
        self.with_header(LOCATION, location)
    }

    /// Says which state the object has.
    #[must_use]
    pub fn with_etag(self, etag: &ETag) -> Self {
        self.with_header(ETAG, etag.as_str())
    }

    /// Says which plugins are missing.
    #[must_use]
    pub fn with_failures(self, failures: &Failures) -> Self {
        if failures.is_empty() {
            self
        } else {
            self.with_header(PARTIAL, &failures.to_string())
        }
    }

    /// Says how old the answer is, and whose objects are shown as they were known before their plugin failed, if what was
    /// read with the context came from the gateway's memory.
    #[must_use]
    pub fn with_freshness_of(self, context: Option<&Context>) -> Self {
        let Some((context, age)) = context.and_then(|context| Some((context, context.age()?))) else {
            return self;
        };
        let reply = self.with_header(AGE, &age.as_secs().to_string());
        let stale = context.stale();
        if stale.is_empty() || reply.headers.contains_key(PARTIAL) {
            return reply;
        }
        let stale: Vec<_> = stale.iter().map(|(plugin, kind)| format!("{plugin}={kind}")).collect();
        reply.with_header(PARTIAL, &stale.join(", "))
    }

    /// As a response.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// The body of a list: `items`, and in v2, or when there is more than this page, `pagination` and `warnings`.
#[derive(Debug)]
pub struct Listed<'a, T> {
    items: &'a [Arc<T>],
    selection: &'a Selection,
    next: Option<String>,
    total: Option<u64>,
    failures: &'a Failures,
    version: ApiVersion,
}

impl<'a, T> Listed<'a, T> {
    /// The body of the answer to `exchange`.
    #[must_use]
    pub fn new(exchange: &Exchange, listing: &'a Listing<T>, selection: &'a Selection) -> Self {
        Self {
            items: &listing.items,
            selection,
            next: listing.next.as_deref().map(|marker| exchange.next_page(marker)),
            total: listing.total,
            failures: &listing.failures,
            version: exchange.version,
        }
    }
}

impl<T: Serialize> Serialize for Listed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("items", &Items(self))?;
        if self.version >= ApiVersion::V2 || self.next.is_some() {
            map.serialize_entry(
                "pagination",
                &Pagination {
                    total_count: self.total,
                    page_size: self.items.len(),
                    next_page: self.next.as_deref(),
                },
            )?;
        }
        if self.version >= ApiVersion::V2 && !self.failures.is_empty() {
            let warnings: Vec<_> = self.failures.iter().map(Warning::of).collect();
            map.serialize_entry("warnings", &warnings)?;
        }
        map.end()
    }
}

/// A plugin whose objects are missing from a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Warning<'a> {
    plugin: &'a str,
    error: &'static str,
    message: &'a str,
}

impl<'a> Warning<'a> {
    fn of((plugin, error): (&'a PluginId, &'a Error)) -> Self {
        Self {
            plugin: plugin.as_str(),
            error: error.kind().as_str(),
            message: error.message(),
        }
    }
}

struct Items<'l, 'a, T>(&'l Listed<'a, T>);

impl<T: Serialize> Serialize for Items<'_, '_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.items.iter().map(|item| Selected::new(&**item, self.0.selection)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<u64>,
    page_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page: Option<&'a str>,
}
