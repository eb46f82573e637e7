//! Merge patches (RFC 7386): the one that leads from one value to another, and what they cannot say.

use o2_core::query::Fingerprint;
use o2_core::{Error, Result};
use serde_json::{Map, Value};

/// The merge patch that makes `old` into `new`; `None` when they are the same. What is not an object is replaced whole.
pub(crate) fn difference(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        return Some(new.clone());
    };
    let mut patch = Map::new();
    for (key, value) in after {
        match before.get(key) {
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(known) => patch.extend(difference(known, value).map(|change| (key.clone(), change))),
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

/// Refuses null within objects: in a merge patch it means that the key is taken away.
pub(crate) fn check_without_null(at: &str, value: &Value) -> Result<()> {
    let Value::Object(members) = value else {
        return Ok(());
    };
    for (key, member) in members {
        let at = format!("{at}.{key}");
        if member.is_null() {
            return Err(Error::violation(at, "null cannot be kept; leave the key out"));
        }
        check_without_null(&at, member)?;
    }
    Ok(())
}

/// A value without what says nothing: null, nothing in it, `""` and `false` in objects. Controllers that read an object and
/// write it again leave such things out.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, member)| (key.clone(), canonical(member)));
            Value::Object(members.filter(|(_, member)| !says_nothing(member)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A short text that is the same for values that are the same but for what says nothing.
pub(crate) fn fingerprint(value: &Value) -> String {
    // Members of objects are in the order of their keys.
    let text = canonical(value).to_string();
    format!("{:016x}", Fingerprint::new().text(&text).value())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7386, for checking that patches lead where they should.
    fn merge(target: &mut Value, patch: &Value) {
        let Value::Object(changes) = patch else {
            *target = patch.clone();
            return;
        };
        if !target.is_object() {
            *target = json!({});
        }
        let members = target.as_object_mut().unwrap();
        for (key, change) in changes {
            if change.is_null() {
                members.remove(key);
            } else {
                merge(members.entry(key.clone()).or_insert(Value::Null), change);
            }
        }
    }

    #[test]
    fn a_patch_leads_from_one_value_to_another_and_says_no_more() {
        for (old, new, expected) in [
            (json!({"a": 1}), json!({"a": 1}), None),
            (json!({"a": 1, "b": 2}), json!({"a": 3, "b": 2}), Some(json!({"a": 3}))),
            (
                json!({"a": {"b": 1, "c": 2}}),
                json!({"a": {"c": 2}}),
                Some(json!({"a": {"b": null}})),
            ),
            (json!({"a": 1}), json!({}), Some(json!({"a": null}))),
            (json!({"a": [1, 2]}), json!({"a": [1]}), Some(json!({"a": [1]}))),
            (json!({"a": [1]}), json!({"a": {"b": 1}}), Some(json!({"a": {"b": 1}}))),
            (json!({}), json!({"a": {"b": {}}}), Some(json!({"a": {"b": {}}}))),
        ] {
            let patch = difference(&old, &new);
            assert_eq!(patch, expected, "{old} to {new}");
            let mut led = old.clone();
            patch.iter().for_each(|patch| merge(&mut led, patch));
            assert_eq!(led, new);
        }
    }

    #[test]
    fn what_a_patch_cannot_say_is_named() {
        let error = check_without_null("values", &json!({"a": {"b": null}})).unwrap_err();
        assert!(error.message().starts_with("values.a.b: null"), "{error}");
        assert!(check_without_null("values", &json!({"a": [null, {"b": null}]})).is_ok());
    }

    #[test]
    fn what_says_nothing_makes_no_difference() {
        let full = json!({"path": "x", "helm": {"parameters": [], "skipCrds": false, "values": ""}, "n": 0});
        assert_eq!(fingerprint(&full), fingerprint(&json!({"n": 0, "path": "x"})));
        assert_ne!(fingerprint(&full), fingerprint(&json!({"n": 1, "path": "x"})));
    }
}
