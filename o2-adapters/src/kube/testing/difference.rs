//! [`difference`]: what is to be sent so that an object becomes another.

use serde_json::Value;

/// What makes one value another, as a merge patch (RFC 7386).
pub(super) fn difference(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return Some(after.clone());
    };
    let gone = old.keys().filter(|member| !new.contains_key(*member));
    let mut patch: serde_json::Map<_, _> = gone.map(|member| (member.clone(), Value::Null)).collect();
    for (member, value) in new {
        match old.get(member) {
            Some(known) => patch.extend(difference(known, value).map(|value| (member.clone(), value))),
            None => drop(patch.insert(member.clone(), value.clone())),
        }
    }
    Some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_different_is_written() {
        let before = json!({"a": 1, "b": {"c": [1], "d": 2}, "e": "x"});
        let after = json!({"a": 1, "b": {"c": [1, 2], "d": 2}, "f": null});
        assert_eq!(
            difference(&before, &after),
            Some(json!({"b": {"c": [1, 2]}, "e": null, "f": null}))
        );
        assert_eq!(difference(&before, &before), None);
    }
}
