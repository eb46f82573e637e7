//! Words and times, few enough that two generated values are often the same.

use o2_core::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;

/// Words that find mistakes: numbers and truths as text, what the filter syntax and paths give a meaning, blanks, letters
/// beyond ASCII, one word that contains another.
const WORDS: &[&str] = &[
    "a", "b", "ab", "a b", "edge-1", "edge-10", "dallas", "2", "1.5", "true", "it's", "x,y", "(x)", "a;b", "a/b",
    "a~b", "100%", "ä", "größe", "機房", "COMPUTE",
];

/// A name: 1 to 255 characters, none of them a control character, and not only blanks.
pub fn name() -> impl Strategy<Value = String> {
    let random = "[a-zA-Z0-9äß機 ~/%.,;'()@_-]{1,8}".prop_filter("a name is not blank", |text| !text.trim().is_empty());
    prop_oneof![4 => select(WORDS).prop_map(str::to_owned), 1 => random]
}

/// A description, possibly empty.
pub fn description() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 3 => name()]
}

/// What Kubernetes takes as a name (RFC 1123).
pub fn dns_label() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["a", "vdu-1", "default", "7"]).prop_map(str::to_owned),
        1 => "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?",
    ]
}

/// An absolute URL.
pub fn url() -> impl Strategy<Value = String> {
    let hosts = select(vec!["smo.example.com", "10.0.0.1:8080", "[2001:db8::1]"]);
    (select(vec!["http", "https"]), hosts, "(/[a-z0-9]{1,4}){0,2}")
        .prop_map(|(scheme, host, path)| format!("{scheme}://{host}{path}"))
}

/// The digest of a package's content.
pub(super) fn checksum() -> impl Strategy<Value = String> {
    "[0-9a-f]{64}".prop_map(|digits| format!("sha256:{digits}"))
}

/// A time of 2026, often the same, to the millisecond.
pub fn time() -> impl Strategy<Value = Timestamp> {
    const NEW_YEAR: i64 = 1_767_225_600;
    let offsets = prop_oneof![3 => (0..4i64).prop_map(|minutes| minutes * 60_000), 1 => 0..31_536_000_000i64];
    offsets.prop_map(|millis| Timestamp::from_unix_nanos((NEW_YEAR * 1000 + millis) * 1_000_000))
}
