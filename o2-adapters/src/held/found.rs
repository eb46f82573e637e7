//! [`found`] and [`same`]: objects in a map from ids to objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};

/// The object with this id, if `context` may see it.
pub(crate) fn found<T: Model>(context: &Context, objects: &BTreeMap<String, Arc<T>>, id: &str) -> Result<Arc<T>> {
    let object = objects.get(id).filter(|object| context.sees(object.tenant()));
    object.cloned().ok_or_else(|| Error::not_found(T::OBJECT, id))
}

/// What a map has is what is shown, as [`Listing::page`](super::Listing::page) wants to be told.
pub(crate) fn same<T>(object: &Arc<T>) -> &Arc<T> {
    object
}
