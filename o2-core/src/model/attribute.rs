//! The attribute table of a model: name, type and getter of every attribute the wire shows. Filters, sorting, selectors
//! and the OpenAPI document read it, so a field of a model is declared in two places only: the struct and this table.
//!
//! ```
//! use o2_core::model::attribute::{Attribute, AttributeKind, AttributeValue, Attributes};
//! struct Rack { name: String }
//! impl Attributes for Rack {
//!     const NAME: &'static str = "Rack";
//!     fn attributes() -> &'static [Attribute<Self>] {
//!         static TABLE: &[Attribute<Rack>] =
//!             &[Attribute::required("name", AttributeKind::String, "The name.", |rack| AttributeValue::String(&rack.name))];
//!         TABLE
//!     }
//! }
//! assert_eq!(Rack::attributes()[0].name, "name");
//! ```

mod shape;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub use shape::{Field, Shape};

use super::extensions::JsonMap;
use crate::id::Id;
use crate::time::Timestamp;

/// A type with an attribute table.
pub trait Attributes: Sized + Send + Sync + 'static {
    /// The type's name in the OpenAPI document.
    const NAME: &'static str;

    /// The table, in the order in which the wire shows the attributes.
    fn attributes() -> &'static [Attribute<Self>];
}

/// One row of an attribute table.
pub struct Attribute<T: 'static> {
    /// The name on the wire.
    pub name: &'static str,
    /// The type.
    pub kind: AttributeKind,
    /// Whether every object has it. Selectors never remove what is required.
    pub required: bool,
    /// Whether it changes by itself, without anybody writing the object.
    pub observed: bool,
    /// One sentence for the OpenAPI document.
    pub doc: &'static str,
    /// Reads it.
    pub get: for<'a> fn(&'a T) -> AttributeValue<'a>,
}

impl<T> Attribute<T> {
    /// An attribute every object has.
    pub const fn required(
        name: &'static str,
        kind: AttributeKind,
        doc: &'static str,
        get: for<'a> fn(&'a T) -> AttributeValue<'a>,
    ) -> Self {
        Self {
            name,
            kind,
            required: true,
            observed: false,
            doc,
            get,
        }
    }

    /// An attribute that may be absent.
    pub const fn optional(
        name: &'static str,
        kind: AttributeKind,
        doc: &'static str,
        get: for<'a> fn(&'a T) -> AttributeValue<'a>,
    ) -> Self {
        Self {
            name,
            kind,
            required: false,
            observed: false,
            doc,
            get,
        }
    }

    /// The same, which changes by itself: a state, a load, a time. Whoever replaces the object may send an old value.
    #[must_use]
    pub const fn observed(mut self) -> Self {
        self.observed = true;
        self
    }
}

impl<T> fmt::Debug for Attribute<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum AttributeKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An RFC 3339 time.
    DateTime,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// Any JSON object: every path below it is known, its values have the type they are found with.
    Map,
    /// Any JSON value.
    Any,
    /// An object with an attribute table of its own.
    Object(Shape),
    /// A list.
    Array(&'static Self),
}

impl AttributeKind {
    /// Whether selectors may remove it: objects, maps and lists.
    #[must_use]
    pub const fn is_complex(self) -> bool {
        matches!(self, Self::Map | Self::Any | Self::Object(_) | Self::Array(_))
    }

    /// The type's name in error messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::DateTime => "DateTime",
            Self::Enum(_) => "Enum",
            Self::Map => "Map",
            Self::Any => "Any",
            Self::Object(_) => "Object",
            Self::Array(_) => "Array",
        }
    }
}

/// The value of an attribute, borrowed from the model.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum AttributeValue<'a> {
    /// The object does not have it.
    Absent,
    /// Text, or an enum's word.
    String(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A time.
    DateTime(Timestamp),
    /// Any JSON value.
    Json(&'a Value),
    /// A JSON object.
    Map(&'a JsonMap),
    /// String labels.
    Labels(&'a BTreeMap<String, String>),
    /// An object with a table of its own.
    Object(&'a dyn Object),
    /// A list.
    Array(&'a dyn Elements),
}

impl<'a> AttributeValue<'a> {
    /// Text that may be absent.
    #[must_use]
    pub fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Absent, Self::String)
    }

    /// A time that may be absent.
    #[must_use]
    pub fn time(value: Option<Timestamp>) -> Self {
        value.map_or(Self::Absent, Self::DateTime)
    }

    /// An object that may be absent.
    #[must_use]
    pub fn object<T: Attributes>(value: Option<&'a T>) -> Self {
        value.map_or(Self::Absent, |object| Self::Object(object))
    }

    /// A list; an empty one is absent, as it is on the wire.
    #[must_use]
    pub fn array<T: Element>(value: &'a Vec<T>) -> Self {
        if value.is_empty() {
            Self::Absent
        } else {
            Self::Array(value)
        }
    }

    /// A map; an empty one is absent, as it is on the wire.
    #[must_use]
    pub fn map(value: &'a JsonMap) -> Self {
        if value.is_empty() {
            Self::Absent
        } else {
            Self::Map(value)
        }
    }

    /// Labels; empty ones are absent, as they are on the wire.
    #[must_use]
    pub fn labels(value: &'a BTreeMap<String, String>) -> Self {
        if value.is_empty() {
            Self::Absent
        } else {
            Self::Labels(value)
        }
    }
}

/// A value with an attribute table, whatever its type.
pub trait Object: Send + Sync {
    /// The value in the `index`-th row of the type's table; absent when there is no such row.
    fn attribute(&self, index: usize) -> AttributeValue<'_>;
}

impl<T: Attributes> Object for T {
    fn attribute(&self, index: usize) -> AttributeValue<'_> {
        T::attributes()
            .get(index)
            .map_or(AttributeValue::Absent, |row| (row.get)(self))
    }
}

impl fmt::Debug for dyn Object + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Object")
    }
}

/// A list of attribute values.
pub trait Elements: Send + Sync {
    /// How many.
    fn count(&self) -> usize;

    /// The `index`-th; absent when there is none.
    fn element(&self, index: usize) -> AttributeValue<'_>;
}

impl fmt::Debug for dyn Elements + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Elements({})", self.count())
    }
}

impl<T: Element> Elements for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn element(&self, index: usize) -> AttributeValue<'_> {
        self.get(index).map_or(AttributeValue::Absent, Element::value)
    }
}

/// What lists may contain.
pub trait Element: Send + Sync {
    /// The element as an attribute value.
    fn value(&self) -> AttributeValue<'_>;
}

impl<T: Attributes> Element for T {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::Object(self)
    }
}

impl Element for String {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::String(self)
    }
}

impl<K: ?Sized + 'static> Element for Id<K> {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::String(self.as_str())
    }
}

impl Element for Value {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::Json(self)
    }
}
