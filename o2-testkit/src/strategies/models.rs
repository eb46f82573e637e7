//! Models, made from their attribute tables.

use std::any::type_name;
use std::collections::HashSet;
use std::fmt::Debug;

use o2_core::Model;
use o2_core::model::Attributes;
use o2_core::model::attribute::Shape;
use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

use super::field;

/// A model of any type with an attribute table. What the wire does not carry, the version, is absent.
///
/// For deployment templates take [`inputs::template`](super::inputs::template): their parameters have to fit each other.
///
/// # Panics
/// The generated value panics when the type cannot be read from what its table describes.
pub fn model<T: Attributes + DeserializeOwned + Debug>() -> BoxedStrategy<T> {
    let read = |json: serde_json::Value| {
        let text = json.to_string();
        serde_json::from_value(json).unwrap_or_else(|error| panic!("no {}: {error}: {text}", type_name::<T>()))
    };
    field::object(Shape::of::<T>()).prop_map(read).boxed()
}

/// Models with different ids, as the list of one backend has them: `size` of them, less those whose id came twice.
pub fn models<T: Model + DeserializeOwned + Debug>(size: impl Into<SizeRange>) -> BoxedStrategy<Vec<T>> {
    let distinct = |mut models: Vec<T>| {
        let mut seen = HashSet::new();
        models.retain(|model| seen.insert(model.id().to_owned()));
        models
    };
    vec(model::<T>(), size).prop_map(distinct).boxed()
}
