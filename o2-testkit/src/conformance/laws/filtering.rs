//! Filters: what a plugin evaluates itself, it evaluates as the reference does. The clauses are made from the values that
//! the world's objects have, with every operator that the attribute's type has.

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_core::model::{AttributeKind, AttributeValue};
use o2_core::query::{Filter, ListQuery, Operator, Path, Predicate};
use o2_core::{Capabilities, Model, Plugin, Pushdown};

use super::{Sentence, Trial, ids};
use crate::conformance::{Verdict, same, skip};

const FILTER: &str = "Every filter clause that the capabilities push down is evaluated exactly as the reference \
                      evaluation does it.";
/// Values of one attribute that are tried.
const VALUES: usize = 3;

pub(super) fn laws<P: ?Sized + Plugin, T: Model>() -> Vec<Sentence<P, T>> {
    vec![
        Sentence {
            name: "filters_are_exact",
            contract: FILTER,
            gets: false,
            law: |trial| Box::pin(filters_are_exact(trial)),
        },
        Sentence {
            name: "filtered_pages_add_up",
            contract: FILTER,
            gets: false,
            law: |trial| Box::pin(filtered_pages_add_up(trial)),
        },
    ]
}

/// Whether a plugin with these capabilities is ever asked for this clause.
pub(in crate::conformance) fn may_push(capabilities: &Capabilities, predicate: &Predicate) -> bool {
    match capabilities.pushdown {
        Pushdown::Filter => true,
        Pushdown::Attributes(names) => predicate.path.first().is_some_and(|first| names.contains(&first)),
        _ => false,
    }
}

async fn filters_are_exact<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let whole = trial.objects(1).await?;
    for filter in filters(&trial, &whole)? {
        let got = trial.everything(&ListQuery::new().with_filter(filter.clone())).await?;
        same(
            &format!("the ids of what matches {filter}"),
            ids(&got),
            matching(&filter, &whole)?,
        )?;
    }
    Ok(())
}

async fn filtered_pages_add_up<P: ?Sized + Plugin, T: Model>(trial: Trial<'_, P, T>) -> Verdict {
    let whole = trial.objects(2).await?;
    for filter in filters(&trial, &whole)? {
        let expected = matching(&filter, &whole)?;
        if (2..whole.len()).contains(&expected.len()) {
            let query = ListQuery::new().with_filter(filter.clone()).with_limit(1);
            let walked = trial.everything(&query).await?;
            return same(
                &format!("the ids of all pages of what matches {filter}"),
                ids(&walked),
                expected,
            );
        }
    }
    skip("no filter matches several objects, but not all")
}

fn matching<'o, T: Model>(filter: &Filter, objects: &'o [Arc<T>]) -> Verdict<Vec<&'o str>> {
    let matcher = filter.bind::<T>()?;
    let matching = objects.iter().filter(|object| matcher.matches(object));
    Ok(matching.map(|object| object.id()).collect())
}

/// Filters that the plugin evaluates itself: single clauses, and pairs of neighbours.
fn filters<P: ?Sized + Plugin, T: Model>(trial: &Trial<'_, P, T>, objects: &[Arc<T>]) -> Verdict<Vec<Filter>> {
    let capabilities = trial.plugin.capabilities();
    let mut clauses = clauses(objects);
    clauses.retain(|clause| may_push(capabilities, clause) && Filter::from(clause.clone()).bind::<T>().is_ok());
    if clauses.is_empty() {
        return skip("the plugin evaluates no filter");
    }
    let pairs = clauses.windows(2).map(|pair| Filter::from_iter(pair.iter().cloned()));
    let pairs: Vec<_> = pairs.collect();
    Ok(clauses.into_iter().map(Filter::from).chain(pairs).collect())
}

fn clauses<T: Model>(objects: &[Arc<T>]) -> Vec<Predicate> {
    let mut clauses = Vec::new();
    for row in T::attributes() {
        let values: Vec<_> = objects.iter().map(|object| (row.get)(object)).collect();
        if matches!(row.kind, AttributeKind::Map) {
            let keys: BTreeSet<String> = values.iter().flat_map(keys).collect();
            for key in keys.into_iter().take(VALUES) {
                let texts = values.iter().filter_map(|value| entry(value, &key)).collect();
                let path = Path::new([segment(row.name), segment(&key)]);
                clauses.extend(about(&path, AttributeKind::Any, texts));
            }
        } else {
            let texts = values.iter().filter_map(text).collect();
            clauses.extend(about(&Path::attribute(row.name), row.kind, texts));
        }
    }
    clauses
}

fn segment(name: &str) -> o2_core::query::Segment {
    o2_core::query::Segment::Name(name.to_owned())
}

/// Clauses with every operator, with values that are there, in another case too, a part of one, and one that nothing
/// has.
fn about(path: &Path, kind: AttributeKind, values: BTreeSet<String>) -> Vec<Predicate> {
    let values: Vec<String> = values.into_iter().take(VALUES).collect();
    let Some(first) = values.first() else {
        return Vec::new();
    };
    let mut clauses = Vec::new();
    for operator in Operator::of_kind(kind) {
        let clause = |values: &[String]| Predicate::new(path.clone(), *operator, values);
        clauses.extend(values.iter().map(|value| clause(std::slice::from_ref(value))));
        if matches!(kind, AttributeKind::String) {
            clauses.push(clause(&[first.to_uppercase()]));
        }
        if operator.takes_many() {
            clauses.push(clause(&values));
            clauses.push(clause(&[
                first.chars().skip(1).take(3).collect(),
                "nothing has this".to_owned(),
            ]));
        }
    }
    clauses
}

/// A scalar as filters write it.
fn text(value: &AttributeValue<'_>) -> Option<String> {
    match value {
        AttributeValue::String(text) => Some((*text).to_owned()),
        AttributeValue::Integer(integer) => Some(integer.to_string()),
        AttributeValue::Number(number) => Some(number.to_string()),
        AttributeValue::Boolean(truth) => Some(truth.to_string()),
        AttributeValue::DateTime(time) => Some(time.to_string()),
        _ => None,
    }
}

fn keys(value: &AttributeValue<'_>) -> Vec<String> {
    match value {
        AttributeValue::Map(map) => map.keys().cloned().collect(),
        AttributeValue::Labels(labels) => labels.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

fn entry(value: &AttributeValue<'_>, key: &str) -> Option<String> {
    match value {
        AttributeValue::Map(map) => match map.get(key)? {
            serde_json::Value::String(text) => Some(text.clone()),
            other if other.is_number() || other.is_boolean() => Some(other.to_string()),
            _ => None,
        },
        AttributeValue::Labels(labels) => labels.get(key).cloned(),
        _ => None,
    }
}
