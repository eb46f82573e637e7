//! The same lists for objects of the gateway's own, which come from a store and not from plugins.

use std::sync::Arc;

use futures::{Stream, TryStreamExt};

use super::Listing;
use crate::Result;
use crate::context::Context;
use crate::model::Model;
use crate::query::{Marker, PageLimits, Query, SortKey};

/// Filters, sorts and pages `objects`, which the caller may all see.
///
/// # Errors
/// The stream's; `InvalidInput` for a marker that is not of this query.
pub async fn list_of<T: Model>(
    objects: impl Stream<Item = Result<Arc<T>>> + Send,
    context: &Context,
    query: &Query,
    limits: PageLimits,
) -> Result<Listing<T>> {
    let binding = query.binding::<T>(context.tenant().map_or("", |tenant| tenant.as_str()));
    let matcher = query.filter.bind::<T>()?;
    let sorter = query.sort.bind::<T>()?;
    let after: Option<(SortKey, String)> = query
        .marker
        .as_deref()
        .map(|marker| Marker::decode(marker, binding))
        .transpose()?;
    let limit = limits.page_size(query.limit) as usize;

    let mut matching: Vec<(SortKey, Arc<T>)> = objects
        .try_filter(|object| std::future::ready(matcher.matches(object)))
        .map_ok(|object| (sorter.key(&object), object))
        .try_collect()
        .await?;
    let total = matching.len() as u64;
    matching.sort_unstable_by(|(one, first), (other, second)| (one, first.id()).cmp(&(other, second.id())));
    if let Some((key, id)) = after {
        matching.retain(|(other, object)| (other, object.id()) > (&key, id.as_str()));
    }
    let more = matching.len() > limit;
    matching.truncate(limit);
    let last = matching.last().filter(|_| more);
    let next = last
        .map(|(key, object)| Marker::encode(binding, &(key, object.id())))
        .transpose()?;
    let items = matching.into_iter().map(|(_, object)| object).collect();
    Ok(Listing {
        next,
        total: Some(total),
        ..Listing::complete(items)
    })
}
