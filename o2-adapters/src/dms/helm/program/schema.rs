//! What Helm says about values that do not fit the schema of a chart.

use o2_core::Violation;
use o2_core::error::Excerpt;

/// At most so many places are named.
const MOST: usize = 20;

/// The places that are wrong, from lines such as `- replicaCount: Must be greater than or equal to 0` (Helm until 3.18.4) and
/// `- at '/replicaCount': minimum: got -1, want 0` (since then).
pub(super) fn violations(text: &str) -> Vec<Violation> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
    lines.filter_map(violation).take(MOST).collect()
}

fn violation(line: &str) -> Option<Violation> {
    let (path, reason) = match line.strip_prefix("at '") {
        Some(rest) => {
            let (pointer, reason) = rest.split_once("': ")?;
            (pointer.trim_start_matches('/').replace('/', "."), reason)
        }
        None => {
            let (path, reason) = line.split_once(": ")?;
            (path.to_owned(), reason)
        }
    };
    let path = if path == "(root)" { String::new() } else { path };
    let at = if path.is_empty() {
        "values".to_owned()
    } else {
        format!("values.{}", Excerpt(&path))
    };
    Some(Violation {
        at,
        reason: Excerpt(reason).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_as_callers_know_them() {
        let old = "values don't meet the specifications of the schema(s) in the following chart(s):\no2demo:\n\
                   - replicaCount: Must be greater than or equal to 0\n- (root): Additional property x is not allowed\n";
        let new = "values don't meet the specifications of the schema(s) in the following chart(s):\no2demo:\n\
                   - at '/upf/replicas': minimum: got -1, want 0\n- at '': missing property 'image'\n";
        for (text, expected) in [
            (
                old,
                [
                    ("values.replicaCount", "Must be greater"),
                    ("values", "Additional property"),
                ],
            ),
            (
                new,
                [
                    ("values.upf.replicas", "minimum: got -1"),
                    ("values", "missing property"),
                ],
            ),
        ] {
            let found = violations(text);
            assert_eq!(found.len(), 2);
            for (found, (at, reason)) in found.iter().zip(expected) {
                assert_eq!(found.at, at);
                assert!(found.reason.starts_with(reason), "{found:?}");
            }
        }
        assert!(violations("no list\n-x: y\n- z").is_empty());
        assert_eq!(violations(&"- a: b\n".repeat(50)).len(), MOST);
    }
}
