//! Conditional requests: `ETag` and `If-Match` (RFC 9110 clauses 8.8.3 and 13.1.1).

use http::HeaderMap;
use http::header::IF_MATCH;
use serde::Serialize;

use crate::model::{Model, Version};
use crate::query::{Selected, Selection};
use crate::{Error, ErrorKind, Result};

/// The entity tag of an object: the backend's version, or a fingerprint of the object's JSON but for what changes by
/// itself. So whoever changes an object on a condition is not refused because its load has changed.
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
            None => Self::fingerprint(&Selected::new(model, &Selection::unobserved::<T>())),
        }
    }

    /// The tag of a version. What a tag or a header cannot hold, or a list of tags would be split at, is
    /// percent-encoded, so that different versions have different tags.
    #[must_use]
    pub fn version(version: &str) -> Self {
        let mut tag = String::with_capacity(version.len() + 2);
        tag.push('"');
        for byte in version.bytes() {
            if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%' | b',' | b'\\') {
                tag.push(char::from(byte));
            } else {
                tag.push_str(&format!("%{byte:02X}"));
            }
        }
        tag.push('"');
        Self(tag)
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
        let mut found = Vec::new();
        for value in headers.get_all(IF_MATCH) {
            let text = value.to_str().map_err(|_| wrong())?;
            found.extend(tags(text).ok_or_else(wrong)?);
        }
        Ok(if found.is_empty() {
            Self::Unconditional
        } else if found.iter().any(|tag| tag == "*") {
            Self::Any
        } else {
            Self::Tags(found)
        })
    }

    /// Whether there is a condition.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        *self != Self::Unconditional
    }

    /// Checks the condition against the object as it is now, and says which version the plugin must still find. `*` asks
    /// for none: any version will do.
    ///
    /// # Errors
    /// `PreconditionFailed` with the tag the object has.
    pub fn check<T: Model>(&self, model: &T) -> Result<Option<Version>> {
        self.check_tag(&ETag::of(model)?)?;
        match self {
            Self::Tags(_) => Ok(model.version().cloned()),
            Self::Unconditional | Self::Any => Ok(None),
        }
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

/// The tags of a list, or a single `*`; `None` when the text is neither. A weak tag never matches strongly, but it is a
/// tag.
fn tags(text: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    let mut rest = text.trim();
    loop {
        let prefix = if rest.starts_with("W/\"") { 3 } else { 1 };
        let end = match rest.strip_prefix('*') {
            Some(_) => 1,
            None if rest.starts_with('"') || prefix == 3 => prefix + rest.get(prefix..)?.find('"')? + 1,
            None => return None,
        };
        let (tag, after) = rest.split_at_checked(end)?;
        tags.push(tag.to_owned());
        rest = after.trim_start();
        if rest.is_empty() {
            return Some(tags);
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

fn wrong() -> Error {
    Error::violation("If-Match", "must be * or a list of entity tags in double quotes")
}

/// FNV-1a, 64 bits: stable across builds, which the standard hasher is not.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
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
        assert_eq!(read(&["\"1\"", "*"]).unwrap(), IfMatch::Any);
        assert_eq!(
            read(&["\"1\", \"2\""]).unwrap(),
            IfMatch::Tags(vec!["\"1\"".into(), "\"2\"".into()])
        );
        assert_eq!(
            read(&["\"a,b\" ,W/\"c d\"", "\"\""]).unwrap(),
            IfMatch::Tags(vec!["\"a,b\"".into(), "W/\"c d\"".into(), "\"\"".into()])
        );
        for wrong in [
            "",
            "1",
            "\"",
            "\"1",
            "W/1",
            "W/\"1",
            "\"1\" \"2\"",
            "\"1\",",
            ",",
            "\"1\"x",
            "**",
            "\u{e9}",
        ] {
            let headers = HeaderMap::from_iter([(IF_MATCH, http::HeaderValue::from_bytes(wrong.as_bytes()).unwrap())]);
            let error = IfMatch::of(&headers).unwrap_err();
            assert_eq!(error.violations()[0].at, "If-Match", "{wrong}");
        }
    }

    #[test]
    fn every_version_has_a_tag_of_its_own_that_can_be_sent_back() {
        let versions = [
            "7",
            "a,b",
            "a\"b",
            "a\\b",
            "a_b",
            "a%2Cb",
            "größe",
            "a b",
            "",
            "line\nbreak",
            "W/x",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for version in versions {
            let tag = ETag::version(version);
            assert!(seen.insert(tag.as_str().to_owned()), "{version}");
            assert!(http::HeaderValue::from_str(tag.as_str()).is_ok(), "{version}");
            read(&[tag.as_str()]).unwrap().check_tag(&tag).unwrap();
        }
        assert_eq!(ETag::version("7").as_str(), "\"7\"");
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
