//! A serde deserializer over the tree: it reads typed sections, and says about everything that does not fit where it
//! stands. It goes on after an unknown key and after an element of a list that cannot be read, so that one run tells
//! most of what is wrong.

use std::fmt;
use std::slice;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use super::problem::{Problems, unknown};
use super::tree::{Node, Place, Value};

/// Reads the entry `key` of `object` when it is there; `None` as well when it could not be read, which is a problem.
pub(super) fn section<'n, T: Deserialize<'n>>(object: &'n Node, key: &str, problems: &'n Problems) -> Option<T> {
    let node = object.get(key).filter(|node| !matches!(node.value, Value::Null))?;
    match T::deserialize(Reader { node, problems }) {
        Ok(section) => Some(section),
        Err(error) => {
            error.report(&node.place, problems);
            None
        }
    }
}

/// Reports every key of `entries` that is not in `known`.
pub(super) fn reject_unknown(entries: &[(String, Node)], known: &[&str], problems: &Problems) {
    for (key, node) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        problems.push(node.place.clone(), unknown("key", key, known));
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
struct Reader<'n> {
    node: &'n Node,
    problems: &'n Problems,
}

impl<'n> Reader<'n> {
    fn on(self, node: &'n Node) -> Self {
        Self { node, ..self }
    }

    /// Reads the node; every node is read here or reported with its place, so that an error gets the innermost one.
    fn read<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self).map_err(|error| error.at(&self.node.place))
    }

    /// Text in which a variable stood, as the number or truth value it spells.
    fn spelled<T: std::str::FromStr>(self) -> Option<T> {
        match &self.node.value {
            Value::Text {
                text,
                interpolated: true,
            } => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn mismatch(self, expected: &str) -> ReadError {
        de::Error::custom(format!("expected {expected}, found {}", self.node.value.describe()))
    }

    fn number<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.spelled::<Number>() {
            Some(number) => visit_number(&number, visitor),
            None => self.deserialize_any(visitor),
        }
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, ReadError> {
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => visitor.visit_u64(number),
        (None, Some(number)) => visitor.visit_i64(number),
        (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::Text { text, .. } => visitor.visit_borrowed_str(text),
            Value::List(elements) => visitor.visit_seq(Elements {
                nodes: elements.iter(),
                reader: self,
            }),
            Value::Object(entries) => visitor.visit_map(Entries::of(entries, None, self)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.spelled::<bool>() {
            Some(value) => visitor.visit_bool(value),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.number(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.number(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.number(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Some(entries) = self.node.entries() else {
            return Err(self.mismatch("an object"));
        };
        reject_unknown(entries, fields, self.problems);
        visitor.visit_map(Entries::of(entries, Some(fields), self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text { text, .. } => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(self.mismatch(&variants.join(" or "))),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier ignored_any
    }
}

/// The elements of a list. One that cannot be read is reported and left out.
struct Elements<'n> {
    nodes: slice::Iter<'n, Node>,
    reader: Reader<'n>,
}

impl<'de> de::SeqAccess<'de> for Elements<'de> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let node = self.nodes.next();
        node.map(|node| self.reader.on(node).read(seed)).transpose()
    }

    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, ReadError> {
        for node in self.nodes.by_ref() {
            match T::deserialize(self.reader.on(node)) {
                Ok(element) => return Ok(Some(element)),
                Err(error) => error.report(&node.place, self.reader.problems),
            }
        }
        Ok(None)
    }
}

/// The entries of an object.
struct Entries<'n> {
    nodes: slice::Iter<'n, (String, Node)>,
    /// Of a struct: other keys have been reported, and an entry that holds nothing counts as left out.
    fields: Option<&'static [&'static str]>,
    value: Option<&'n Node>,
    reader: Reader<'n>,
}

impl<'n> Entries<'n> {
    fn of(entries: &'n [(String, Node)], fields: Option<&'static [&'static str]>, reader: Reader<'n>) -> Self {
        Self {
            nodes: entries.iter(),
            fields,
            value: None,
            reader,
        }
    }
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let fields = self.fields;
        let wanted = |(key, node): &&(String, Node)| {
            fields.is_none_or(|fields| fields.contains(&key.as_str()) && !matches!(node.value, Value::Null))
        };
        let Some((key, node)) = self.nodes.find(wanted) else {
            return Ok(None);
        };
        self.value = Some(node);
        let key: StrDeserializer<'_, ReadError> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.at(&node.place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.value.take() {
            Some(node) => self.reader.on(node).read(seed),
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

/// Why a node could not be read, and which one. Never says what was in it.
#[derive(Debug)]
pub(super) struct ReadError {
    place: Option<Place>,
    reason: String,
}

impl ReadError {
    /// Sets the place, unless an inner node has set it.
    fn at(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    fn report(self, place: &Place, problems: &Problems) {
        problems.push(self.place.unwrap_or_else(|| place.clone()), self.reason);
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self {
            place: None,
            reason: reason.to_string(),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let wanted = wanted(expected);
        let found = match found {
            Unexpected::Bool(_) if wanted == "text" => "true or false (put it in quotes)",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) if wanted == "text" => {
                "a number (put it in quotes)"
            }
            Unexpected::Bool(_) => "true or false",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
            Unexpected::Float(_) => "a number with a fraction",
            Unexpected::Str(_) => "text",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            Unexpected::Unit => "nothing",
            _ => "something else",
        };
        Self::custom(format!("expected {wanted}, found {found}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format!("expected {}; the value is out of range", wanted(expected)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(unknown("value", variant, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("the key '{field}' is missing"))
    }
}

/// What a serde visitor asks for, in the words of this module.
fn wanted(expected: &dyn de::Expected) -> String {
    let words = expected.to_string();
    match words.as_str() {
        "a boolean" => "true or false",
        "a string" => "text",
        "a sequence" => "a list",
        "a map" => "an object",
        "i64" => "a whole number",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        _ => return words,
    }
    .to_owned()
}
