//! From a clause as it was written to a clause that can be evaluated on a type, or the reason why it cannot.

use memchr::memmem::Finder;

use super::super::number::Number;
use super::super::resolve::{Step, Target, resolve_in};
use super::{Operator, Predicate};
use crate::Timestamp;
use crate::error::Excerpt;
use crate::model::attribute::{AttributeKind, Shape};

/// A clause whose names and values are understood.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) steps: Vec<Step>,
    /// Whether the clause is the complement of the test.
    pub(super) negated: bool,
    pub(super) test: Test,
}

/// A positive comparison with literals.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) operator: Operator,
    pub(super) literals: Vec<Literal>,
    /// Of `cont`: the search for each literal, prepared once for all objects.
    pub(super) finders: Vec<Finder<'static>>,
}

/// A value of a clause, as everything it can be read as.
#[derive(Debug, Default)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) number: Option<Number>,
    pub(super) boolean: Option<bool>,
    pub(super) time: Option<Timestamp>,
}

pub(super) fn bind(shape: Shape, predicate: &Predicate) -> Result<Bound, String> {
    let Target { steps, kind, .. } = resolve_in(shape, &predicate.path)?;
    check_operator(predicate, kind)?;
    check_count(predicate)?;
    let literals: Vec<_> = predicate
        .values
        .iter()
        .map(|value| Literal::read(value, kind).map_err(|reason| format!("{}: {reason}", quoted(predicate))))
        .collect::<Result<_, _>>()?;
    let operator = predicate.operator.negates().unwrap_or(predicate.operator);
    let sought = literals.iter().filter(|_| operator == Operator::Cont);
    let finders = sought.map(|literal| Finder::new(&literal.text).into_owned()).collect();
    Ok(Bound {
        steps,
        negated: predicate.operator.negates().is_some(),
        test: Test {
            operator,
            literals,
            finders,
        },
    })
}

fn check_operator(predicate: &Predicate, kind: AttributeKind) -> Result<(), String> {
    let operators = Operator::of_kind(kind);
    if operators.contains(&predicate.operator) {
        return Ok(());
    }
    let (name, kind) = (quoted(predicate), kind.as_str());
    if operators.is_empty() {
        return Err(format!(
            "{name} is of type {kind}, not a scalar; name an attribute below it"
        ));
    }
    let operators = operators.iter().map(|operator| operator.as_str()).collect::<Vec<_>>();
    Err(format!(
        "operator '{}' is not applicable to {name} of type {kind} (it has {})",
        predicate.operator,
        operators.join(", ")
    ))
}

fn check_count(predicate: &Predicate) -> Result<(), String> {
    match (predicate.values.len(), predicate.operator.takes_many()) {
        (1, _) | (2.., true) => Ok(()),
        (0, true) => Err(format!("'{}' takes at least one value", predicate.operator)),
        (_, false) => Err(format!("'{}' takes exactly one value", predicate.operator)),
    }
}

fn quoted(predicate: &Predicate) -> String {
    format!("'{}'", Excerpt(&predicate.path.to_string()))
}

impl Literal {
    fn read(text: &str, kind: AttributeKind) -> Result<Self, String> {
        let word = text.trim();
        let wrong = |what: &str| format!("'{}' is not {what}", Excerpt(text));
        let literal = Self {
            text: text.to_owned(),
            number: Number::parse(word),
            boolean: word.parse().ok(),
            time: None,
        };
        match kind {
            AttributeKind::Integer | AttributeKind::Number if literal.number.is_none() => Err(wrong("a number")),
            AttributeKind::Boolean if literal.boolean.is_none() => Err(wrong("a Boolean (true or false)")),
            AttributeKind::DateTime => match time(word) {
                None => Err(wrong("an RFC 3339 time such as 2026-01-01T00:00:00Z")),
                time => Ok(Self { time, ..literal }),
            },
            AttributeKind::Enum(_) => Ok(Self {
                text: word.to_owned(),
                ..literal
            }),
            _ => Ok(literal),
        }
    }
}

/// Reads a time. A `+` that was not percent-encoded arrives as a blank; the place of the offset tells.
fn time(text: &str) -> Option<Timestamp> {
    const OFFSET: usize = "+00:00".len();
    Timestamp::parse(text).ok().or_else(|| {
        let (local, offset) = text.split_at_checked(text.len().checked_sub(OFFSET)?)?;
        Timestamp::parse(&format!("{local}+{}", offset.strip_prefix(' ')?)).ok()
    })
}
