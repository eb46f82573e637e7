//! [`Paging`]: how a backend divides its lists, as a value.
//!
//! It makes the request for a page out of a marker, and the marker of the next page out of an answer. Markers travel
//! through clients, so they are trusted no more than other input: one that is not understood is refused, and none can
//! lead to another list or change a parameter that the list itself has.

use http::{HeaderMap, Uri};
use o2_core::{Error, ErrorKind, Fault, Result};
use serde_json::Value;

use super::link;
use crate::kit::endpoint::{BaseUrl, Endpoint};

/// How a backend divides its lists into pages.
#[derive(Debug, Clone)]
pub struct Paging {
    kind: Kind,
    size: Option<&'static str>,
    largest: u32,
    total_at: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Single,
    Number {
        page: &'static str,
        first: u64,
        last_at: Option<&'static str>,
    },
    Offset(&'static str),
    Last {
        marker: &'static str,
        id_at: &'static str,
        more_at: Option<&'static str>,
    },
    Token {
        marker: &'static str,
        at: &'static str,
    },
    LinkHeader,
    LinkAt(&'static str),
}

/// What is known when a page has come.
pub(super) struct Came<'a> {
    pub(super) uri: &'a Uri,
    pub(super) marker: Option<&'a str>,
    pub(super) limit: u32,
    pub(super) headers: &'a HeaderMap,
    pub(super) answer: &'a Value,
    pub(super) list: &'a [Value],
}

impl Paging {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            size: None,
            largest: 500,
            total_at: None,
        }
    }

    /// The whole list comes at once.
    #[must_use]
    pub fn single() -> Self {
        Self::of(Kind::Single)
    }

    /// Pages have numbers from one on, in the parameter `page`. The last one is followed by an empty one, unless
    /// [`with_last_page_at`](Self::with_last_page_at) or [`with_total_at`](Self::with_total_at) say where the end is told.
    #[must_use]
    pub fn page_number(page: &'static str) -> Self {
        Self::of(Kind::Number {
            page,
            first: 1,
            last_at: None,
        })
    }

    /// A page begins after so many items, in the parameter `offset`. The last one is followed by an empty one, unless
    /// [`with_total_at`](Self::with_total_at) says where the end is told.
    #[must_use]
    pub fn offset(offset: &'static str) -> Self {
        Self::of(Kind::Offset(offset))
    }

    /// A page begins after the item whose id is in the parameter `marker`; an item has its id at this JSON pointer. The last
    /// one is followed by an empty one, unless [`with_more_at`](Self::with_more_at) says where the end is told.
    #[must_use]
    pub fn after_last(marker: &'static str, id_at: &'static str) -> Self {
        Self::of(Kind::Last {
            marker,
            id_at,
            more_at: None,
        })
    }

    /// The answer has a token for the next page at this JSON pointer, which goes into the parameter `marker`.
    #[must_use]
    pub fn token(marker: &'static str, at: &'static str) -> Self {
        Self::of(Kind::Token { marker, at })
    }

    /// The `Link` header with `rel="next"` leads to the next page (RFC 8288).
    #[must_use]
    pub fn link_header() -> Self {
        Self::of(Kind::LinkHeader)
    }

    /// The answer has a link to the next page at this JSON pointer: a text, an object with `href`, or a list of objects with
    /// `rel` and `href`.
    #[must_use]
    pub fn link_at(pointer: &'static str) -> Self {
        Self::of(Kind::LinkAt(pointer))
    }

    /// The size of a page goes into this parameter, `largest` at most.
    #[must_use]
    pub fn with_size(mut self, parameter: &'static str, largest: u32) -> Self {
        self.size = Some(parameter);
        self.largest = largest;
        self
    }

    /// Page numbers begin with zero.
    #[must_use]
    pub fn from_zero(mut self) -> Self {
        if let Kind::Number { first, .. } = &mut self.kind {
            *first = 0;
        }
        self
    }

    /// The answer has the number of the last page at this JSON pointer.
    #[must_use]
    pub fn with_last_page_at(mut self, pointer: &'static str) -> Self {
        if let Kind::Number { last_at, .. } = &mut self.kind {
            *last_at = Some(pointer);
        }
        self
    }

    /// The answer has something at this JSON pointer when another page follows, such as a link that is better not followed.
    #[must_use]
    pub fn with_more_at(mut self, pointer: &'static str) -> Self {
        if let Kind::Last { more_at, .. } = &mut self.kind {
            *more_at = Some(pointer);
        }
        self
    }

    /// The answer has the number of all items at this JSON pointer.
    #[must_use]
    pub fn with_total_at(mut self, pointer: &'static str) -> Self {
        self.total_at = Some(pointer);
        self
    }

    /// The number of items of all pages, if the answer has it.
    pub(super) fn total(&self, answer: &Value) -> Option<u64> {
        number_at(answer, self.total_at?)
    }

    /// How many items to ask for when the caller wants `limit`, or as many as possible.
    pub(super) fn limit(&self, limit: Option<u32>) -> u32 {
        limit.unwrap_or(self.largest).clamp(1, self.largest.max(1))
    }

    /// The request for the page at `marker`.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that this list does not have.
    pub(super) fn request(&self, endpoint: &Endpoint, marker: Option<&str>, limit: u32) -> Result<Endpoint> {
        let endpoint = endpoint.clone();
        let sized = |endpoint: Endpoint, limit: u32| match self.size {
            Some(size) => endpoint.with_query(size, limit),
            None => endpoint,
        };
        Ok(match (self.kind, marker) {
            (Kind::Single, Some(_)) => return Err(strange()),
            (Kind::Number { page, first, .. }, marker) => {
                let at = Numbered::read(marker, first, limit)?;
                sized(endpoint, at.size).with_query(page, at.number)
            }
            (Kind::Offset(offset), Some(marker)) => {
                let number: u64 = marker.parse().map_err(|_| strange())?;
                sized(endpoint, limit).with_query(offset, number)
            }
            (Kind::Last { marker: name, .. } | Kind::Token { marker: name, .. }, Some(marker)) => {
                sized(endpoint, limit).with_query(name, marker)
            }
            (Kind::LinkHeader | Kind::LinkAt(_), Some(query)) => endpoint.with_more_query(query),
            (_, None) => sized(endpoint, limit),
        })
    }

    /// The marker of the next page.
    ///
    /// # Errors
    /// `Internal` with the backend's fault when it cannot be told, or when a link leads to another list or host.
    pub(super) fn next(&self, base: &BaseUrl, came: &Came<'_>) -> Result<Option<String>> {
        let followed = |link: &str| query_of(base, came.uri, link).map(Some);
        match self.kind {
            Kind::Single => Ok(None),
            Kind::Number { first, last_at, .. } => {
                let at = Numbered::read(came.marker, first, came.limit)?;
                let last = last_at.and_then(|pointer| number_at(came.answer, pointer));
                let next = at.next(came.list.len());
                let done = last.is_some_and(|last| at.number >= last) || self.ends(came, next.before);
                Ok((!done).then(|| next.marker()))
            }
            Kind::Offset(_) => {
                let offset: u64 = came.marker.map_or(Ok(0), str::parse).map_err(|_| strange())?;
                let read = offset.saturating_add(came.list.len() as u64);
                Ok((!self.ends(came, read)).then(|| read.to_string()))
            }
            Kind::Last { id_at, more_at, .. } => {
                let more = more_at.is_none_or(|at| came.answer.pointer(at).is_some());
                let Some(last) = came.list.last().filter(|_| more) else {
                    return Ok(None);
                };
                text_at(last, id_at)
                    .map(Some)
                    .ok_or_else(|| lost("an item of a list has no id"))
            }
            Kind::Token { at, .. } => Ok(text_at(came.answer, at)),
            Kind::LinkHeader => link::in_headers(came.headers).map_or(Ok(None), |link| followed(&link)),
            Kind::LinkAt(at) => came
                .answer
                .pointer(at)
                .and_then(link::in_body)
                .map_or(Ok(None), followed),
        }
    }

    /// Whether nothing comes after `read` items.
    fn ends(&self, came: &Came<'_>, read: u64) -> bool {
        came.list.is_empty() || self.total(came.answer).is_some_and(|total| read >= total)
    }
}

/// A page with a number. The size is kept, since pages of another size begin elsewhere, and how many items came before,
/// since a backend may give fewer than it is asked for.
struct Numbered {
    number: u64,
    size: u32,
    before: u64,
}

impl Numbered {
    fn read(marker: Option<&str>, first: u64, size: u32) -> Result<Self> {
        let Some(marker) = marker else {
            return Ok(Self {
                number: first,
                size,
                before: 0,
            });
        };
        let read = || {
            let mut parts = marker.split(':');
            let numbered = Self {
                number: parts.next()?.parse().ok()?,
                size: parts.next()?.parse().ok().filter(|size| *size > 0)?,
                before: parts.next()?.parse().ok()?,
            };
            parts.next().is_none().then_some(numbered)
        };
        read().ok_or_else(strange)
    }

    fn next(&self, items: usize) -> Self {
        Self {
            number: self.number.saturating_add(1),
            size: self.size,
            before: self.before.saturating_add(items as u64),
        }
    }

    fn marker(&self) -> String {
        format!("{}:{}:{}", self.number, self.size, self.before)
    }
}

/// The query of a link to another page of the list at `uri`.
fn query_of(base: &BaseUrl, uri: &Uri, link: &str) -> Result<String> {
    let url = base.follow_from(uri, link)?;
    let plain = |path: &str| path.trim_end_matches('/').to_ascii_lowercase();
    if plain(url.path()) == plain(uri.path()) {
        Ok(url.query().unwrap_or_default().to_owned())
    } else {
        Err(lost("the link to the next page leads to another list"))
    }
}

fn number_at(answer: &Value, pointer: &str) -> Option<u64> {
    match answer.pointer(pointer)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    }
}

/// A text that is not empty, or a number.
fn text_at(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn strange() -> Error {
    Error::invalid("the marker is not one of this list")
}

fn lost(what: &str) -> Error {
    Error::new(ErrorKind::Internal, what).with_fault(Fault::Backend)
}
