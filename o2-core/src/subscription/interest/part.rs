//! [`Part`]: what a filter asks of the objects of one kind.

use super::{Subjects, criteria, expression};
use crate::event::EventKind;
use crate::model::attribute::Shape;
use crate::query::Filter;
use crate::subscription::SubscriptionFilter;
use crate::{Error, Result};

/// What a filter asks of the objects of one kind, and of what happens to them.
#[derive(Debug)]
pub(in crate::subscription) struct Part {
    pub(in crate::subscription) object: &'static str,
    pub(in crate::subscription) shape: Shape,
    /// What may happen; never empty.
    pub(in crate::subscription) kinds: Vec<EventKind>,
    /// Can be bound to the shape.
    pub(in crate::subscription) filter: Filter,
}

/// One part for each kind of object that the filter can match; `None` for a filter that says nothing.
///
/// # Errors
/// `InvalidInput` at a place below `filter` for unknown words, for what cannot be compared, and for an expression that
/// fits no kind of object.
pub(in crate::subscription) fn parts(
    filter: Option<&SubscriptionFilter>,
    subjects: &Subjects,
) -> Result<Option<Vec<Part>>> {
    match filter {
        Some(SubscriptionFilter::Expression(text)) => expression::parts(text, subjects),
        Some(SubscriptionFilter::Criteria(criteria)) => criteria::parts(criteria, subjects),
        None => Ok(None),
    }
}

/// Understands words, or says which one is wrong and where.
pub(super) fn understood<T>(
    words: &[String],
    at: &str,
    understand: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>> {
    let words = words.iter().map(|word| understand(word));
    words
        .collect::<Result<_, _>>()
        .map_err(|reason| Error::violation(at, reason))
}
