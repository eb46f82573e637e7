//! [`Subject`]: an object that events are about, whatever its type.

use std::any::Any;
use std::fmt;

use serde_json::value::RawValue;

use crate::id::TenantId;
use crate::model::Model;
use crate::model::attribute::{Object, Shape};
use crate::{Error, Result};

/// An object that events are about. Every [`Model`] is one.
pub trait Subject: Any + fmt::Debug + Send + Sync {
    /// The object's name, `resourcePool`.
    fn object(&self) -> &'static str;

    /// Its id.
    fn id(&self) -> &str;

    /// The tenant it belongs to; `None` when it is shared.
    fn tenant(&self) -> Option<&TenantId>;

    /// Its attribute table.
    fn shape(&self) -> Shape;

    /// Its attributes, for filters.
    fn attributes(&self) -> &dyn Object;

    /// What the wire shows of it.
    ///
    /// # Errors
    /// `Internal` when it has no JSON form.
    fn to_json(&self) -> Result<Box<RawValue>>;
}

impl<T: Model + fmt::Debug> Subject for T {
    fn object(&self) -> &'static str {
        T::OBJECT
    }

    fn id(&self) -> &str {
        Model::id(self)
    }

    fn tenant(&self) -> Option<&TenantId> {
        Model::tenant(self)
    }

    fn shape(&self) -> Shape {
        Shape::of::<T>()
    }

    fn attributes(&self) -> &dyn Object {
        self
    }

    fn to_json(&self) -> Result<Box<RawValue>> {
        serde_json::value::to_raw_value(self).map_err(|error| {
            Error::internal(format!("{} '{}' has no JSON form", T::OBJECT, Model::id(self))).with_source(error)
        })
    }
}
