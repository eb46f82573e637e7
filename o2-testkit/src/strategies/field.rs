//! JSON for one field of an attribute table: what its kind allows, and what its name promises beyond that.

use std::collections::BTreeMap;

use o2_core::model::AttributeKind;
use o2_core::model::attribute::{Field, Shape};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::inputs::subscription_filter;
use super::json::{extensions, labels, value};
use super::text::checksum;
use super::{description, dns_label, name, native_id, tenant, time, url};

/// How deep objects lie in objects; below, those that may be absent are.
const DEPTH: usize = 2;

/// An object of this shape. What may be absent sometimes is.
pub(super) fn object(shape: Shape) -> BoxedStrategy<Value> {
    object_at(shape, 0)
}

fn object_at(shape: Shape, depth: usize) -> BoxedStrategy<Value> {
    let fields = shape
        .fields()
        .filter(|field| field.required || depth < DEPTH || !field.kind.is_complex());
    let (names, values): (Vec<_>, Vec<_>) = fields.map(|field| (field.name, maybe(field, depth))).unzip();
    let object = move |values: Vec<Option<Value>>| {
        let present = names
            .iter()
            .zip(values)
            .filter_map(|(name, value)| Some((*name, value?)));
        Value::Object(present.map(|(name, value)| (name.to_owned(), value)).collect())
    };
    values.prop_map(object).boxed()
}

fn maybe(field: Field, depth: usize) -> BoxedStrategy<Option<Value>> {
    let value = by_name(field.name, field.kind).unwrap_or_else(|| by_kind(field.kind, depth));
    if field.required {
        value.prop_map(Some).boxed()
    } else {
        option::of(value).boxed()
    }
}

/// What fields of some names hold in every type.
fn by_name(name: &str, kind: AttributeKind) -> Option<BoxedStrategy<Value>> {
    Some(match (name, kind) {
        ("labels", AttributeKind::Map) => json(labels()),
        ("headers", AttributeKind::Map) => json(headers()),
        ("filter", AttributeKind::Any) => json(subscription_filter()),
        ("status", AttributeKind::Integer) => select(vec![400u16, 404, 409, 500, 503]).prop_map(Value::from).boxed(),
        ("description", AttributeKind::String) => json(description()),
        ("namespace", AttributeKind::String) => json(dns_label()),
        ("tenantId", AttributeKind::String) => json(tenant()),
        ("checksum", AttributeKind::String) => json(checksum()),
        ("callback" | "serviceUri" | "packageUrl", AttributeKind::String) => json(url()),
        (name, AttributeKind::String) if name.ends_with("Id") => json(native_id()),
        _ => return None,
    })
}

/// Headers as the wire shows them, without their values.
fn headers() -> impl Strategy<Value = BTreeMap<&'static str, &'static str>> {
    let names = select(vec!["authorization", "x-tenant", "x-trace"]);
    btree_map(names, Just("***"), 0..3)
}

fn by_kind(kind: AttributeKind, depth: usize) -> BoxedStrategy<Value> {
    match kind {
        AttributeKind::String => json(name()),
        AttributeKind::Integer => (0..6u8).prop_map(Value::from).boxed(),
        AttributeKind::Number => (0..=200u8).prop_map(|halves| (f64::from(halves) / 2.0).into()).boxed(),
        AttributeKind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        AttributeKind::DateTime => json(time()),
        AttributeKind::Enum(words) => select(words).prop_map(Value::from).boxed(),
        AttributeKind::Map => json(extensions()),
        AttributeKind::Any => value().boxed(),
        AttributeKind::Object(shape) => object_at(shape, depth + 1),
        AttributeKind::Array(element) => vec(by_kind(*element, depth), 0..3).prop_map(Value::from).boxed(),
        other => panic!("there is no strategy for attributes of type {}", other.as_str()),
    }
}

fn json<T: serde::Serialize + 'static>(strategy: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Value> {
    let value = |value| serde_json::to_value(&value).unwrap_or_else(|error| panic!("{error}"));
    strategy.prop_map(value).boxed()
}
