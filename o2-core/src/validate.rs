//! Checks that several APIs make of what callers send.

use crate::model::extensions::JsonMap;
use crate::{Error, Result};

const LONGEST_NAME: usize = 255;
const LONGEST_DESCRIPTION: usize = 1000;
const MOST_EXTENSIONS: usize = 100;
const LONGEST_EXTENSION: usize = 4096;

/// A name has 1 to 255 characters, none of them a control character.
///
/// # Errors
/// `InvalidInput` at `at`.
pub fn name(at: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::violation(at, "must not be empty"));
    }
    if text.chars().count() > LONGEST_NAME {
        return Err(Error::violation(at, format!("has more than {LONGEST_NAME} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::violation(at, "must not contain control characters"));
    }
    Ok(())
}

/// A name of something in Kubernetes: 1 to 63 lower-case letters, digits and `-`, beginning and ending with a letter or
/// digit (RFC 1123).
///
/// # Errors
/// `InvalidInput` at `at`.
pub fn dns_label(at: &str, text: &str) -> Result<()> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let valid =
        (1..=63).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-');
    if valid {
        return Ok(());
    }
    Err(Error::violation(
        at,
        "must be 1 to 63 lower-case letters, digits and '-', not beginning or ending with '-'",
    ))
}

/// A description has at most 1000 characters.
///
/// # Errors
/// `InvalidInput` at `at`.
pub fn description(at: &str, text: &str) -> Result<()> {
    if text.chars().count() > LONGEST_DESCRIPTION {
        return Err(Error::violation(
            at,
            format!("has more than {LONGEST_DESCRIPTION} characters"),
        ));
    }
    Ok(())
}

/// Extensions have at most 100 keys, and each value takes at most 4096 bytes.
///
/// # Errors
/// `InvalidInput` at `at`, naming the key.
pub fn extensions(at: &str, extensions: &JsonMap) -> Result<()> {
    if extensions.len() > MOST_EXTENSIONS {
        return Err(Error::violation(
            at,
            format!("has {} keys, at most {MOST_EXTENSIONS} are allowed", extensions.len()),
        ));
    }
    for (key, value) in extensions {
        if value.to_string().len() > LONGEST_EXTENSION {
            let reason = format!("takes more than {LONGEST_EXTENSION} bytes");
            return Err(Error::violation(format!("{at}.{}", crate::error::Excerpt(key)), reason));
        }
    }
    Ok(())
}

/// An id that a caller chooses has 1 to 255 characters, none of them a control character.
///
/// # Errors
/// `InvalidInput` at `at`.
pub fn id(at: &str, text: &str) -> Result<()> {
    name(at, text)?;
    if text.contains(crate::id::qualified::SEPARATOR) {
        return Err(Error::violation(
            at,
            "must not contain '~', which separates plugin and id",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for (text, good) in [
            ("a", true),
            ("größe 1", true),
            ("", false),
            ("  ", false),
            ("a\nb", false),
        ] {
            assert_eq!(name("body.name", text).is_ok(), good, "{text:?}");
        }
        assert!(name("n", &"ä".repeat(255)).is_ok() && name("n", &"ä".repeat(256)).is_err());
        for (text, good) in [
            ("vdu-1", true),
            ("Vdu", false),
            ("-a", false),
            ("a-", false),
            ("", false),
            ("a.b", false),
        ] {
            assert_eq!(dns_label("body.name", text).is_ok(), good, "{text:?}");
        }
        assert!(id("i", "p1").is_ok() && id("i", "aws~p1").is_err());
    }

    #[test]
    fn extensions_are_bounded() {
        let many: JsonMap = (0..101).map(|n| (n.to_string(), n.into())).collect();
        assert!(extensions("body.extensions", &many).is_err());
        let long = JsonMap::from_iter([("k".to_owned(), "x".repeat(4096).into())]);
        assert_eq!(
            extensions("body.extensions", &long).unwrap_err().violations()[0].at,
            "body.extensions.k"
        );
    }
}
