//! What is asked of lists beside filters, and whole queries.

use o2_core::model::Attributes;
use o2_core::query::{ListQuery, Params, Query, Segment, Selection, Sort};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use url::form_urlencoded::Serializer;

use super::filter;
use super::target::{self, comparable};

/// What a service may ask of a plugin that evaluates every filter: a filter and a page size, from the first page on.
pub fn list_query<T: Attributes>() -> impl Strategy<Value = ListQuery> {
    (filter::<T>(), option::of(page_size())).prop_map(|(filter, limit)| {
        let query = ListQuery::new().with_filter(filter);
        limit.map_or(query.clone(), |limit| query.with_limit(limit))
    })
}

/// What a caller may ask of a service, from the first page on.
pub fn query<T: Attributes>() -> impl Strategy<Value = Query> {
    (filter::<T>(), selection::<T>(), sort::<T>(), option::of(page_size())).prop_map(
        |(filter, selection, sort, limit)| {
            let query = Query::new()
                .with_filter(filter)
                .with_selection(selection)
                .with_sort(sort);
            limit.map_or(query.clone(), |limit| query.with_limit(limit))
        },
    )
}

/// Mostly small, so that a list has several pages.
fn page_size() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 1..5u32, 1 => 1..=1000u32]
}

/// An order by no to three attributes that have one value each.
pub fn sort<T: Attributes>() -> impl Strategy<Value = Sort> {
    let attribute = comparable::<T>().prop_filter("of a list and of keys there are many", |target| {
        !target.list && target.path.last() != Some(&Segment::Keys)
    });
    let key = (attribute, any::<bool>()).prop_map(|(target, descending)| {
        let direction = if descending { "-" } else { "" };
        format!("{direction}{}", target.path())
    });
    let read = |keys: Vec<String>| Sort::parse(&keys.join(",")).unwrap_or_else(|error| panic!("{error}"));
    vec(key, 0..4).prop_map(read)
}

/// Selectors: everything, only some attributes, or all but some.
pub fn selection<T: Attributes>() -> impl Strategy<Value = Selection> {
    let scalar_or_below = comparable::<T>().prop_filter("keys are no attributes", |target| {
        target.path.last() != Some(&Segment::Keys)
    });
    let complex: Vec<_> = target::all::<T>()
        .into_iter()
        .filter(|target| target.kind.is_complex())
        .collect();
    let path = if complex.is_empty() {
        scalar_or_below.boxed()
    } else {
        prop_oneof![select(complex), scalar_or_below].boxed()
    };
    let paths = vec(path.prop_map(|target| target.path().to_string()), 0..4);
    (select(vec!["fields", "exclude_fields"]), paths).prop_map(|(name, paths)| {
        let raw = Serializer::new(String::new())
            .append_pair(name, &paths.join(","))
            .finish();
        let params = Params::parse(&raw).unwrap_or_else(|error| panic!("{raw}: {error}"));
        Selection::parse::<T>(&params).unwrap_or_else(|error| panic!("{raw}: {error}"))
    })
}
