//! The configuration as a tree whose nodes know where they were written. Interpolation, other spellings and error
//! messages work on it; the YAML or JSON it came from is forgotten.

use std::fmt;

use serde_json::Number;

use crate::error::Excerpt;

/// Where something stands in the configuration: `plugins.ims[1].name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    pub(super) fn root() -> Self {
        Self::default()
    }

    /// The entry `key` of the object at this path.
    pub(super) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The element `index` of the list at this path.
    pub(super) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if !plain(key) => write!(f, "['{}']", Excerpt(key))?,
                Step::Key(key) if position == 0 => write!(f, "{}", Excerpt(key))?,
                Step::Key(key) => write!(f, ".{}", Excerpt(key))?,
            }
        }
        Ok(())
    }
}

/// A path and, when the text is known, the line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) line: Option<u64>,
    /// As it was written, whatever spelling that was.
    pub(super) path: Path,
}

impl From<Path> for Place {
    fn from(path: Path) -> Self {
        Self { line: None, path }
    }
}

/// A value and its place; the value of an object's entry has the line of its key.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text {
        text: String,
        /// A variable stood in it: it may be read as a number or a truth value.
        interpolated: bool,
    },
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            interpolated: false,
        }
    }

    /// What it is, in words of error messages. Never what is in it.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text { .. } => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl Node {
    pub(super) fn new(place: Place, value: Value) -> Self {
        Self { place, value }
    }

    /// The tree of a JSON value, without lines.
    pub(super) fn from_json(value: serde_json::Value, path: Path) -> Self {
        use serde_json::Value as Json;
        let value = match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => Value::Number(number),
            Json::String(text) => Value::text(text),
            Json::Array(values) => {
                let element = |(index, value)| Self::from_json(value, path.index(index));
                Value::List(values.into_iter().enumerate().map(element).collect())
            }
            Json::Object(entries) => {
                let entry = |(key, value): (String, Json)| {
                    let node = Self::from_json(value, path.key(&key));
                    (key, node)
                };
                Value::Object(entries.into_iter().map(entry).collect())
            }
        };
        Self::new(path.into(), value)
    }

    /// The entries, when it is an object.
    pub(super) fn entries(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    pub(super) fn elements_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.value {
            Value::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries, when it is an object or can become one because nothing is there.
    pub(super) fn entries_mut(&mut self) -> Option<&mut Vec<(String, Self)>> {
        if matches!(self.value, Value::Null) {
            self.value = Value::Object(Vec::new());
        }
        match &mut self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Takes all entries out of an object; of anything else nothing.
    pub(super) fn take_entries(&mut self) -> Vec<(String, Self)> {
        match &mut self.value {
            Value::Object(entries) => std::mem::take(entries),
            _ => Vec::new(),
        }
    }

    /// The value of an entry.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.entries()?.iter().find(|(name, _)| name == key);
        entry.map(|(_, node)| node)
    }

    /// The value of an entry, to change it.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Object(entries) => entries.iter_mut().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Removes an entry.
    pub(super) fn take(&mut self, key: &str) -> Option<Self> {
        match &mut self.value {
            Value::Object(entries) => {
                let position = entries.iter().position(|(name, _)| name == key)?;
                Some(entries.remove(position).1)
            }
            _ => None,
        }
    }

    /// Where `path`, in the canonical spelling, was written; what was left out stands where it would belong.
    pub(super) fn locate(&self, path: &Path) -> Place {
        let mut place = self.place.clone();
        let mut node = Some(self);
        for step in &path.0 {
            node = node.and_then(|node| node.child(step));
            match node {
                Some(child) => place = child.place.clone(),
                None => place.path = place.path.step(step.clone()),
            }
        }
        place
    }

    fn child(&self, step: &Step) -> Option<&Self> {
        match (step, &self.value) {
            (Step::Key(key), _) => self.get(key),
            (Step::Index(index), Value::List(elements)) => elements.get(*index),
            _ => None,
        }
    }
}
