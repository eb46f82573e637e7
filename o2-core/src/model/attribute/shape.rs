//! [`Shape`]: the fields of an object without its type, for what is nested in other objects and for documentation.

use std::fmt;

use super::{AttributeKind, Attributes};

/// One row of an attribute table without the type it belongs to.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// The type.
    pub kind: AttributeKind,
    /// Whether every object has it.
    pub required: bool,
    /// One sentence for the OpenAPI document.
    pub doc: &'static str,
}

impl Field {
    /// A field every object has.
    #[must_use]
    pub const fn required(name: &'static str, kind: AttributeKind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            required: true,
            doc,
        }
    }

    /// A field that may be absent.
    #[must_use]
    pub const fn optional(name: &'static str, kind: AttributeKind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            doc,
        }
    }
}

/// The fields of an object, for nested attributes and the OpenAPI document: an attribute table without its type, or,
/// for what only travels in bodies, a list of fields.
#[derive(Clone, Copy)]
pub struct Shape {
    name: &'static str,
    fields: Fields,
}

#[derive(Clone, Copy)]
enum Fields {
    Table {
        len: fn() -> usize,
        field: fn(usize) -> Option<Field>,
    },
    List(&'static [Field]),
}

impl Shape {
    /// The table of `T`.
    #[must_use]
    pub const fn of<T: Attributes>() -> Self {
        let fields = Fields::Table {
            len: || T::attributes().len(),
            field: |index| {
                let row = T::attributes().get(index)?;
                Some(Field {
                    name: row.name,
                    kind: row.kind,
                    required: row.required,
                    doc: row.doc,
                })
            },
        };
        Self { name: T::NAME, fields }
    }

    /// An object with these fields.
    #[must_use]
    pub const fn body(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            fields: Fields::List(fields),
        }
    }

    /// The type's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    fn field(&self, index: usize) -> Option<Field> {
        match self.fields {
            Fields::Table { field, .. } => field(index),
            Fields::List(list) => list.get(index).copied(),
        }
    }

    fn len(&self) -> usize {
        match self.fields {
            Fields::Table { len, .. } => len(),
            Fields::List(list) => list.len(),
        }
    }

    /// The fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        (0..self.len()).filter_map(|index| self.field(index))
    }

    /// The field with this name, and its index.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(usize, Field)> {
        self.fields().enumerate().find(|(_, field)| field.name == name)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({})", self.name)
    }
}
