//! [`Exchange`]: everything a handler knows about the request it serves.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::{IfMatch, PathParams, body, path};
use crate::context::Context;
use crate::error::Excerpt;
use crate::model::Model;
use crate::model::attribute::{Attributes, Shape};
use crate::query::{PageLimits, Params, Query, Selection};
use crate::{Error, Result};

/// The version of an API, the `v1` of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion(pub u8);

impl ApiVersion {
    /// The first.
    pub const V1: Self = Self(1);
    /// The second.
    pub const V2: Self = Self(2);
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// A request on its way through a handler.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// Who asks, for which tenant, until when.
    pub context: Context,
    /// The version of the API that was asked.
    pub version: ApiVersion,
    /// The values of the path's `{names}`.
    pub path: PathParams,
    /// The query parameters.
    pub params: Params,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Where the API is mounted, `/o2ims/v1`.
    pub root: Arc<str>,
    /// The path and query of the request.
    pub target: http::Uri,
    /// The sizes of pages.
    pub page_limits: PageLimits,
}

impl Exchange {
    /// A request without query, headers and body; the fields say the rest.
    #[must_use]
    pub fn new(context: Context, version: ApiVersion, root: Arc<str>) -> Self {
        Self {
            context,
            version,
            path: PathParams::default(),
            params: Params::default(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            root,
            target: http::Uri::from_static("/"),
            page_limits: PageLimits::default(),
        }
    }

    /// The value of the path's `{name}` as an id.
    #[must_use]
    pub fn id<K: ?Sized>(&self, name: &str) -> crate::Id<K> {
        crate::Id::new(self.path.get(name))
    }

    /// Filter, selectors, sort and page of a list of `T`.
    ///
    /// # Errors
    /// `InvalidInput` naming the parameter, the position and what would be right.
    pub fn query<T: Attributes>(&self) -> Result<Query> {
        Query::parse::<T>(&self.params, self.page_limits)
    }

    /// The selectors of one object of type `T`; any other parameter is refused, but for those in `others`.
    ///
    /// # Errors
    /// `InvalidInput` naming the parameter.
    pub fn selection<T: Attributes>(&self, others: &[&str]) -> Result<Selection> {
        const SELECTORS: [&str; 4] = ["fields", "exclude_fields", "all_fields", "exclude_default"];
        if self.params.is_empty() {
            return Ok(Selection::everything());
        }
        let known: Vec<&str> = SELECTORS.iter().chain(others).copied().collect();
        self.expect_params(&known)?;
        Selection::parse::<T>(&self.params)
    }

    /// Refuses query parameters that are not in `known`.
    ///
    /// # Errors
    /// `InvalidInput` naming the first unknown one and the known ones.
    pub fn expect_params(&self, known: &[&str]) -> Result<()> {
        match self.params.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) if known.is_empty() => Err(Error::violation(
                Excerpt(name).to_string(),
                "no query parameters are known here",
            )),
            Some((name, _)) => Err(Error::violation(
                Excerpt(name).to_string(),
                format!("unknown query parameter (known: {})", known.join(", ")),
            )),
        }
    }

    /// A query parameter that is true when it is there, unless its value is `false`.
    ///
    /// # Errors
    /// `InvalidInput` when its value is neither `true`, `false` nor empty, or it is given twice.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.single(name)? {
            None | Some("false") => Ok(false),
            Some("" | "true") => Ok(true),
            Some(_) => Err(Error::violation(name, "must be true or false")),
        }
    }

    /// A query parameter that is read from text.
    ///
    /// # Errors
    /// `InvalidInput` saying that it must be `what`, or that it is given twice.
    pub fn parameter<T: std::str::FromStr>(&self, name: &str, what: &str) -> Result<Option<T>> {
        match self.single(name)? {
            None => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Error::violation(name, format!("must be {what}"))),
        }
    }

    fn single(&self, name: &str) -> Result<Option<&str>> {
        let found = self.params.single(&[name])?;
        Ok(found.map(|(_, value)| value))
    }

    /// The body as a value.
    ///
    /// # Errors
    /// `InvalidInput` with the path of the field that is wrong.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        body::read_json(&self.body)
    }

    /// The body as a value, if there is a body.
    ///
    /// # Errors
    /// `InvalidInput` with the path of the field that is wrong.
    pub fn optional_json<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            Ok(None)
        } else {
            self.json().map(Some)
        }
    }

    /// What the body of a `PUT` wants `current` to be. `writable` are the fields that may be written; other attributes of
    /// the object may be sent back as they were read, and change nothing.
    ///
    /// # Errors
    /// `InvalidInput` with the path of the field that is wrong; also for the id or the tenant of another object.
    pub fn replacement<T: Model, U: DeserializeOwned>(&self, writable: Shape, current: &T) -> Result<U> {
        body::replacement(&self.body, writable, current)
    }

    /// `current` with the body applied as a merge patch.
    ///
    /// # Errors
    /// `InvalidInput` with the path of the field that is wrong.
    pub fn patched<T: serde::Serialize + DeserializeOwned>(&self, current: &T) -> Result<T> {
        body::patched(current, self.json()?)
    }

    /// The `If-Match` condition.
    ///
    /// # Errors
    /// `InvalidInput` when the header is not `*` or a list of quoted tags.
    pub fn if_match(&self) -> Result<IfMatch> {
        IfMatch::of(&self.headers)
    }

    /// The path of an object of this API, for `Location`.
    #[must_use]
    pub fn location(&self, collection: &str, id: &str) -> String {
        format!("{}/{collection}/{}", self.root, path::encode(id))
    }

    /// This request's path and query with another marker.
    #[must_use]
    pub fn next_page(&self, marker: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self
            .params
            .iter()
            .filter(|(name, _)| !matches!(*name, "marker" | "nextpage_opaque_marker"))
        {
            query.append_pair(name, value);
        }
        query.append_pair("marker", marker);
        format!("{}?{}", self.target.path(), query.finish())
    }
}
