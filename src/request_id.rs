//! The id of a request: the client's, if it sent a usable one, or one of ours.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName};

/// The header, in requests and responses.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes ids that no other gateway makes.
#[derive(Debug)]
pub(crate) struct RequestIds {
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts counting under a prefix of its own.
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            next: AtomicU64::new(1),
        }
    }

    /// The id of the request with these headers. A client's id is used if it is 1 to 128 visible ASCII characters.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Box<str> {
        const LONGEST: usize = 128;
        let usable = |id: &&str| (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        match headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(usable)
        {
            Some(id) => id.into(),
            None => format!("{}-{}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed)).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_ids_of_clients_stay() {
        let ids = RequestIds::new("gw");
        let of = |text: &str| ids.of(&HeaderMap::from_iter([(REQUEST_ID, text.parse().unwrap())]));
        assert_eq!(&*of("abc-1"), "abc-1");
        assert_eq!(&*of("a b"), "gw-1");
        assert_eq!(&*of(&"x".repeat(129)), "gw-2");
        assert_eq!(&*ids.of(&HeaderMap::new()), "gw-3");
    }
}
