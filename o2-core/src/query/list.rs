//! [`Query`]: what a caller asks of a service, and [`ListQuery`]: what the service asks of a plugin.

use super::fingerprint::Fingerprint;
use super::{Filter, Params, Selection, Sort};
use crate::error::Excerpt;
use crate::model::attribute::Attributes;
use crate::{Error, Result};

/// The query parameters of lists that are no attributes. `offset` is among them only to be refused with a reason.
pub const RESERVED: &[&str] = &[
    "filter",
    "fields",
    "exclude_fields",
    "all_fields",
    "exclude_default",
    "sort",
    "sortBy",
    "sortOrder",
    "limit",
    "pageSize",
    "marker",
    "nextpage_opaque_marker",
    OFFSET,
];

const LIMIT: &[&str] = &["limit", "pageSize"];
const MARKER: &[&str] = &["marker", "nextpage_opaque_marker"];
const OFFSET: &str = "offset";

/// How many items pages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// When the caller does not say.
    pub default: u32,
    /// At most.
    pub max: u32,
}

impl Default for PageLimits {
    /// 100, at most 1000.
    fn default() -> Self {
        Self {
            default: 100,
            max: 1000,
        }
    }
}

impl PageLimits {
    /// How many items a page has if `asked` for.
    #[must_use]
    pub fn page_size(self, asked: Option<u32>) -> u32 {
        asked.unwrap_or(self.default).min(self.max).max(1)
    }

    fn parse(self, name: &str, text: &str) -> Result<u32> {
        let wrong = || {
            let reason = format!("'{}' is not a whole number from 1 to {}", Excerpt(text), self.max);
            Error::violation(name, reason)
        };
        let limit: u32 = text.trim().parse().map_err(|_| wrong())?;
        if (1..=self.max).contains(&limit) {
            Ok(limit)
        } else {
            Err(wrong())
        }
    }
}

/// What a caller asks of a list.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Query {
    /// Which objects.
    pub filter: Filter,
    /// Which attributes of them.
    pub selection: Selection,
    /// In which order.
    pub sort: Sort,
    /// How many in one page; the service's default when not given.
    pub limit: Option<u32>,
    /// Where to go on: the marker of the page before.
    pub marker: Option<String>,
}

impl Query {
    /// Everything, from the first page on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads all query parameters of a list of `T`. Parameters the route understands itself are to be
    /// [taken out](Params::without) before.
    ///
    /// Several `filter`s and plain parameters such as `?location=dallas` must all be fulfilled. The page size is also
    /// understood as `pageSize`, the marker as `nextpage_opaque_marker`.
    ///
    /// # Errors
    /// `InvalidInput` naming the parameter, for everything that is unknown, malformed or out of range. A filter and a
    /// sort order that have been read can be bound to `T`.
    pub fn parse<T: Attributes>(params: &Params, limits: PageLimits) -> Result<Self> {
        let filter = params.all("filter").try_fold(Filter::none(), |filter, text| {
            Filter::parse(text).map(|next| filter.and(next))
        })?;
        filter.bind::<T>()?;
        let sort = Sort::from_params(params)?;
        sort.bind::<T>()?;
        if params.has(OFFSET) {
            let reason = "pages are not reached by offset; follow the marker that each page ends with";
            return Err(Error::violation(OFFSET, reason));
        }
        let limit = params.single(LIMIT)?;
        Ok(Self {
            filter: filter.and(Filter::from_params::<T>(params, RESERVED)?),
            selection: Selection::parse::<T>(params)?,
            sort,
            limit: limit.map(|(name, text)| limits.parse(name, text)).transpose()?,
            marker: params.single(MARKER)?.map(|(_, text)| text.to_owned()),
        })
    }

    /// Adds clauses.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = self.filter.and(filter);
        self
    }

    /// Sets which attributes are shown.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets the order.
    #[must_use]
    pub fn with_sort(mut self, sort: Sort) -> Self {
        self.sort = sort;
        self
    }

    /// Sets how many items a page has.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets where to go on.
    #[must_use]
    pub fn with_marker(mut self, marker: impl Into<String>) -> Self {
        self.marker = Some(marker.into());
        self
    }

    /// What all pages of one walk have in common, as a number for [`Marker`](super::Marker)s: the type, the filter, the
    /// order, and whatever else decides what the list contains (`extra`: the tenant, the parent object).
    #[must_use]
    pub fn binding<T: Attributes>(&self, extra: &str) -> u64 {
        Fingerprint::new()
            .text(T::NAME)
            .text(&self.filter.to_string())
            .text(&self.sort.to_string())
            .text(extra)
            .value()
    }
}

/// What a plugin is asked to list. It honours every part; the service asks only for what the plugin's
/// [`Pushdown`](crate::Pushdown) allows and does the rest itself.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListQuery {
    /// Which objects.
    pub filter: Filter,
    /// The most items to return; fewer are allowed even when more follow.
    pub limit: Option<u32>,
    /// Where to go on: the `next` of the page before.
    pub marker: Option<String>,
}

impl ListQuery {
    /// Everything, from the start.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which objects.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Sets the most items to return.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets where to go on.
    #[must_use]
    pub fn with_marker(mut self, marker: impl Into<String>) -> Self {
        self.marker = Some(marker.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;
    use crate::query::testing::Thing;

    const LIMITS: PageLimits = PageLimits { default: 10, max: 50 };

    fn parse(raw: &str) -> Result<Query> {
        Query::parse::<Thing>(&Params::parse(raw)?, LIMITS)
    }

    #[test]
    fn all_parts_are_read() {
        let query = parse(
            "filter=(eq,name,a)&filter=(gt,perceivedSeverity,1);(lt,perceivedSeverity,3)&resourceClass=COMPUTE&fields=elements&sort=-name\
             &pageSize=7&nextpage_opaque_marker=abc",
        )
        .unwrap();
        assert_eq!(
            query.filter.to_string(),
            "(eq,name,a);(gt,perceivedSeverity,1);(lt,perceivedSeverity,3);(eq,resourceClass,COMPUTE)"
        );
        assert!(!query.selection.is_everything());
        assert_eq!(query.sort.to_string(), "-name");
        assert_eq!((query.limit, query.marker.as_deref()), (Some(7), Some("abc")));
    }

    #[test]
    fn nothing_given_asks_for_everything() {
        for raw in ["", "filter=", "filter=%20&sort=&fields="] {
            let query = parse(raw).unwrap();
            assert!(query.filter.is_empty() && query.sort.is_empty() && query.selection.is_everything());
            assert_eq!((query.limit, query.marker), (None, None));
        }
        assert_eq!(LIMITS.page_size(None), 10);
        assert_eq!(LIMITS.page_size(Some(0)), 1);
        assert_eq!(LIMITS.page_size(Some(u32::MAX)), 50);
    }

    #[test]
    fn mistakes_are_reported_where_they_are() {
        for (raw, message) in [
            ("limit=0", "limit: '0' is not a whole number from 1 to 50"),
            ("limit=-1", "limit: '-1' is not a whole number from 1 to 50"),
            ("limit=51", "limit: '51' is not"),
            (
                "pageSize=99999999999999999999",
                "pageSize: '99999999999999999999' is not",
            ),
            ("limit=ten", "limit: 'ten' is not"),
            ("limit=", "limit: '' is not"),
            ("limit=1&limit=2", "limit: only one of limit, pageSize"),
            ("limit=1&pageSize=1", "pageSize: only one of limit, pageSize"),
            (
                "marker=a&nextpage_opaque_marker=b",
                "nextpage_opaque_marker: only one of",
            ),
            ("offset=5", "offset: pages are not reached by offset"),
            (
                "filter=(eq,nmae,x)",
                "filter:4: unknown attribute 'nmae'; did you mean 'name'?",
            ),
            ("filter=(eq,name,x)&filter=(eq,name", "filter:8: a value is missing"),
            ("sort=nmae", "sort: unknown attribute 'nmae'; did you mean 'name'?"),
            ("fields=nmae", "fields: unknown attribute 'nmae'; did you mean 'name'?"),
            (
                "fields=tags&exclude_fields=tags",
                "fields: fields and exclude_fields cannot be combined",
            ),
            (
                "colour=red",
                "colour: neither an attribute nor a parameter of the list (known: id, name,",
            ),
            (
                "limits=5",
                "limits: neither an attribute nor a parameter of the list; did you mean 'limit'?",
            ),
            ("load=%zz", "load: '%' must be followed by"),
        ] {
            let error = parse(raw).unwrap_err();
            assert!(error.is(ErrorKind::InvalidInput), "{raw}");
            assert!(error.message().starts_with(message), "{raw}: {error}");
            assert!(!error.violations().is_empty(), "{raw}");
        }
    }

    #[test]
    fn the_binding_is_what_all_pages_share() {
        let query = parse("filter=(eq,name,a)&sort=name").unwrap();
        let binding = query.binding::<Thing>("tenant");
        let next = parse("filter=( eq , name ,'a')&sort=name&limit=5&marker=x&all_fields").unwrap();
        assert_eq!(next.binding::<Thing>("tenant"), binding);
        assert_ne!(query.binding::<Thing>("other"), binding);
        for raw in [
            "filter=(eq,name,b)&sort=name",
            "filter=(eq,name,a)&sort=-name",
            "sort=name",
        ] {
            assert_ne!(parse(raw).unwrap().binding::<Thing>("tenant"), binding, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_query_string_is_read_or_refused(raw in "(filter|fields|sort|limit|labels|name|x)?=?[-(),;'a-z~/@%+&=. ]*") {
            if let Err(error) = parse(&raw) {
                prop_assert!(error.is(ErrorKind::InvalidInput));
            }
        }
    }
}
