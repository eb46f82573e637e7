//! [`ValuePath`]: where in values something is, as `helm --set` writes it: `web.replicas`, `sites[0].count`, `a\.b.c`.

use o2_core::error::Excerpt;
use o2_core::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A place in values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ValuePath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl ValuePath {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::invalid(format!("'{}' is no path such as 'web.replicas'", Excerpt(text)));
        let mut steps = Vec::new();
        for part in parts(text) {
            let (key, indexes) = part
                .split_once('[')
                .map_or((part.as_str(), None), |(key, rest)| (key, Some(rest)));
            if !key.is_empty() {
                steps.push(Step::Key(key.to_owned()));
            }
            let Some(indexes) = indexes else {
                if key.is_empty() {
                    return Err(wrong());
                }
                continue;
            };
            for index in indexes.split('[') {
                let index = index.strip_suffix(']').and_then(|index| index.parse().ok());
                steps.push(Step::Index(index.filter(|index| *index < 1_000).ok_or_else(wrong)?));
            }
        }
        match steps.first() {
            Some(Step::Key(_)) => Ok(Self {
                text: text.to_owned(),
                steps,
            }),
            _ => Err(wrong()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What is there.
    pub(crate) fn get<'v>(&self, values: &'v Map<String, Value>) -> Option<&'v Value> {
        let mut steps = self.steps.iter();
        let Some(Step::Key(first)) = steps.next() else {
            return None;
        };
        steps.try_fold(values.get(first)?, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    /// Puts a value there, with objects and lists around it where there are none.
    pub(crate) fn set(&self, values: &mut Map<String, Value>, value: Value) {
        let mut steps = self.steps.iter();
        let Some(Step::Key(first)) = steps.next() else {
            return;
        };
        let mut place = values.entry(first.clone()).or_insert(Value::Null);
        for step in steps {
            place = match step {
                Step::Key(key) => entry(place, key),
                Step::Index(index) => item(place, *index),
            };
        }
        *place = value;
    }
}

fn entry<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    &mut value[key]
}

fn item(value: &mut Value, index: usize) -> &mut Value {
    if !value.is_array() {
        *value = Value::Array(Vec::new());
    }
    if let Value::Array(items) = value
        && items.len() <= index
    {
        items.resize(index + 1, Value::Null);
    }
    &mut value[index]
}

/// The parts between dots; a backslash takes the meaning from what follows.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            _ if std::mem::take(&mut escaped) => part.push(c),
            '\\' => escaped = true,
            '.' => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts
}

impl TryFrom<String> for ValuePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|error| error.message().to_owned())
    }
}

impl From<ValuePath> for String {
    fn from(path: ValuePath) -> Self {
        path.text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn paths_lead_to_values() {
        let values = map(json!({"replicaCount": 1, "web": {"replicas": 2}, "sites": [{"count": 3}], "a.b": {"c": 4}}));
        for (path, expected) in [
            ("replicaCount", Some(1)),
            ("web.replicas", Some(2)),
            ("sites[0].count", Some(3)),
            (r"a\.b.c", Some(4)),
            ("web.other", None),
            ("sites[1].count", None),
            ("replicaCount.more", None),
        ] {
            let found = ValuePath::parse(path).unwrap();
            assert_eq!(found.get(&values).and_then(Value::as_i64), expected, "{path}");
        }
        for wrong in ["", ".", "a.", ".a", "a[", "a[x]", "[0]", "a[9999999]", "a..b"] {
            assert!(ValuePath::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_put_where_there_was_nothing() {
        for (path, expected) in [
            ("a.b", json!({"a": {"b": 7}, "x": "y"})),
            ("x.z", json!({"x": {"z": 7}})),
            ("a[1].b", json!({"a": [null, {"b": 7}], "x": "y"})),
        ] {
            let mut values = map(json!({"x": "y"}));
            ValuePath::parse(path).unwrap().set(&mut values, json!(7));
            assert_eq!(Value::Object(values), expected, "{path}");
        }
    }
}
