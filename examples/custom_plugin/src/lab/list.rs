//! Lists: what the controller is asked for, and what of its answer is the page.

use std::sync::Arc;

use o2_core::query::{Filter, Fingerprint, ListQuery, Marker, Operator, Path};
use o2_core::{Context, Model, Page, Result, TenantId};

use super::client::{Client, Question};
use super::wire::Item;

/// The most items that the controller returns at once.
pub(super) const LARGEST_PAGE: u32 = 100;

/// The attributes on which filters are evaluated here.
pub(super) const FILTERED: &[&str] = &["location"];

/// One page. The controller narrows the list where it can; the filter then decides about each object.
pub(super) async fn page<W: Item, T: Model>(
    client: &Client,
    context: &Context,
    query: &ListQuery,
    map: impl Fn(W) -> T,
) -> Result<Page<T>> {
    let matcher = query.filter.bind::<T>()?;
    let binding = binding::<T>(context, &query.filter);
    let after = query.marker.as_deref();
    let after = after
        .map(|marker| Marker::decode::<String>(marker, binding))
        .transpose()?;
    let question = Question {
        project: context.tenant().map(TenantId::as_str),
        rack: one_value(&query.filter, "location"),
        after: after.as_deref(),
        limit: query.limit.unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE),
    };
    let answer = client.list::<W>(&question).await?;
    let objects = answer
        .items
        .into_iter()
        .map(map)
        .filter(|object| matcher.matches(object));
    let items = objects.map(Arc::new).collect();
    let next = answer.next.map(|uuid| Marker::encode(binding, &uuid)).transpose()?;
    let mut page = Page::new(items, next);
    page.total = answer.total.filter(|_| query.filter.is_empty());
    Ok(page)
}

/// What a marker is bound to: it is refused by a list of something else, with another filter, or for somebody else.
fn binding<T: Model>(context: &Context, filter: &Filter) -> u64 {
    Fingerprint::new()
        .text(T::NAME)
        .text(&filter.to_string())
        .text(context.tenant().map_or("", TenantId::as_str))
        .value()
}

/// The value that an attribute must have according to one of the clauses.
fn one_value<'f>(filter: &'f Filter, attribute: &str) -> Option<&'f str> {
    let path = Path::attribute(attribute);
    let mut clauses = filter.predicates().iter();
    let clause = clauses.find(|clause| clause.path == path && clause.operator == Operator::Eq)?;
    match clause.values.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}
