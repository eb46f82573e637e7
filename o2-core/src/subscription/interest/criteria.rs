//! Criteria as clauses of a filter.

use serde_json::Value;

use super::Subjects;
use super::part::{Part, understood};
use crate::event::EventKind;
use crate::query::{Filter, FilterLimits, Operator, Path, Predicate, Segment};
use crate::subscription::{Criteria, Values};
use crate::{Error, Result};

pub(super) fn parts(criteria: &Criteria, subjects: &Subjects) -> Result<Option<Vec<Part>>> {
    if *criteria == Criteria::default() {
        return Ok(None);
    }
    let objects = understood(&criteria.object_type.0, "filter.objectType", |word| {
        subjects.object(word)
    })?;
    let events = understood(&criteria.event_types.0, "filter.eventTypes", |word| {
        subjects.event(word)
    })?;
    let filter = clauses(criteria)?;
    let part = |(object, shape)| {
        let asked = |kind: &EventKind| events.is_empty() || events.iter().any(|event| event.is(object, *kind));
        let kinds: Vec<_> = EventKind::ALL.iter().copied().filter(asked).collect();
        let wanted = objects.is_empty() || objects.contains(&object);
        // What a kind of object lacks, no object of it has.
        let fits = wanted && !kinds.is_empty() && filter.bind_to(shape).is_ok();
        fits.then(|| Part {
            object,
            shape,
            kinds,
            filter: filter.clone(),
        })
    };
    Ok(Some(subjects.iter().filter_map(part).collect()))
}

/// The clauses that the object has to fulfil.
///
/// # Errors
/// `InvalidInput` for too many values, and for extensions that are no scalars.
pub(in crate::subscription) fn clauses(criteria: &Criteria) -> Result<Filter> {
    const LIMITS: FilterLimits = FilterLimits::CURRENT;
    let mut clauses = Vec::new();
    for (attribute, values) in attributes(criteria) {
        expect_at_most(LIMITS.values, values.0.len(), attribute)?;
        if !values.0.is_empty() {
            let path = Path::attribute(attribute);
            clauses.push(Predicate::new(path, Operator::In, values.0.iter().cloned()));
        }
    }
    expect_at_most(LIMITS.clauses, criteria.labels.len(), "labels")?;
    expect_at_most(LIMITS.clauses, criteria.extensions.len(), "extensions")?;
    let labels = criteria.labels.iter();
    clauses.extend(labels.map(|(key, value)| below("labels", key, value.clone())));
    for (key, value) in &criteria.extensions {
        clauses.push(below("extensions", key, scalar(key, value)?));
    }
    Ok(clauses.into_iter().collect())
}

fn attributes(criteria: &Criteria) -> [(&'static str, &Values); 6] {
    [
        ("resourcePoolId", &criteria.resource_pool_id),
        ("resourceTypeId", &criteria.resource_type_id),
        ("resourceId", &criteria.resource_id),
        ("deploymentId", &criteria.deployment_id),
        ("packageId", &criteria.package_id),
        ("namespace", &criteria.namespace),
    ]
}

fn expect_at_most(most: usize, found: usize, field: &str) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    Err(Error::violation(
        format!("filter.{field}"),
        format!("has {found} values, at most {most} are allowed"),
    ))
}

fn below(map: &str, key: &str, value: String) -> Predicate {
    let path = Path::new([map, key].map(|name| Segment::Name(name.to_owned())));
    Predicate::new(path, Operator::Eq, [value])
}

fn scalar(key: &str, value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Error::violation(
            format!("filter.extensions.{}", crate::error::Excerpt(key)),
            "must be a string, a number, true or false: other values cannot be compared",
        )),
    }
}
