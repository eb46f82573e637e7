//! Checks of what callers say about deployments.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use serde_json::Value;

/// The value that says how many replicas there shall be.
pub(super) const REPLICA_COUNT: &str = "replicaCount";

/// The value, and the package extension, that makes work fail.
const FAIL: &str = "memory.fail";

/// Checks a name: a DNS-1123 label.
///
/// # Errors
/// `InvalidInput` at `attribute`.
pub(super) fn check_label(attribute: &str, name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let valid = (1..=63).contains(&name.len())
        && name.starts_with(allowed)
        && name.ends_with(allowed)
        && name.chars().all(|c| allowed(c) || c == '-');
    if valid {
        return Ok(());
    }
    Err(Error::violation(
        attribute,
        format!(
            "'{}' must be 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit",
            Excerpt(name)
        ),
    ))
}

/// How many replicas the values ask for; one when they do not say.
///
/// # Errors
/// `InvalidInput` unless it is a whole number from 0 to `max`.
pub(super) fn replica_count(values: &Extensions, max: u32) -> Result<u32> {
    let Some(value) = values.get(REPLICA_COUNT) else {
        return Ok(1);
    };
    match value.as_u64().and_then(|count| u32::try_from(count).ok()) {
        Some(count) if count <= max => Ok(count),
        _ => Err(Error::violation(
            "values.replicaCount",
            format!(
                "must be a whole number from 0 to {max}, not {}",
                Excerpt(&value.to_string())
            ),
        )),
    }
}

/// Whether values or extensions say that work shall fail: `memory.fail`, as one key or nested.
pub(super) fn says_fail(map: &Extensions) -> bool {
    let nested = || map.get("memory").and_then(|memory| memory.get("fail"));
    map.get(FAIL).or_else(nested) == Some(&Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Extensions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "vdu-edge-site-1", "0", &"x".repeat(63)] {
            assert!(check_label("name", good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "größe", "a b", &"x".repeat(64)] {
            let error = check_label("name", bad).unwrap_err();
            assert!(error.message().starts_with("name: "), "{bad}: {error}");
        }
    }

    #[test]
    fn replica_counts_are_whole_and_bounded() {
        for (values, expected) in [
            (json!({}), Some(1)),
            (json!({"replicaCount": 0}), Some(0)),
            (json!({"replicaCount": 9}), Some(9)),
            (json!({"replicaCount": 10}), None),
            (json!({"replicaCount": -1}), None),
            (json!({"replicaCount": 1.5}), None),
            (json!({"replicaCount": "3"}), None),
            (json!({"replicaCount": 4_294_967_296_u64}), None),
            (json!({"replicaCount": null}), None),
        ] {
            assert_eq!(replica_count(&map(values.clone()), 9).ok(), expected, "{values}");
        }
    }

    #[test]
    fn failing_is_asked_for_in_two_ways() {
        for (values, fails) in [
            (json!({"memory.fail": true}), true),
            (json!({"memory": {"fail": true}}), true),
            (json!({"memory.fail": false}), false),
            (json!({"memory": {"fail": "yes"}}), false),
            (json!({"fail": true}), false),
        ] {
            assert_eq!(says_fail(&map(values.clone())), fails, "{values}");
        }
    }
}
