//! [`Id`]: identifiers are opaque strings in O2, and each kind of object has its own type, so that a pool id cannot be
//! passed where a resource id is meant.
//!
//! At plugin level an id is the backend's own. At service level the id of an object of a plugin other than the default
//! one is *qualified*, `plugin~native`; [`qualified`] holds that rule.

pub mod qualified;

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The identifier of a `K`: an opaque, cheaply cloned string.
///
/// ```
/// use o2_core::id::Id;
/// struct Rack;
/// let id: Id<Rack> = Id::new("rack-7");
/// assert_eq!(id.as_str(), "rack-7");
/// ```
pub struct Id<K: ?Sized> {
    text: Arc<str>,
    kind: PhantomData<fn() -> Box<K>>,
}

impl<K: ?Sized> Id<K> {
    /// An identifier with this text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: Arc::from(text.as_ref()),
            kind: PhantomData,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<K: ?Sized> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self {
            text: Arc::clone(&self.text),
            kind: PhantomData,
        }
    }
}

impl<K: ?Sized> Default for Id<K> {
    fn default() -> Self {
        Self::new("")
    }
}

impl<K: ?Sized> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K: ?Sized> Eq for Id<K> {}

impl<K: ?Sized> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: ?Sized> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K: ?Sized> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K: ?Sized> Borrow<str> for Id<K> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<K: ?Sized> AsRef<str> for Id<K> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<K: ?Sized> From<&str> for Id<K> {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<K: ?Sized> From<String> for Id<K> {
    fn from(text: String) -> Self {
        Self {
            text: Arc::from(text),
            kind: PhantomData,
        }
    }
}

impl<K: ?Sized> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K: ?Sized> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.text)
    }
}

impl<K: ?Sized> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: ?Sized> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Marks the identifiers of tenants.
#[derive(Debug)]
pub enum Tenant {}

/// The identifier of a tenant.
pub type TenantId = Id<Tenant>;

/// The name of a plugin instance, unique within its category: lower-case letters, digits, `-`, `_` and `.`.
pub type PluginId = Id<dyn crate::plugin::Plugin>;
