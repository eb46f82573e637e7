//! The caches of kinds and scopes, and what is in them.

use std::sync::Arc;

use super::{Cache, Cached, Cluster, Kind, Scope, Source};

/// The caches of what is shown alike.
pub(crate) type Caches<T> = Vec<Arc<Cache<T>>>;

/// The caches of these kinds in these scopes.
pub(crate) fn caches<T: Cached>(cluster: &Arc<Cluster>, kinds: &[Kind], scopes: &[Scope]) -> Caches<T> {
    let each = kinds
        .iter()
        .flat_map(|kind| scopes.iter().map(move |scope| (kind, scope)));
    each.map(|(kind, scope)| cluster.cache(kind, scope)).collect()
}

/// Everything that is in them.
pub(crate) fn all_cached<T: Cached>(caches: &Caches<T>) -> Vec<Arc<T>> {
    let each = caches
        .iter()
        .map(|cache| cache.look(|objects| objects.values().cloned().collect::<Vec<_>>()));
    each.flatten().collect()
}

/// They as sources of a drawing.
pub(crate) fn as_sources<T: Cached>(caches: &Caches<T>) -> impl Iterator<Item = Arc<dyn Source>> {
    caches.iter().map(|cache| Arc::clone(cache) as Arc<dyn Source>)
}

/// Everything that is in them, for who takes it apart.
pub(crate) fn owned<T: Cached + Clone>(caches: &Caches<T>) -> Vec<T> {
    let each = caches
        .iter()
        .map(|cache| cache.look(|objects| objects.values().map(|object| T::clone(object)).collect::<Vec<_>>()));
    each.flatten().collect()
}
