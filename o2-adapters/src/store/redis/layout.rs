//! What is where: the names of the keys in Redis, and how values and leases are written there.

use std::time::Duration;

use bytes::Bytes;
use o2_core::store::{Entry, Lease, Revision};

use super::failure::Failure;

/// Digits of a revision in front of every value.
const DIGITS: usize = 16;

const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The keys of one store. They share a hash tag, so a cluster would keep them together; none of them ever expires, so
/// no policy but `allkeys-*` evicts them.
#[derive(Debug)]
pub(super) struct Keys {
    /// Sorted set of all keys, each with score 0: the order of their bytes.
    pub(super) index: String,
    /// Hash from key to revision and value.
    pub(super) values: String,
    /// The newest revision.
    pub(super) revision: String,
    /// Stream of the newest commits; its ids are the revisions.
    pub(super) feed: String,
    /// Sorted set of the ids of the last minute's batches, by revision.
    pub(super) batches: String,
    /// Hash from the name of a lease to its token and holder.
    pub(super) leases: String,
    /// Sorted set of the names of leases, by the time when they end.
    pub(super) lease_ends: String,
    /// The last token.
    pub(super) fence: String,
    /// Written to ask which replicas have everything before.
    pub(super) barrier: String,
}

impl Keys {
    pub(super) fn new(name: &str) -> Self {
        let key = |part: &str| format!("{{o2:{name}}}:{part}");
        Self {
            index: key("index"),
            values: key("values"),
            revision: key("revision"),
            feed: key("feed"),
            batches: key("batches"),
            leases: key("leases"),
            lease_ends: key("lease-ends"),
            fence: key("fence"),
            barrier: key("barrier"),
        }
    }
}

/// A revision as it stands in front of a value.
pub(super) fn version(revision: Revision) -> String {
    format!("{:0DIGITS$}", revision.0)
}

/// The entry of a key, from what the hash has.
pub(super) fn entry(key: impl Into<String>, stored: Vec<u8>) -> Result<Entry, Failure> {
    let key = key.into();
    let mut value = Bytes::from(stored);
    let revision = value.get(..DIGITS).and_then(number);
    let revision = revision.ok_or_else(|| Failure::foreign(format!("the value of '{key}' begins with no revision")))?;
    Ok(Entry::new(key, value.split_off(DIGITS), Revision(revision)))
}

/// A lease as the hash has it.
pub(super) fn held(lease: &Lease) -> String {
    format!("{}:{}", lease.token, lease.holder)
}

pub(super) fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A span as the scripts take it; at most a hundred years, for which their numbers are exact.
pub(super) fn micros(span: Duration) -> String {
    span.min(LONGEST).as_micros().to_string()
}

/// Where a scan begins and ends. No key has a byte 0xff, because keys are UTF-8.
pub(super) fn range(prefix: &str, after: Option<&str>) -> [Vec<u8>; 2] {
    let bound = |mark: &[u8], key: &str, end: &[u8]| [mark, key.as_bytes(), end].concat();
    let start = match after {
        Some(after) if after >= prefix => bound(b"(", after, b""),
        _ => bound(b"[", prefix, b""),
    };
    [start, bound(b"(", prefix, b"\xff")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_share_one_hash_tag() {
        let keys = Keys::new("edge");
        assert_eq!(keys.index, "{o2:edge}:index");
        assert_eq!(keys.lease_ends, "{o2:edge}:lease-ends");
    }

    #[test]
    fn an_entry_is_its_revision_and_its_value() {
        let stored = [version(Revision(42)).as_bytes(), b"\x00\xff"].concat();
        let expected = Entry::new("k", Bytes::from_static(b"\x00\xff"), Revision(42));
        assert_eq!(entry("k", stored).unwrap(), expected);
        for foreign in [&b""[..], b"short", b"no revision here, at all"] {
            entry("k", foreign.to_vec()).unwrap_err();
        }
    }

    #[test]
    fn a_scan_begins_after_a_key_or_at_the_prefix() {
        assert_eq!(range("b/", None), [b"[b/".to_vec(), b"(b/\xff".to_vec()]);
        assert_eq!(range("b/", Some("a")), [b"[b/".to_vec(), b"(b/\xff".to_vec()]);
        assert_eq!(range("b/", Some("b/1")), [b"(b/1".to_vec(), b"(b/\xff".to_vec()]);
    }
}
