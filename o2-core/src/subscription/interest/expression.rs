//! A filter expression: clauses about the object, and clauses about the event.

use super::part::{Part, understood};
use super::{EventWord, Subjects};
use crate::event::EventKind;
use crate::model::attribute::Shape;
use crate::query::{Filter, Operator, Path, Predicate};
use crate::{Error, Result};

/// The object's name; a clause about the event, unless the object has such an attribute.
const OBJECT: &str = "objectType";
/// The event's word; likewise.
const EVENT: &str = "eventType";

pub(super) fn parts(text: &str, subjects: &Subjects) -> Result<Option<Vec<Part>>> {
    let filter = parse(text)?;
    if filter.is_empty() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    let mut wrong: Option<Error> = None;
    for (object, shape) in subjects.iter() {
        match part(object, shape, &filter, subjects) {
            Ok(part) => parts.extend(part),
            Err(error) if wrong.as_ref().is_none_or(|known| place(known) < place(&error)) => wrong = Some(error),
            Err(_) => {}
        }
    }
    if parts.is_empty() {
        let nothing = || Error::violation("filter:0", "fits no kind of object that there is");
        return Err(wrong.unwrap_or_else(nothing));
    }
    Ok(Some(parts))
}

/// Reads an expression.
///
/// # Errors
/// `InvalidInput` naming the position.
pub(in crate::subscription) fn parse(text: &str) -> Result<Filter> {
    if text.trim_start().starts_with('[') {
        let reason = "alternatives in [ ] are not supported; subscribe once for each of them, or use (in,…)";
        return Err(Error::violation("filter:0", reason));
    }
    Filter::parse(text)
}

/// How far the filter was understood.
fn place(error: &Error) -> usize {
    let at = error.violations().first().map_or("", |violation| &violation.at);
    at.rsplit(':').next().and_then(|at| at.parse().ok()).unwrap_or(0)
}

/// What the filter asks of one kind of object; `None` when it asks for other kinds.
fn part(object: &'static str, shape: Shape, filter: &Filter, subjects: &Subjects) -> Result<Option<Part>> {
    let mut kinds = EventKind::ALL.to_vec();
    let mut clauses = Vec::new();
    for clause in filter.predicates() {
        if is_about(clause, OBJECT, shape) {
            let Clause { words, negated } = words(clause, |word| subjects.object(word))?;
            if words.contains(&object) == negated {
                return Ok(None);
            }
        } else if is_about(clause, EVENT, shape) {
            let Clause::<EventWord> { words, negated } = words(clause, |word| subjects.event(word))?;
            kinds.retain(|kind| words.iter().any(|word| word.is(object, *kind)) != negated);
        } else {
            clauses.push(clause.clone());
        }
    }
    if kinds.is_empty() {
        return Ok(None);
    }
    let filter: Filter = clauses.into_iter().collect();
    filter.bind_to(shape).map_err(|error| of(object, error))?;
    Ok(Some(Part {
        object,
        shape,
        kinds,
        filter,
    }))
}

fn is_about(clause: &Predicate, name: &str, shape: Shape) -> bool {
    clause.path == Path::attribute(name) && shape.find(name).is_none()
}

/// A clause about the event, understood.
struct Clause<T> {
    words: Vec<T>,
    negated: bool,
}

fn words<T>(clause: &Predicate, understand: impl Fn(&str) -> Result<T, String>) -> Result<Clause<T>> {
    let at = format!("filter:{}", clause.position);
    let negated = match clause.operator {
        Operator::Eq | Operator::In => false,
        Operator::Neq | Operator::Nin => true,
        other => {
            let path = &clause.path;
            let reason = format!("operator '{other}' is not applicable to '{path}' (it has eq, neq, in, nin)");
            return Err(Error::violation(at, reason));
        }
    };
    let words = understood(&clause.values, &at, |word| understand(word.trim()))?;
    Ok(Clause { words, negated })
}

/// The same error, saying of which kind of object the filter fell short.
fn of(object: &str, error: Error) -> Error {
    match error.violations().first() {
        Some(violation) => Error::violation(violation.at.clone(), format!("{object}: {}", violation.reason)),
        None => error,
    }
}
