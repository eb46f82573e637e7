//! [`Selected`]: an object that serialises only what a [`Selection`] shows. A serialiser around the real one drops fields
//! by name while they pass; no JSON tree is built. What is shown whole goes straight to the real serialiser.

use std::fmt::{self, Write};

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct};
use serde::{Serialize, Serializer};

use super::select::{Fields, Keep, Selection};

/// An object, or a list of them, of which only the selected attributes are serialised.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a, T: ?Sized> {
    value: &'a T,
    selection: &'a Selection,
}

impl<'a, T: ?Sized> Selected<'a, T> {
    /// What `selection` shows of `value`.
    pub const fn new(value: &'a T, selection: &'a Selection) -> Self {
        Self { value, selection }
    }
}

impl<T: Serialize + ?Sized> Serialize for Selected<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.selection.fields() {
            None => self.value.serialize(serializer),
            Some(fields) => Pruned::new(self.value, fields).serialize(serializer),
        }
    }
}

/// A value whose fields are subject to rules.
struct Pruned<'a, T: ?Sized> {
    value: &'a T,
    fields: &'a Fields,
}

impl<'a, T: ?Sized> Pruned<'a, T> {
    const fn new(value: &'a T, fields: &'a Fields) -> Self {
        Self { value, fields }
    }
}

impl<T: Serialize + ?Sized> Serialize for Pruned<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Pruner {
            inner: serializer,
            fields: self.fields,
        })
    }
}

/// A serialiser, or a part of one, to which only selected fields get through.
struct Pruner<'a, S> {
    inner: S,
    fields: &'a Fields,
}

impl<'a, S: Serializer> Serializer for Pruner<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Pruner<'a, S::SerializeSeq>;
    type SerializeTuple = Pruner<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Pruner<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = S::SerializeTupleVariant;
    type SerializeMap = MapPruner<'a, S::SerializeMap>;
    type SerializeStruct = Pruner<'a, S::SerializeStruct>;
    type SerializeStructVariant = S::SerializeStructVariant;

    fn serialize_bool(self, v: bool) -> Result<S::Ok, S::Error> {
        self.inner.serialize_bool(v)
    }

    fn serialize_i8(self, v: i8) -> Result<S::Ok, S::Error> {
        self.inner.serialize_i8(v)
    }

    fn serialize_i16(self, v: i16) -> Result<S::Ok, S::Error> {
        self.inner.serialize_i16(v)
    }

    fn serialize_i32(self, v: i32) -> Result<S::Ok, S::Error> {
        self.inner.serialize_i32(v)
    }

    fn serialize_i64(self, v: i64) -> Result<S::Ok, S::Error> {
        self.inner.serialize_i64(v)
    }

    fn serialize_i128(self, v: i128) -> Result<S::Ok, S::Error> {
        self.inner.serialize_i128(v)
    }

    fn serialize_u8(self, v: u8) -> Result<S::Ok, S::Error> {
        self.inner.serialize_u8(v)
    }

    fn serialize_u16(self, v: u16) -> Result<S::Ok, S::Error> {
        self.inner.serialize_u16(v)
    }

    fn serialize_u32(self, v: u32) -> Result<S::Ok, S::Error> {
        self.inner.serialize_u32(v)
    }

    fn serialize_u64(self, v: u64) -> Result<S::Ok, S::Error> {
        self.inner.serialize_u64(v)
    }

    fn serialize_u128(self, v: u128) -> Result<S::Ok, S::Error> {
        self.inner.serialize_u128(v)
    }

    fn serialize_f32(self, v: f32) -> Result<S::Ok, S::Error> {
        self.inner.serialize_f32(v)
    }

    fn serialize_f64(self, v: f64) -> Result<S::Ok, S::Error> {
        self.inner.serialize_f64(v)
    }

    fn serialize_char(self, v: char) -> Result<S::Ok, S::Error> {
        self.inner.serialize_char(v)
    }

    fn serialize_str(self, v: &str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_str(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<S::Ok, S::Error> {
        self.inner.serialize_bytes(v)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Pruned::new(value, self.fields))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner
            .serialize_newtype_struct(name, &Pruned::new(value, self.fields))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Ok(Pruner {
            inner: self.inner.serialize_seq(len)?,
            fields: self.fields,
        })
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        Ok(Pruner {
            inner: self.inner.serialize_tuple(len)?,
            fields: self.fields,
        })
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        Ok(Pruner {
            inner: self.inner.serialize_tuple_struct(name, len)?,
            fields: self.fields,
        })
    }

    /// How many entries will pass is not known, so no length is promised.
    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        Ok(MapPruner {
            inner: self.inner.serialize_map(None)?,
            fields: self.fields,
            key: String::new(),
        })
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        Ok(Pruner {
            inner: self.inner.serialize_struct(name, len)?,
            fields: self.fields,
        })
    }

    // The variants of enums have no attribute names: they are shown whole.

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_variant(name, index, variant, value)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.inner.serialize_tuple_variant(name, index, variant, len)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.inner.serialize_struct_variant(name, index, variant, len)
    }
}

impl<S: SerializeSeq> SerializeSeq for Pruner<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_element(&Pruned::new(value, self.fields))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: SerializeTuple> SerializeTuple for Pruner<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_element(&Pruned::new(value, self.fields))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: SerializeTupleStruct> SerializeTupleStruct for Pruner<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_field(&Pruned::new(value, self.fields))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

impl<S: SerializeStruct> SerializeStruct for Pruner<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), S::Error> {
        match self.fields.keep(key) {
            Keep::All => self.inner.serialize_field(key, value),
            Keep::None => self.inner.skip_field(key),
            Keep::Part(fields) => self.inner.serialize_field(key, &Pruned::new(value, fields)),
        }
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), S::Error> {
        self.inner.skip_field(key)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

/// The entries of a map, of which only the selected ones get through.
struct MapPruner<'a, S> {
    inner: S,
    fields: &'a Fields,
    /// The text of the last key; kept to use its memory again.
    key: String,
}

impl<S> MapPruner<'_, S> {
    fn remember<K: Serialize + ?Sized>(&mut self, key: &K) -> fmt::Result {
        self.key.clear();
        write!(self.key, "{}", KeyText(key))
    }
}

impl<S: SerializeMap> SerializeMap for MapPruner<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<K: Serialize + ?Sized>(&mut self, key: &K) -> Result<(), S::Error> {
        self.remember(key).map_err(serde::ser::Error::custom)?;
        match self.fields.keep(&self.key) {
            Keep::None => Ok(()),
            _ => self.inner.serialize_key(key),
        }
    }

    fn serialize_value<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), S::Error> {
        match self.fields.keep(&self.key) {
            Keep::All => self.inner.serialize_value(value),
            Keep::None => Ok(()),
            Keep::Part(fields) => self.inner.serialize_value(&Pruned::new(value, fields)),
        }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

/// The text of a map's key, for keys of every kind that JSON allows.
struct KeyText<'a, K: ?Sized>(&'a K);

impl<K: Serialize + ?Sized> fmt::Display for KeyText<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}
