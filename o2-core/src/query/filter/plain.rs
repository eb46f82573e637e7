//! Filters in plain query parameters, `?location=dallas&extensions.type=bare-metal`.

use super::super::names;
use super::super::params::Params;
use super::super::path::{Path, Segment};
use super::{FilterLimits, Operator, Predicate, bind};
use crate::error::Excerpt;
use crate::model::attribute::{Attribute, Attributes, Shape};
use crate::{Error, Result};

const LABELS: &str = "labels";

pub(super) fn predicates<T: Attributes>(params: &Params, reserved: &[&str]) -> Result<Vec<Predicate>> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in params.iter() {
        if !reserved.contains(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let mut clauses = Vec::new();
    for name in names {
        let values = params.all(name).collect();
        let found = parameter::<T>(name, values, reserved)
            .and_then(checked::<T>)
            .map_err(|reason| Error::violation(Excerpt(name).to_string(), reason))?;
        clauses.extend(found);
    }
    if clauses.len() > FilterLimits::CURRENT.clauses {
        return Err(Error::invalid(format!(
            "the query filters by {} parameters, at most {} are allowed",
            clauses.len(),
            FilterLimits::CURRENT.clauses
        )));
    }
    Ok(clauses)
}

/// The clauses of the parameter `name`.
fn parameter<T: Attributes>(name: &str, values: Vec<&str>, reserved: &[&str]) -> Result<Vec<Predicate>, String> {
    if name == LABELS && find::<T>(LABELS).is_some() {
        return labels(values);
    }
    let path = Path::lenient::<T>(name).map_err(|syntax| syntax.reason)?;
    if let Some(attribute) = path.first()
        && find::<T>(attribute).is_none()
    {
        let known = T::attributes().iter().map(|row| row.name);
        let hint = names::hint(attribute, known.chain(reserved.iter().copied()));
        return Err(format!("neither an attribute nor a parameter of the list{hint}"));
    }
    let operator = if values.len() == 1 { Operator::Eq } else { Operator::In };
    Ok(vec![Predicate::new(path, operator, values)])
}

/// `k:v,k2:v2`: one clause for each label.
fn labels(values: Vec<&str>) -> Result<Vec<Predicate>, String> {
    let labels = values.iter().flat_map(|value| value.split(','));
    labels
        .map(|label| {
            let (key, value) = label
                .split_once(':')
                .ok_or_else(|| format!("'{}' is not a label, key:value", Excerpt(label)))?;
            let key = Segment::Name(key.trim().into());
            let path = Path::read(&format!("{LABELS}/{key}")).map_err(|syntax| syntax.reason)?;
            Ok(Predicate::new(path, Operator::Eq, [value.trim()]))
        })
        .collect()
}

fn checked<T: Attributes>(clauses: Vec<Predicate>) -> Result<Vec<Predicate>, String> {
    clauses
        .iter()
        .try_for_each(|clause| bind::bind(Shape::of::<T>(), clause).map(drop))?;
    Ok(clauses)
}

fn find<T: Attributes>(name: &str) -> Option<&'static Attribute<T>> {
    T::attributes().iter().find(|row| row.name == name)
}
