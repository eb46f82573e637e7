//! Go writes null for lists and objects that have nothing in them.

use serde::{Deserialize, Deserializer};

/// What is there, or nothing in it.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
