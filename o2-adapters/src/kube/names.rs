//! What Kubernetes lets things be called.

/// Whether a text is a DNS-1123 label, as namespaces and many objects are called.
pub(crate) fn is_label(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let allowed = |c: char| ends(c) || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(allowed) && text.starts_with(ends) && text.ends_with(ends)
}

/// Whether a text can be the value of a label, of those that say something.
pub(crate) fn is_label_value(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    let allowed = |c: char| ends(c) || matches!(c, '-' | '_' | '.');
    (1..=63).contains(&text.len()) && text.chars().all(allowed) && text.starts_with(ends) && text.ends_with(ends)
}
