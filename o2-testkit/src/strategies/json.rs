//! The free-form parts of models.

use o2_core::{Extensions, Labels};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::text::description;

/// Keys of maps, some of which have to be escaped in paths.
pub(super) const KEYS: &[&str] = &["a", "b", "kubernetes.nodeName", "k8s.io/role", "@key", "~,", "größe"];

fn key() -> impl Strategy<Value = String> {
    select(KEYS).prop_map(str::to_owned)
}

/// Any JSON value, not deep.
pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => description().prop_map(Value::from),
        3 => (0..4i64).prop_map(Value::from),
        1 => select(vec![json!(0.5), json!(-1.5), json!(i64::MIN), json!(i64::MAX), json!(u64::MAX), json!(1e300)]),
        2 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((key(), inner), 0..3).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// What a backend has to say beyond the model.
pub fn extensions() -> impl Strategy<Value = Extensions> {
    vec((key(), value()), 0..4).prop_map(|entries| entries.into_iter().collect())
}

/// Labels.
pub fn labels() -> impl Strategy<Value = Labels> {
    btree_map(key(), description(), 0..3)
}
