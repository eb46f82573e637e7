//! Conditional requests: `ETag` and `If-Match` (RFC 9110 clauses 8.8.3 and 13.1.1).

use http::HeaderMap;
use http::header::IF_MATCH;
use serde::Serialize;

use crate::model::{Model, Version};
use crate::{Error, ErrorKind, Result};

/// The entity tag of an object: the backend's version, or a fingerprint of the object's JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of a model.
    ///
    /// # Errors
    /// `Internal` when the model cannot be serialised.
    pub fn of<T: Model>(model: &T) -> Result<Self> {
        match model.version() {
            Some(version) => Ok(Self::version(version.as_str())),
            None => Self::fingerprint(model),
        }
    }

    /// The tag of a version.
    #[must_use]
    pub fn version(version: &str) -> Self {
        Self(format!("\"{}\"", version.replace(['"', '\\'], "_")))
    }

    /// The tag of a value by its content.
    ///
    /// # Errors
    /// `Internal` when the value cannot be serialised.
    pub fn fingerprint(value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_vec(value).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(format!("\"{:016x}\"", fnv1a(&json))))
    }

    /// The tag with its quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `If-Match` condition of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IfMatch {
    /// There is none: change whatever is there.
    Unconditional,
    /// `*`: change it if it exists.
    Any,
    /// Change it if it has one of these tags.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header.
    ///
    /// # Errors
    /// `InvalidInput` when it is not `*` or a list of quoted tags.
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let mut tags = Vec::new();
        for value in headers.get_all(IF_MATCH) {
            let text = value.to_str().map_err(|_| wrong())?;
            for tag in text.split(',').map(str::trim) {
                match tag {
                    "*" => return Ok(Self::Any),
                    tag if tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"') => tags.push(tag.to_owned()),
                    // A weak tag never matches strongly, but it is a tag.
                    tag if tag.starts_with("W/\"") => tags.push(tag.to_owned()),
                    _ => return Err(wrong()),
                }
            }
        }
        Ok(if tags.is_empty() {
            Self::Unconditional
        } else {
            Self::Tags(tags)
        })
    }

    /// Whether there is a condition.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        *self != Self::Unconditional
    }

    /// Checks the condition against the object as it is now, and says which version the plugin must still find.
    ///
    /// # Errors
    /// `PreconditionFailed` with the tag the object has.
    pub fn check<T: Model>(&self, model: &T) -> Result<Option<Version>> {
        self.check_tag(&ETag::of(model)?)?;
        Ok(if self.is_conditional() {
            model.version().cloned()
        } else {
            None
        })
    }

    /// Checks the condition against a tag.
    ///
    /// # Errors
    /// `PreconditionFailed` with the tag.
    pub fn check_tag(&self, current: &ETag) -> Result<()> {
        match self {
            Self::Tags(tags) if !tags.iter().any(|tag| tag == current.as_str()) => Err(Error::new(
                ErrorKind::PreconditionFailed,
                format!("the object has changed; its ETag is {} now", current.as_str()),
            )),
            _ => Ok(()),
        }
    }
}

fn wrong() -> Error {
    Error::violation("If-Match", "must be * or a list of entity tags in double quotes")
}

/// FNV-1a, 64 bits: stable across builds, which the standard hasher is not.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<IfMatch> {
        IfMatch::of(&values.iter().map(|value| (IF_MATCH, value.parse().unwrap())).collect())
    }

    #[test]
    fn the_header_is_read() {
        assert_eq!(read(&[]).unwrap(), IfMatch::Unconditional);
        assert_eq!(read(&["*"]).unwrap(), IfMatch::Any);
        assert_eq!(
            read(&["\"1\", \"2\""]).unwrap(),
            IfMatch::Tags(vec!["\"1\"".into(), "\"2\"".into()])
        );
        assert!(read(&["1"]).is_err());
        assert!(read(&["\""]).is_err());
    }

    #[test]
    fn tags_match_strongly() {
        let tag = ETag::version("7");
        assert!(read(&["\"6\", \"7\""]).unwrap().check_tag(&tag).is_ok());
        assert!(read(&["*"]).unwrap().check_tag(&tag).is_ok());
        let error = read(&["W/\"7\""]).unwrap().check_tag(&tag).unwrap_err();
        assert!(error.is(ErrorKind::PreconditionFailed) && error.message().contains("\"7\""));
    }
}
