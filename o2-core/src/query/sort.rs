//! [`Sort`]: in which order a list comes. `sort=name,-createdAt` is this product's own; O-RAN defines no sorting.
//!
//! Strings are ordered by code point, numbers and times as such, `false` before `true`. Below maps, where types may be
//! mixed, booleans come before numbers, numbers before strings. What is absent comes last, in both directions.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::number::Number;
use super::params::Params;
use super::path::Path;
use super::resolve::{Step, flat, resolve};
use crate::error::Excerpt;
use crate::model::attribute::{AttributeValue, Attributes};
use crate::query::Operator;
use crate::{Error, Result, Timestamp};

const MAX_KEYS: usize = 8;

/// The attributes by which a list is sorted, the most important one first.
///
/// ```
/// use o2_core::query::Sort;
/// let sort = Sort::parse("name, -createdAt").unwrap();
/// assert_eq!(sort.to_string(), "name,-createdAt");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sort(Vec<Key>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    attribute: String,
    descending: bool,
}

impl Sort {
    /// No order asked for.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads attributes separated by commas, a `-` before those that descend. Nothing but blanks asks for no order.
    ///
    /// # Errors
    /// `InvalidInput` for an empty attribute or more than 8.
    pub fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::none());
        }
        let keys: Vec<Key> = text.split(',').map(Key::parse).collect();
        if keys.len() > MAX_KEYS {
            return Err(wrong(format!(
                "{} attributes are given, at most {MAX_KEYS} are allowed",
                keys.len()
            )));
        }
        if keys.iter().any(|key| key.attribute.is_empty()) {
            return Err(wrong("an attribute is missing, as in name,-createdAt".into()));
        }
        Ok(Self(keys))
    }

    /// Reads `sort`, or `sortBy` with `sortOrder=asc|desc`.
    ///
    /// # Errors
    /// `InvalidInput` as for [`parse`](Self::parse), for both spellings together, and for `sortOrder` alone or with
    /// another word.
    pub fn from_params(params: &Params) -> Result<Self> {
        let text = params.single(&["sort", "sortBy"])?;
        let order = params
            .single(&["sortOrder"])?
            .map(|(_, order)| order.to_ascii_lowercase());
        let sort = Self::parse(text.map_or("", |(_, text)| text))?;
        match (text, order.as_deref()) {
            (_, None) | (Some(("sortBy", _)), Some("asc")) => Ok(sort),
            (Some(("sortBy", _)), Some("desc")) => Ok(sort.reversed()),
            (Some(("sortBy", _)), _) => Err(Error::violation("sortOrder", "must be asc or desc")),
            _ => Err(Error::violation("sortOrder", "belongs to sortBy, which is not given")),
        }
    }

    /// Whether no order is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Prepares the order for objects of type `T`.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown attribute, or one that is not a scalar or lies in a list.
    pub fn bind<T: Attributes>(&self) -> Result<Sorter<T>> {
        let keys = self.0.iter().map(Key::bind::<T>).collect::<Result<_>>()?;
        Ok(Sorter { keys, of: PhantomData })
    }

    fn reversed(mut self) -> Self {
        for key in &mut self.0 {
            key.descending = !key.descending;
        }
        self
    }
}

impl Key {
    fn parse(text: &str) -> Self {
        let text = text.trim();
        let attribute = text.strip_prefix('-');
        Self {
            attribute: attribute.unwrap_or(text).trim_start().to_owned(),
            descending: attribute.is_some(),
        }
    }

    fn bind<T: Attributes>(&self) -> Result<BoundKey> {
        let target = Path::lenient::<T>(&self.attribute)
            .map_err(|syntax| syntax.reason)
            .and_then(|path| resolve::<T>(&path))
            .map_err(wrong)?;
        let name = Excerpt(&self.attribute);
        if target.list {
            return Err(wrong(format!("'{name}' is in a list and has no one value to sort by")));
        }
        if Operator::of_kind(target.kind).is_empty() || target.steps.last() == Some(&Step::Keys) {
            return Err(wrong(format!("'{name}' is not a scalar; name an attribute below it")));
        }
        Ok(BoundKey {
            steps: target.steps,
            descending: self.descending,
        })
    }
}

fn wrong(reason: String) -> Error {
    Error::violation("sort", reason)
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            let separator = if index > 0 { "," } else { "" };
            let direction = if key.descending { "-" } else { "" };
            write!(f, "{separator}{direction}{}", key.attribute)?;
        }
        Ok(())
    }
}

/// A [`Sort`] bound to a type. Objects that are equal in every key are told apart by the caller, with the id.
#[derive(Debug)]
pub struct Sorter<T> {
    keys: Vec<BoundKey>,
    of: PhantomData<fn(&T)>,
}

#[derive(Debug)]
struct BoundKey {
    steps: Vec<Step>,
    descending: bool,
}

impl<T: Attributes> Sorter<T> {
    /// Where `object` stands, to be kept or sent away and compared with others later.
    #[must_use]
    pub fn key(&self, object: &T) -> SortKey {
        let part = |key: &BoundKey| Part {
            descending: key.descending,
            rank: key.rank(object).map(Rank::into_owned),
        };
        SortKey(self.keys.iter().map(part).collect())
    }

    /// Which of two objects comes first. The same as comparing their keys, without making them.
    #[must_use]
    pub fn compare(&self, one: &T, other: &T) -> Ordering {
        self.keys
            .iter()
            .map(|key| directed(key.rank(one).as_ref(), key.rank(other).as_ref(), key.descending))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl BoundKey {
    fn rank<'a, T: Attributes>(&self, object: &'a T) -> Option<Rank<'a>> {
        let object = AttributeValue::Object(object);
        Rank::of(self.steps.iter().fold(object, |value, step| step.follow(value)))
    }
}

/// Where an object stands in the order of one [`Sorter`]. Only keys of the same sorter can be compared in a meaningful way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SortKey(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    descending: bool,
    rank: Option<Rank<'static>>,
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        self.descending
            .cmp(&other.descending)
            .then_with(|| directed(self.rank.as_ref(), other.rank.as_ref(), self.descending))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn directed(one: Option<&Rank<'_>>, other: Option<&Rank<'_>>, descending: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if descending => other.cmp(one),
        (Some(one), Some(other)) => one.cmp(other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// A scalar, ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Rank<'a> {
    Boolean(bool),
    Number(Number),
    Text(Cow<'a, str>),
    Time(Timestamp),
}

impl<'a> Rank<'a> {
    /// `None` for what is absent or not a scalar.
    fn of(value: AttributeValue<'a>) -> Option<Self> {
        match flat(value) {
            AttributeValue::Boolean(truth) => Some(Self::Boolean(truth)),
            AttributeValue::Integer(integer) => Some(Self::Number(Number::integer(integer))),
            AttributeValue::Number(float) => Number::float(float).map(Self::Number),
            AttributeValue::String(text) => Some(Self::Text(Cow::Borrowed(text))),
            AttributeValue::DateTime(time) => Some(Self::Time(time)),
            _ => None,
        }
    }

    fn into_owned(self) -> Rank<'static> {
        match self {
            Self::Boolean(truth) => Rank::Boolean(truth),
            Self::Number(number) => Rank::Number(number),
            Self::Text(text) => Rank::Text(Cow::Owned(text.into_owned())),
            Self::Time(time) => Rank::Time(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::testing::{Thing, map, thing};

    fn sort(raw: &str) -> Result<Sorter<Thing>> {
        Sort::from_params(&Params::parse(raw)?)?.bind()
    }

    #[track_caller]
    fn check(raw: &str, things: &[Thing], expected: &[&str]) {
        let sorter = sort(raw).unwrap();
        let mut sorted: Vec<&Thing> = things.iter().collect();
        sorted.sort_by(|one, other| sorter.compare(one, other));
        let names: Vec<&str> = sorted.iter().map(|thing| thing.name.as_str()).collect();
        assert_eq!(names, expected, "{raw}");
    }

    #[test]
    fn lists_are_ordered() {
        let new = |name: &str, perceived_severity, load, mixed| Thing {
            perceived_severity,
            load,
            extensions: map(json!({"mixed": mixed})),
            ..thing(name)
        };
        let things = [
            new("b", Some(10), None, json!("text")),
            new("a", Some(9), Some(1.5), json!(9.5)),
            new("ä", None, Some(-1.0), json!([1])),
            new("B", Some(10), Some(f64::NAN), json!(10)),
            new("c", None, Some(2.0), json!(true)),
        ];
        for (raw, expected) in [
            ("sort=name", ["B", "a", "b", "c", "ä"]),
            ("sort=-name", ["ä", "c", "b", "a", "B"]),
            ("sortBy=name&sortOrder=DESC", ["ä", "c", "b", "a", "B"]),
            ("sortBy=name&sortOrder=asc", ["B", "a", "b", "c", "ä"]),
            ("sortBy=name", ["B", "a", "b", "c", "ä"]),
            ("sort=perceivedSeverity", ["a", "b", "B", "ä", "c"]),
            ("sort=-perceivedSeverity,name", ["B", "b", "a", "c", "ä"]),
            ("sort=load", ["ä", "a", "c", "b", "B"]),
            ("sort=-load", ["c", "a", "ä", "b", "B"]),
            ("sort=extensions.mixed", ["c", "a", "B", "b", "ä"]),
            ("sort=-extensions/mixed", ["b", "B", "a", "c", "ä"]),
            ("sort=", ["b", "a", "ä", "B", "c"]),
        ] {
            check(raw, &things, &expected);
        }
    }

    #[test]
    fn wrong_orders_are_refused() {
        for (raw, expected) in [
            ("sort=nmae", "sort: unknown attribute 'nmae'; did you mean 'name'?"),
            ("sort=name,,id", "sort: an attribute is missing"),
            ("sort=-", "sort: an attribute is missing"),
            ("sort=a,b,c,d,e,f,g,h,i", "sort: 9 attributes are given, at most 8"),
            ("sort=tags", "sort: 'tags' is in a list"),
            ("sort=elements/name", "sort: 'elements/name' is in a list"),
            ("sort=site", "sort: 'site' is not a scalar"),
            ("sort=labels", "sort: 'labels' is not a scalar"),
            ("sort=labels/@key", "sort: 'labels/@key' is not a scalar"),
            ("sort=name&sortBy=id", "sortBy: only one of sort, sortBy"),
            ("sort=name&sortOrder=asc", "sortOrder: belongs to sortBy"),
            ("sortOrder=desc", "sortOrder: belongs to sortBy"),
            ("sortBy=name&sortOrder=up", "sortOrder: must be asc or desc"),
        ] {
            let error = sort(raw).unwrap_err();
            assert!(error.message().starts_with(expected), "{raw}: {error}");
        }
    }
}
