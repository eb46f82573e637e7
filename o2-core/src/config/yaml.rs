//! Reads YAML 1.2 into the tree, with the line of every value. Within budgets, and without repeating in errors what
//! stands in the file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{MessageFormatter, Options, Spanned, UserMessageFormatter};

use super::problem::Problems;
use super::tree::{Node, Path, Place, Value};
use crate::Result;
use crate::error::Excerpt;

const BYTES: usize = 1 << 20;
const NODES: usize = 50_000;
/// The parser recurses with up to 40 KiB of stack per level; this leaves a thread of 2 MiB most of its stack.
const LEVELS: usize = 20;

/// The tree of a YAML text.
pub(super) fn parse(text: &str, file: &str) -> Result<Node> {
    let (place, reason) = if text.len() > BYTES {
        (Place::default(), "the file is larger than 1 MiB".to_owned())
    } else {
        match serde_saphyr::from_str_with_options::<Spanned<Yaml>>(text, options()) {
            Ok(document) => return Ok(node(document, None, Path::root())),
            Err(error) => (place(&error), reason(error.without_snippet())),
        }
    };
    let problems = Problems::default();
    problems.push(place, reason);
    Err(problems.into_error(Some(file)))
}

fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_depth: LEVELS, max_nodes: NODES, max_total_scalar_bytes: BYTES },
    }
}

fn place(error: &serde_saphyr::Error) -> Place {
    Place {
        line: error
            .location()
            .map(|location| location.line())
            .filter(|line| *line > 0),
        path: Path::root(),
    }
}

fn reason(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("key '{}' is given twice", Excerpt(key)),
        Error::MultipleDocuments { .. } => "the file holds several documents ('---'); only one is read".to_owned(),
        Error::Budget { .. } => {
            format!("the file is too large or too deeply nested (at most {NODES} values, {LEVELS} levels)")
        }
        other => format!(
            "not readable as YAML: {}",
            Excerpt(&UserMessageFormatter.format_message(other))
        ),
    }
}

fn node(yaml: Spanned<Yaml>, key_line: Option<u64>, path: Path) -> Node {
    let line = key_line.or_else(|| Some(yaml.referenced.line()).filter(|line| *line > 0));
    let value = match yaml.value {
        Yaml::Scalar(value) => value,
        Yaml::List(elements) => {
            let element = |(index, yaml)| node(yaml, None, path.index(index));
            Value::List(elements.into_iter().enumerate().map(element).collect())
        }
        Yaml::Object(entries) => {
            let entry = |(key, yaml): (Spanned<String>, Spanned<Yaml>)| {
                let value = node(yaml, Some(key.referenced.line()), path.key(&key.value));
                (key.value, value)
            };
            Value::Object(entries.into_iter().map(entry).collect())
        }
    };
    Node::new(Place { line, path }, value)
}

/// A value as the parser tells it.
enum Yaml {
    Scalar(Value),
    List(Vec<Spanned<Self>>),
    Object(Vec<(Spanned<String>, Spanned<Self>)>),
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyYaml)
    }
}

struct AnyYaml;

impl<'de> Visitor<'de> for AnyYaml {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(Value::Number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(Value::Number(value.into())))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Yaml, E> {
        let number = Number::from_f64(value);
        let number =
            number.ok_or_else(|| E::custom("this number is infinite or none; put it in quotes if it is text"))?;
        Ok(Yaml::Scalar(Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Yaml, E> {
        Ok(Yaml::Scalar(Value::text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Yaml, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Yaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Yaml, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Yaml::Object(object))
    }
}
