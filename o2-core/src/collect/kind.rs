//! [`Kind`]: what a collector has to know about one type of objects.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::event::{EventKind, Subject};
use crate::id::qualified::Qualifier;
use crate::model::Model;
use crate::model::attribute::Shape;
use crate::operation::Operation;
use crate::{Error, Result};

type Shared = Arc<dyn Subject>;

/// What a collector has to know about one type of objects. Objects of another type are never passed to it.
#[derive(Debug)]
pub struct Kind {
    /// The type's name, `resourcePool`.
    pub(crate) object: &'static str,
    /// Its attributes.
    pub(crate) shape: Shape,
    /// The operation that lists them.
    pub(crate) list: &'static Operation,
    /// The attributes that always have an index.
    pub(crate) indexes: &'static [&'static str],
    same: fn(&dyn Subject, &dyn Subject) -> bool,
    qualified: fn(&Shared, Qualifier<'_>) -> Shared,
    decode: fn(&[u8]) -> Result<Shared>,
    update: fn(&dyn Subject, &dyn Subject) -> EventKind,
}

impl Kind {
    /// Objects of type `T`, which `list` lists.
    pub const fn of<T: Model + fmt::Debug + PartialEq + DeserializeOwned>(list: &'static Operation) -> Self {
        Self {
            object: T::OBJECT,
            shape: Shape::of::<T>(),
            list,
            indexes: &[],
            same: same::<T>,
            qualified: qualified::<T>,
            decode: decode::<T>,
            update: |_, _| EventKind::Updated,
        }
    }

    /// The type's name, `resourcePool`.
    #[must_use]
    pub const fn object(&self) -> &'static str {
        self.object
    }

    /// Keeps an index of these attributes.
    #[must_use]
    pub const fn with_indexes(mut self, paths: &'static [&'static str]) -> Self {
        self.indexes = paths;
        self
    }

    /// Says more about a change, from the object before and after it, than that it is one.
    #[must_use]
    pub const fn with_update(mut self, update: fn(&dyn Subject, &dyn Subject) -> EventKind) -> Self {
        self.update = update;
        self
    }

    /// Whether both are the same in every respect.
    pub(super) fn is_same(&self, one: Option<&Shared>, other: Option<&Shared>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || (self.same)(&**one, &**other),
            (None, None) => true,
            _ => false,
        }
    }

    /// The object with the ids of the service level.
    pub(super) fn qualified(&self, object: &Shared, qualifier: Qualifier<'_>) -> Shared {
        (self.qualified)(object, qualifier)
    }

    /// Reads what [`Subject::to_json`] wrote.
    pub(super) fn decode(&self, json: &[u8]) -> Result<Shared> {
        (self.decode)(json)
    }

    /// What happened.
    pub(super) fn event(&self, before: Option<&Shared>, after: Option<&Shared>) -> EventKind {
        match (before, after) {
            (Some(before), Some(after)) => (self.update)(&**before, &**after),
            (None, _) => EventKind::Created,
            (Some(_), None) => EventKind::Deleted,
        }
    }
}

fn typed<T: Model>(object: &dyn Subject) -> Option<&T> {
    let object: &dyn Any = object;
    object.downcast_ref()
}

fn same<T: Model + PartialEq>(one: &dyn Subject, other: &dyn Subject) -> bool {
    typed::<T>(one) == typed::<T>(other)
}

fn qualified<T: Model + fmt::Debug>(object: &Shared, qualifier: Qualifier<'_>) -> Shared {
    match typed::<T>(&**object) {
        Some(object) => {
            let mut object = object.clone();
            object.qualify(qualifier);
            Arc::new(object)
        }
        None => Arc::clone(object),
    }
}

fn decode<T: Model + fmt::Debug + DeserializeOwned>(json: &[u8]) -> Result<Shared> {
    let object: T = serde_json::from_slice(json)
        .map_err(|error| Error::internal(format!("a stored {} cannot be read: {error}", T::OBJECT)))?;
    Ok(Arc::new(object))
}
