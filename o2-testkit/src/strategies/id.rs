//! Ids of all shapes.

use o2_core::{Id, TenantId};
use proptest::prelude::*;
use proptest::sample::select;

/// Ids as backends make them, some of which look like paths, escapes or qualified ids.
const IDS: &[&str] = &[
    "p1",
    "p2",
    "i-0abc",
    "ns/name",
    "a~b",
    "~",
    "aws~i-1",
    "50%",
    "%7E",
    "größe 1",
    "機房-1",
    "a?b=c&d",
    "#1",
    "..",
    "+",
];

/// An id as a backend may have it: any text that is not blank, among it such with `~`, `/`, `%` and letters beyond ASCII.
pub fn native_id() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(IDS).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9äß機~/%?#&=+. _:-]{1,12}".prop_filter("an id is not blank", |text| !text.trim().is_empty()),
        1 => "[0-9a-f]{8}-[0-9a-f]{4}",
    ]
}

/// An id that a caller may choose: it has no `~`.
pub fn chosen_id() -> impl Strategy<Value = String> {
    native_id().prop_filter("callers choose no qualified ids", |text| !text.contains('~'))
}

/// The id of a `K`, as a backend may have it.
pub fn id<K: ?Sized + 'static>() -> impl Strategy<Value = Id<K>> {
    native_id().prop_map(Id::from)
}

/// One of three tenants.
pub fn tenant() -> impl Strategy<Value = TenantId> {
    select(&["red", "blue", "größe"][..]).prop_map(TenantId::new)
}
