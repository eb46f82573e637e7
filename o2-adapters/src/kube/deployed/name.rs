//! Names: those that callers give, and those that objects get.

use o2_core::error::Excerpt;
use o2_core::query::Fingerprint;
use o2_core::{Error, Result};

use crate::kube::is_label;

/// The longest name of an object that may also stand in a label.
const LONGEST: usize = 63;

/// Checks a name: a DNS-1123 label.
pub(crate) fn check_label(attribute: &str, name: &str) -> Result<()> {
    if is_label(name) {
        return Ok(());
    }
    Err(Error::violation(
        attribute,
        format!(
            "'{}' must be 1 to {LONGEST} lower-case letters, digits and '-', beginning and ending with a letter or digit",
            Excerpt(name)
        ),
    ))
}

/// Whether a text looks like the uid of an object; nothing else is an id.
pub(crate) fn looks_like_uid(id: &str) -> bool {
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// The name of an object that stands for these labels together; other labels make another name.
pub(crate) fn object_name(parts: &[&str]) -> String {
    // No label has a dot in it.
    let name = parts.join(".");
    if name.len() <= LONGEST {
        return name;
    }
    let hash = format!("{:016x}", Fingerprint::new().text(&name).value());
    let kept: String = name.chars().take(LONGEST - hash.len() - 1).collect();
    format!("{}-{hash}", kept.trim_end_matches(['-', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "vdu-edge-1", "0", &"x".repeat(63)] {
            assert!(check_label("name", good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "größe", &"x".repeat(64)] {
            assert!(check_label("name", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn objects_of_different_labels_have_different_names() {
        assert_eq!(object_name(&["edge", "web"]), "edge.web");
        assert_ne!(object_name(&["a-b", "c"]), object_name(&["a", "b-c"]));
        let long = |last: &str| object_name(&["x".repeat(63).as_str(), last]);
        assert_ne!(long("a"), long("b"));
        assert!(long("a").len() <= 63, "{}", long("a"));
    }
}
