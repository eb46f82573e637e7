//! Evaluation of a filter on an object. Nothing is allocated and no name is looked up in a table.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::super::number::Number;
use super::super::resolve::{Step, flat};
use super::Operator;
use super::bind::{Bound, Literal, Test};
use crate::model::attribute::{AttributeValue, Attributes, Object};

/// A filter bound to a type. Made by [`Filter::bind`](super::Filter::bind).
#[derive(Debug)]
pub struct Matcher<T> {
    objects: ObjectMatcher,
    of: PhantomData<fn(&T)>,
}

impl<T: Attributes> Matcher<T> {
    pub(super) fn new(objects: ObjectMatcher) -> Self {
        Self {
            objects,
            of: PhantomData,
        }
    }

    /// Whether `object` fulfils every clause.
    #[must_use]
    pub fn matches(&self, object: &T) -> bool {
        self.objects.matches(object)
    }
}

/// A filter bound to the objects of one shape, whatever their type. Made by [`Filter::bind_to`](super::Filter::bind_to).
#[derive(Debug, Default)]
pub struct ObjectMatcher {
    /// All positive clauses in one tree, so that those which share a list are evaluated on the same element.
    joint: Node,
    /// Each stands for "this does not match".
    complements: Vec<Node>,
}

impl ObjectMatcher {
    /// Whether `object`, which must have the shape that the filter was bound to, fulfils every clause.
    #[must_use]
    pub fn matches(&self, object: &dyn Object) -> bool {
        let object = AttributeValue::Object(object);
        self.joint.matches_below(object) && !self.complements.iter().any(|node| node.matches_below(object))
    }

    pub(super) fn require(&mut self, bound: Bound) {
        let Bound { steps, negated, test } = bound;
        if negated {
            let mut node = Node::default();
            node.insert(steps, test);
            self.complements.push(node);
        } else {
            self.joint.insert(steps, test);
        }
    }
}

/// What is asked of a value: tests of itself, and what is asked of the values below it.
#[derive(Debug, Default)]
struct Node {
    tests: Vec<Test>,
    below: Vec<(Step, Self)>,
}

impl Node {
    fn insert(&mut self, steps: Vec<Step>, test: Test) {
        let mut node = self;
        for step in steps {
            let index = node
                .below
                .iter()
                .position(|(known, _)| *known == step)
                .unwrap_or_else(|| {
                    node.below.push((step, Self::default()));
                    node.below.len() - 1
                });
            node = &mut node.below[index].1;
        }
        node.tests.push(test);
    }

    fn matches(&self, value: AttributeValue<'_>) -> bool {
        self.tests.iter().all(|test| test.holds(value)) && (self.below.is_empty() || self.matches_below(value))
    }

    /// Of a list, one and the same element must have everything that is asked of the values below.
    fn matches_below(&self, value: AttributeValue<'_>) -> bool {
        if let AttributeValue::Array(list) = flat(value) {
            return (0..list.count()).any(|index| self.matches_below(list.element(index)));
        }
        self.below.iter().all(|(step, node)| match step {
            Step::Keys => node.tests.iter().all(|test| test.holds_for_a_key(value)),
            step => node.matches(step.follow(value)),
        })
    }
}

impl Test {
    fn holds(&self, value: AttributeValue<'_>) -> bool {
        match flat(value) {
            AttributeValue::String(text) => self.holds_for_text(text),
            AttributeValue::Integer(integer) => self.holds_for_number(Number::integer(integer)),
            AttributeValue::Number(float) => Number::float(float).is_some_and(|number| self.holds_for_number(number)),
            AttributeValue::Boolean(truth) => {
                self.equality() && self.any(|literal| literal.boolean.map(|wanted| truth.cmp(&wanted)))
            }
            AttributeValue::DateTime(time) => self.any(|literal| literal.time.map(|wanted| time.cmp(&wanted))),
            AttributeValue::Array(list) => (0..list.count()).any(|index| self.holds(list.element(index))),
            _ => false,
        }
    }

    fn holds_for_text(&self, text: &str) -> bool {
        match self.operator {
            Operator::Eq | Operator::In => self.literals.iter().any(|literal| literal.text == text),
            Operator::Cont => self.finders.iter().any(|finder| finder.find(text.as_bytes()).is_some()),
            _ => self.any(|literal| Some(text.cmp(&literal.text))),
        }
    }

    fn holds_for_number(&self, number: Number) -> bool {
        self.any(|literal| literal.number.map(|wanted| number.cmp(&wanted)))
    }

    fn holds_for_a_key(&self, value: AttributeValue<'_>) -> bool {
        match flat(value) {
            AttributeValue::Map(map) => map.keys().any(|key| self.holds_for_text(key)),
            AttributeValue::Labels(labels) => labels.keys().any(|key| self.holds_for_text(key)),
            _ => false,
        }
    }

    fn equality(&self) -> bool {
        matches!(self.operator, Operator::Eq | Operator::In)
    }

    /// Whether the order of the value and one of the literals is what the operator asks for.
    fn any(&self, compare: impl Fn(&Literal) -> Option<Ordering>) -> bool {
        self.literals
            .iter()
            .filter_map(compare)
            .any(|order| match self.operator {
                Operator::Eq | Operator::In => order.is_eq(),
                Operator::Gt => order.is_gt(),
                Operator::Gte => order.is_ge(),
                Operator::Lt => order.is_lt(),
                Operator::Lte => order.is_le(),
                _ => false,
            })
    }
}
