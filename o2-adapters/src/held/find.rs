//! [`find`]: one of the objects that somebody holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};

/// The object with this id, if `context` may see it.
pub(crate) fn find<T: Model>(context: &Context, objects: &BTreeMap<String, Arc<T>>, id: &str) -> Result<Arc<T>> {
    let object = objects.get(id).filter(|object| context.sees(object.tenant()));
    object.cloned().ok_or_else(|| Error::not_found(T::OBJECT, id))
}
