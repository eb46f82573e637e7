//! The values that templates see: those of the chart, with those that were given laid over them.

use o2_core::Extensions;
use serde_json::Value;

/// Lays `given` over `defaults`, as Helm does: mappings are merged, everything else is replaced, and `null` takes a default
/// away.
pub(crate) fn coalesce(defaults: &Extensions, given: &Extensions) -> Extensions {
    let mut merged = defaults.clone();
    for (key, value) in given {
        match (merged.get_mut(key), value) {
            (Some(Value::Object(default)), Value::Object(given)) => *default = coalesce(default, given),
            (_, Value::Null) => {
                merged.remove(key);
            }
            (_, value) => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
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
    fn given_values_lie_over_defaults() {
        for (defaults, given, merged) in [
            (json!({"a": 1, "b": 2}), json!({"b": 3}), json!({"a": 1, "b": 3})),
            (
                json!({"a": {"x": 1, "y": 2}}),
                json!({"a": {"y": 3, "z": 4}}),
                json!({"a": {"x": 1, "y": 3, "z": 4}}),
            ),
            (json!({"a": {"x": 1}, "b": 2}), json!({"a": null}), json!({"b": 2})),
            (
                json!({"a": {"x": 1, "y": 2}}),
                json!({"a": {"x": null}}),
                json!({"a": {"y": 2}}),
            ),
            (json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]})),
            (json!({"a": {"x": 1}}), json!({"a": 5}), json!({"a": 5})),
            (json!({"a": 5}), json!({"a": {"x": 1}}), json!({"a": {"x": 1}})),
            (json!({}), json!({"a": null, "b": 1}), json!({"b": 1})),
        ] {
            assert_eq!(
                Value::Object(coalesce(&map(defaults), &map(given.clone()))),
                merged,
                "{given}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_given_changes_nothing(keys in proptest::collection::btree_map("[a-c]", any::<i8>(), 0..4)) {
            let defaults = map(json!(keys));
            prop_assert_eq!(&coalesce(&defaults, &Extensions::new()), &defaults);
            prop_assert_eq!(&coalesce(&defaults, &defaults), &defaults);
            prop_assert_eq!(&coalesce(&Extensions::new(), &defaults), &defaults);
        }
    }
}
