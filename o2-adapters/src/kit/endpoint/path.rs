//! Percent-encoding of what is put into a path, so that no value can change which object a path names.

use std::fmt::Write as _;

/// `text` as one segment of a path: everything but the unreserved characters of RFC 3986 is encoded.
///
/// `None` for what cannot be one segment however it is written: nothing, `.` and `..`.
pub(super) fn segment(text: &str) -> Option<String> {
    if matches!(text, "" | "." | "..") {
        return None;
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Some(encoded)
}

/// `text` as several segments: its slashes stay, each part between them is encoded.
///
/// `None` when a part cannot be a segment. A slash at the beginning is left out.
pub(super) fn segments(text: &str) -> Option<String> {
    let parts: Option<Vec<_>> = text.trim_start_matches('/').split('/').map(segment).collect();
    Some(parts?.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_path_is_encoded() {
        for (text, encoded) in [
            ("p1", Some("p1")),
            ("a/b?c#d", Some("a%2Fb%3Fc%23d")),
            ("50% off+x", Some("50%25%20off%2Bx")),
            ("münchen", Some("m%C3%BCnchen")),
            ("{id}", Some("%7Bid%7D")),
            ("a.b..c", Some("a.b..c")),
            ("", None),
            (".", None),
            ("..", None),
        ] {
            assert_eq!(segment(text).as_deref(), encoded, "{text}");
        }
    }

    #[test]
    fn slashes_of_several_segments_stay() {
        for (text, encoded) in [
            ("/subscriptions/a b", Some("subscriptions/a%20b")),
            ("x", Some("x")),
            ("a/../b", None),
            ("a//b", None),
            ("", None),
        ] {
            assert_eq!(segments(text).as_deref(), encoded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_segment_is_one_segment_and_can_be_read_back(text in ".{1,20}") {
            let Some(encoded) = segment(&text) else { return Ok(()) };
            let url = url::Url::parse(&format!("http://h/a/{encoded}/z")).unwrap();
            let parts: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(parts.len(), 3);
            prop_assert_eq!(decode(parts[1]), text);
        }
    }

    /// Reads percent-encoding the way forms are read, which differs in `+` alone, and that is always encoded here.
    fn decode(segment: &str) -> String {
        let form = format!("x={segment}");
        let mut pairs = url::form_urlencoded::parse(form.as_bytes());
        pairs.next().unwrap().1.into_owned()
    }
}
