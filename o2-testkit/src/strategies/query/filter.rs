//! Filters that can be bound to a type.

use o2_core::model::{AttributeKind, Attributes};
use o2_core::query::{Filter, Operator, Predicate, Segment};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Serialize;
use serde_json::Value;

use super::target::{Target, comparable};
use crate::strategies::{name, native_id, time};

/// A clause with any attribute of `T`, however deep, and any operator it has.
pub fn predicate<T: Attributes>() -> impl Strategy<Value = Predicate> {
    comparable::<T>().prop_flat_map(|target| {
        let literals = literal(target.kind);
        clause(target, literals)
    })
}

/// A filter of no to three clauses.
pub fn filter<T: Attributes>() -> impl Strategy<Value = Filter> {
    vec(predicate::<T>(), 0..4).prop_map(Filter::from_iter)
}

/// A filter whose clauses mostly name values that some of these objects have, so that it hits some and not others.
///
/// # Panics
/// The strategy panics when an object cannot be written as JSON.
pub fn filter_about<T: Attributes + Serialize>(objects: &[T]) -> impl Strategy<Value = Filter> + use<T> {
    let json = |object| serde_json::to_value(object).unwrap_or_else(|error| panic!("{error}"));
    let objects: Vec<Value> = objects.iter().map(json).collect();
    let clause = comparable::<T>().prop_flat_map(move |target| {
        let mut known = Vec::new();
        objects
            .iter()
            .for_each(|object| scalars(object, &target.path, &mut known));
        let literals = match known.as_slice() {
            [] => literal(target.kind),
            _ => prop_oneof![3 => select(known), 1 => literal(target.kind)].boxed(),
        };
        clause(target, literals)
    });
    vec(clause, 0..3).prop_map(Filter::from_iter)
}

fn clause(target: Target, literals: BoxedStrategy<String>) -> impl Strategy<Value = Predicate> {
    let operators = select(Operator::of_kind(target.kind));
    let path = target.path();
    (operators, vec(literals, 1..4)).prop_map(move |(operator, mut values)| {
        if !operator.takes_many() {
            values.truncate(1);
        }
        Predicate::new(path.clone(), operator, values)
    })
}

/// A value to compare with.
fn literal(kind: AttributeKind) -> BoxedStrategy<String> {
    let number = || select(vec!["0", "1", "2", "3", "2.5", "50", "1e1"]).prop_map(str::to_owned);
    match kind {
        AttributeKind::Integer | AttributeKind::Number => number().boxed(),
        AttributeKind::Boolean => any::<bool>().prop_map(|truth| truth.to_string()).boxed(),
        AttributeKind::DateTime => time().prop_map(|time| time.to_string()).boxed(),
        AttributeKind::Enum(words) => prop_oneof![4 => select(words), 1 => Just("OTHER")]
            .prop_map(str::to_owned)
            .boxed(),
        AttributeKind::Any => prop_oneof![name(), number(), any::<bool>().prop_map(|truth| truth.to_string())].boxed(),
        _ => prop_oneof![2 => name(), 1 => native_id()].boxed(),
    }
}

/// The scalars that a path leads to, as filters write them.
fn scalars(value: &Value, path: &[Segment], found: &mut Vec<String>) {
    match (value, path) {
        (Value::Array(items), path) => items.iter().for_each(|item| scalars(item, path, found)),
        (Value::Object(map), [Segment::Keys]) => found.extend(map.keys().cloned()),
        (Value::Object(map), [Segment::Name(name), rest @ ..]) => {
            map.get(name).into_iter().for_each(|value| scalars(value, rest, found));
        }
        (Value::String(text), []) => found.push(text.clone()),
        (Value::Number(_) | Value::Bool(_), []) => found.push(value.to_string()),
        _ => {}
    }
}
