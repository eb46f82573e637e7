//! [`Marker`]: the opaque text with which a client asks for the next page. It carries a position, is bound to the query it
//! was made for, and notices when it was changed by accident. It is not signed: whoever receives one must not trust it
//! more than any other input, above all not with what the caller may see.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fingerprint::Fingerprint;
use crate::{Error, Result};

const VERSION: u8 = 1;
const WORD: usize = size_of::<u64>();

/// Makes and reads markers. A marker is base64url of: a version byte, the binding (8 bytes), the position as JSON, and a
/// checksum of all that (8 bytes).
///
/// ```
/// use o2_core::query::Marker;
/// let text = Marker::encode(7, &("pool-9", 3)).unwrap();
/// assert_eq!(Marker::decode::<(String, u32)>(&text, 7).unwrap(), ("pool-9".to_owned(), 3));
/// assert!(Marker::decode::<(String, u32)>(&text, 8).is_err());
/// ```
#[derive(Debug)]
pub enum Marker {}

impl Marker {
    /// A marker for `position` in the list of the query with this [`binding`](super::Query::binding).
    ///
    /// # Errors
    /// `Internal` when the position cannot be written as JSON.
    pub fn encode<P: Serialize>(binding: u64, position: &P) -> Result<String> {
        let mut bytes = vec![VERSION];
        bytes.extend(binding.to_le_bytes());
        serde_json::to_writer(&mut bytes, position)
            .map_err(|source| Error::internal("the position of a page is not JSON").with_source(source))?;
        bytes.extend(checksum(&bytes));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The position in a marker that was made with the same `binding`.
    ///
    /// # Errors
    /// `InvalidInput` at `marker` when the text is no marker, is damaged, or belongs to another query.
    pub fn decode<P: DeserializeOwned>(text: &str, binding: u64) -> Result<P> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| wrong("is not a marker; use the one that the page before ended with, unchanged"))?;
        let (body, sum) = bytes
            .split_last_chunk::<WORD>()
            .ok_or_else(|| wrong("is not a marker; it is too short"))?;
        if *sum != checksum(body) {
            return Err(wrong(
                "is damaged; use the one that the page before ended with, unchanged",
            ));
        }
        let (found, position) = body
            .strip_prefix(&[VERSION])
            .and_then(<[u8]>::split_first_chunk::<WORD>)
            .ok_or_else(|| wrong("is from another version of this service; start at the first page again"))?;
        if u64::from_le_bytes(*found) != binding {
            return Err(wrong(
                "belongs to another query; repeat filter and sort unchanged, or start at the first page",
            ));
        }
        serde_json::from_slice(position)
            .map_err(|source| wrong("is damaged; its position cannot be read").with_source(source))
    }
}

fn checksum(bytes: &[u8]) -> [u8; WORD] {
    Fingerprint::new().bytes(bytes).value().to_le_bytes()
}

fn wrong(reason: &str) -> Error {
    Error::violation("marker", reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    fn reason(text: &str, binding: u64) -> String {
        let error = Marker::decode::<String>(text, binding).unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput));
        error.to_string()
    }

    #[test]
    fn markers_are_refused_with_the_reason() {
        let good = Marker::encode(1, &"position").unwrap();
        let mut damaged = good.clone().into_bytes();
        damaged[14] ^= 1;
        let number = Marker::encode(1, &5).unwrap();
        for (text, expected) in [
            ("", "too short"),
            ("2", "not a marker"),
            ("!!", "not a marker"),
            ("AAAA", "too short"),
            (&good[..good.len() - 4], "damaged"),
            (std::str::from_utf8(&damaged).unwrap(), "damaged"),
            (&number, "damaged"),
        ] {
            let reason = reason(text, 1);
            assert!(
                reason.starts_with("marker: ") && reason.contains(expected),
                "{text}: {reason}"
            );
        }
        assert!(reason(&good, 2).contains("belongs to another query"));
    }

    #[test]
    fn markers_of_another_version_are_recognised() {
        let mut bytes = vec![VERSION + 1];
        bytes.extend(checksum(&bytes));
        assert!(reason(&URL_SAFE_NO_PAD.encode(bytes), 1).contains("another version"));
    }

    proptest! {
        #[test]
        fn positions_come_back(position: Vec<(String, Option<i64>)>, binding: u64) {
            let text = Marker::encode(binding, &position).unwrap();
            prop_assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            prop_assert_eq!(Marker::decode::<Vec<(String, Option<i64>)>>(&text, binding).unwrap(), position);
        }

        #[test]
        fn any_text_is_refused_quietly(text in ".*") {
            prop_assert!(Marker::decode::<String>(&text, 0).is_err());
        }
    }
}
