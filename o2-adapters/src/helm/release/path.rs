//! [`ValuePath`]: where in the values of a chart something stands.

use std::fmt;

use o2_core::Extensions;
use serde_json::Value;

/// Where in values something stands: `upf.replicas`. A dot in a key is written `\.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValuePath {
    keys: Vec<String>,
}

/// How deep values may be nested.
const DEEPEST: usize = 16;

impl ValuePath {
    /// Reads a path.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut keys = vec![String::new()];
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let last = keys.len() - 1;
            match character {
                '\\' => keys[last].extend(characters.next()),
                '.' => keys.push(String::new()),
                other => keys[last].push(other),
            }
        }
        if keys.iter().any(String::is_empty) {
            return Err("must be keys with dots between them, as upf.replicas".to_owned());
        }
        if keys.len() > DEEPEST {
            return Err(format!("must not have more than {DEEPEST} keys"));
        }
        Ok(Self { keys })
    }

    /// What stands there.
    pub(crate) fn get<'v>(&self, values: &'v Extensions) -> Option<&'v Value> {
        let (first, rest) = self.keys.split_first()?;
        let first = values.get(first);
        rest.iter().try_fold(first?, |value, key| value.get(key))
    }

    /// Puts `value` there, and makes what is missing on the way.
    ///
    /// # Errors
    /// When something on the way is no mapping.
    pub(crate) fn set(&self, values: &mut Extensions, value: Value) -> Result<(), String> {
        let Some((last, way)) = self.keys.split_last() else {
            return Ok(());
        };
        let mut place = values;
        for key in way {
            let next = place.entry(key).or_insert(Value::Null);
            if next.is_null() {
                *next = Value::Object(Extensions::new());
            }
            place = next
                .as_object_mut()
                .ok_or_else(|| format!("'{key}' on the way to '{self}' is no mapping"))?;
        }
        place.insert(last.clone(), value);
        Ok(())
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self
            .keys
            .iter()
            .map(|key| key.replace('\\', "\\\\").replace('.', "\\."));
        f.write_str(&keys.collect::<Vec<_>>().join("."))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Extensions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn paths_lead_to_values() {
        let values = map(json!({"a": 1, "b": {"c": {"d": 2}}, "x.y": 3, "n": null, "t": "text"}));
        for (path, found) in [
            ("a", Some(json!(1))),
            ("b.c.d", Some(json!(2))),
            ("b.c", Some(json!({"d": 2}))),
            ("x\\.y", Some(json!(3))),
            ("x.y", None),
            ("n", Some(json!(null))),
            ("t.u", None),
            ("b.z", None),
        ] {
            assert_eq!(ValuePath::parse(path).unwrap().get(&values), found.as_ref(), "{path}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "\\", &["k"; 17].join(".")] {
            assert!(ValuePath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_on_the_way_is_made() {
        for (values, path, result) in [
            (json!({}), "a", Some(json!({"a": 5}))),
            (json!({"a": 1, "b": 2}), "a", Some(json!({"a": 5, "b": 2}))),
            (json!({}), "a.b", Some(json!({"a": {"b": 5}}))),
            (json!({"a": null}), "a.b", Some(json!({"a": {"b": 5}}))),
            (json!({"a": {"c": 1}}), "a.b", Some(json!({"a": {"c": 1, "b": 5}}))),
            (json!({"a": 1}), "a.b", None),
            (json!({"a": []}), "a.b", None),
        ] {
            let mut changed = map(values.clone());
            let set = ValuePath::parse(path).unwrap().set(&mut changed, json!(5));
            match result {
                Some(result) => assert_eq!((set, Value::Object(changed)), (Ok(()), result), "{values}"),
                None => assert!(set.is_err(), "{values}"),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_put_is_found(keys in proptest::collection::vec("[a-z.\\\\]{1,4}", 1..6), number: i64) {
            let path = ValuePath { keys };
            prop_assert_eq!(ValuePath::parse(&path.to_string()), Ok(path.clone()));
            let mut values = Extensions::new();
            path.set(&mut values, number.into()).unwrap();
            prop_assert_eq!(path.get(&values), Some(&json!(number)));
        }
    }
}
