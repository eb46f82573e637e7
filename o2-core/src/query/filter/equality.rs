//! [`Equality`]: a clause that an index can answer, with the values it wants.

use super::super::number::Number;
use super::super::resolve::{Step, flat};
use super::Operator;
use super::bind::{Bound, Literal};
use crate::Timestamp;
use crate::model::attribute::AttributeValue;

/// One of these values must be at this place.
#[derive(Debug)]
pub(crate) struct Equality {
    pub(crate) steps: Vec<Step>,
    /// Everything the literals can be read as: which of it counts depends on the type of the value that is found.
    pub(crate) wanted: Vec<Scalar<String>>,
}

/// A value that can be equal to another. Two that are equal for a filter are equal here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar<S> {
    Text(S),
    Number(Number),
    Boolean(bool),
    Time(Timestamp),
}

impl Equality {
    pub(super) fn of(bound: Bound) -> Option<Self> {
        let is_equality = matches!(bound.test.operator, Operator::Eq | Operator::In) && !bound.negated;
        let is_indexable = is_equality && !bound.steps.contains(&Step::Keys);
        is_indexable.then(|| Self {
            wanted: bound.test.literals.iter().flat_map(readings).collect(),
            steps: bound.steps,
        })
    }
}

fn readings(literal: &Literal) -> impl Iterator<Item = Scalar<String>> {
    let text = Some(Scalar::Text(literal.text.clone()));
    let number = literal.number.map(Scalar::Number);
    let boolean = literal.boolean.map(Scalar::Boolean);
    let time = literal.time.map(Scalar::Time);
    [text, number, boolean, time].into_iter().flatten()
}

impl<'a> Scalar<&'a str> {
    /// `None` for objects, maps, lists, and what is absent.
    pub(crate) fn of(value: AttributeValue<'a>) -> Option<Self> {
        match flat(value) {
            AttributeValue::String(text) => Some(Self::Text(text)),
            AttributeValue::Integer(integer) => Some(Self::Number(Number::integer(integer))),
            AttributeValue::Number(float) => Number::float(float).map(Self::Number),
            AttributeValue::Boolean(truth) => Some(Self::Boolean(truth)),
            AttributeValue::DateTime(time) => Some(Self::Time(time)),
            _ => None,
        }
    }
}
