//! Names, as Kubernetes wants them.

use o2_core::error::Excerpt;
use o2_core::{Error, Result};

/// Checks the name of an object that also stands in labels: up to 63 lower-case letters, digits and `-` (RFC 1123).
pub(crate) fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if (1..=63).contains(&name.len()) && name.chars().all(allowed) && name.starts_with(ends) && name.ends_with(ends) {
        return Ok(());
    }
    Err(Error::violation(
        "body.name",
        format!(
            "'{}' must be 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit",
            Excerpt(name)
        ),
    ))
}
