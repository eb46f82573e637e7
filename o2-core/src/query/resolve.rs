//! What a [`Path`] means for a type: table indexes and map keys instead of names, found once and followed for each object
//! without looking anything up by name again.

use serde_json::Value;

use super::names;
use super::path::{Path, Segment, element_kind};
use crate::error::Excerpt;
use crate::model::attribute::{AttributeKind, AttributeValue, Attributes, Shape};

/// One step from a value to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// To a row of an attribute table.
    Field(usize),
    /// To an entry of a map.
    Key(String),
    /// To the keys of a map.
    Keys,
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) steps: Vec<Step>,
    /// The type at the end; of the elements, when a list is there. Keys of maps are text.
    pub(crate) kind: AttributeKind,
    /// Whether a list lies on the way or at the end.
    pub(crate) list: bool,
}

/// Finds what `path` means for `T`, or says why it means nothing.
pub(crate) fn resolve<T: Attributes>(path: &Path) -> Result<Target, String> {
    resolve_in(Shape::of::<T>(), path)
}

/// The same for objects of this shape.
pub(crate) fn resolve_in(shape: Shape, path: &Path) -> Result<Target, String> {
    let mut steps = Vec::new();
    let mut kind = AttributeKind::Object(shape);
    let mut list = false;
    let segments = path.segments();
    for (depth, segment) in segments.iter().enumerate() {
        let above = || Path::new(segments.iter().take(depth).cloned());
        let (step, below) = match (element_kind(kind), segment) {
            (AttributeKind::Object(shape), Segment::Name(name)) => {
                let (index, field) = shape.find(name).ok_or_else(|| unknown(shape, name, &above()))?;
                (Step::Field(index), field.kind)
            }
            (AttributeKind::Map | AttributeKind::Any, Segment::Name(name)) => {
                (Step::Key(name.clone()), AttributeKind::Any)
            }
            (AttributeKind::Map | AttributeKind::Any, Segment::Keys) if depth + 1 == segments.len() => {
                (Step::Keys, AttributeKind::String)
            }
            (AttributeKind::Map | AttributeKind::Any, Segment::Keys) => {
                return Err("'@key' must be the end of a path".into());
            }
            (AttributeKind::Object(_), Segment::Keys) => {
                return Err("'@key' stands for the keys of a map, and there is no map".into());
            }
            (scalar, _) => {
                let above = above().to_string();
                return Err(format!(
                    "'{}' is of type {} and has nothing below it",
                    Excerpt(&above),
                    scalar.as_str()
                ));
            }
        };
        steps.push(step);
        kind = below;
        list |= matches!(kind, AttributeKind::Array(_));
    }
    let kind = element_kind(kind);
    Ok(Target { steps, kind, list })
}

fn unknown(shape: Shape, name: &str, above: &Path) -> String {
    let fields: Vec<_> = shape.fields().map(|field| field.name).collect();
    let place = if above.segments().is_empty() {
        String::new()
    } else {
        format!(" of '{above}'")
    };
    let hint = names::hint(name, fields.into_iter());
    format!("unknown attribute '{}'{place}{hint}", Excerpt(name))
}

impl Step {
    /// The value one step below `value`. The keys of a map are not one value; whoever asks for them looks at the map.
    pub(crate) fn follow<'a>(&self, value: AttributeValue<'a>) -> AttributeValue<'a> {
        match (self, flat(value)) {
            (Self::Field(index), AttributeValue::Object(object)) => object.attribute(*index),
            (Self::Key(key), AttributeValue::Map(map)) => {
                map.get(key).map_or(AttributeValue::Absent, AttributeValue::Json)
            }
            (Self::Key(key), AttributeValue::Labels(labels)) => {
                AttributeValue::text(labels.get(key).map(String::as_str))
            }
            _ => AttributeValue::Absent,
        }
    }
}

/// JSON as the attribute value it stands for; `null` is absent. Other values are themselves.
pub(crate) fn flat(value: AttributeValue<'_>) -> AttributeValue<'_> {
    let AttributeValue::Json(json) = value else {
        return value;
    };
    match json {
        Value::Null => AttributeValue::Absent,
        Value::Bool(truth) => AttributeValue::Boolean(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => AttributeValue::Integer(integer),
            (None, Some(float)) => AttributeValue::Number(float),
            (None, None) => AttributeValue::Absent,
        },
        Value::String(text) => AttributeValue::String(text),
        Value::Array(elements) => AttributeValue::Array(elements),
        Value::Object(map) => AttributeValue::Map(map),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::testing::Thing;

    #[test]
    fn paths_lead_to_kinds() {
        for (path, kind, list) in [
            ("name", "String", false),
            ("tags", "String", true),
            ("elements", "Object", true),
            ("elements/elements/perceivedSeverity", "Integer", true),
            ("site/name", "String", false),
            ("extensions", "Map", false),
            ("extensions/a/b/c", "Any", false),
            ("extensions/@key", "String", false),
            ("labels/a", "Any", false),
            ("note/x", "Any", false),
        ] {
            let target = resolve::<Thing>(&Path::parse(path).unwrap()).unwrap();
            assert_eq!((target.kind.as_str(), target.list), (kind, list), "{path}");
        }
    }

    #[test]
    fn paths_that_lead_nowhere_say_why() {
        for (path, reason) in [
            (
                "nmae",
                "unknown attribute 'nmae'; did you mean 'name'? (known: id, name,",
            ),
            (
                "site/nme",
                "unknown attribute 'nme' of 'site'; did you mean 'name'? (known: name, capacity",
            ),
            ("name/x", "'name' is of type String and has nothing below it"),
            ("tags/x", "'tags' is of type String and has nothing below it"),
            ("@key", "'@key' stands for the keys of a map, and there is no map"),
            (
                "elements/@key",
                "'@key' stands for the keys of a map, and there is no map",
            ),
            ("extensions/@key/x", "'@key' must be the end of a path"),
        ] {
            let found = resolve::<Thing>(&Path::parse(path).unwrap()).unwrap_err();
            assert!(found.starts_with(reason), "{path}: {found}");
        }
    }
}
