//! Laws of the query module, on generated models and queries: printing and parsing are inverse, evaluation and projection
//! agree with naive versions of themselves on JSON, sort keys order as their objects do.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::path::element_kind;
use super::testing::{Thing, any_clauses, any_path, any_predicate, any_thing, kind};
use super::{
    Filter, Fingerprint, Marker, Operator, Params, Path, Predicate, Segment, Selected, Selection, Sort, SortKey,
};
use crate::Timestamp;
use crate::model::attribute::{AttributeKind, Attributes, Shape};

fn any_segment() -> impl Strategy<Value = Segment> {
    let name = ".+".prop_filter("no text says it", |name| {
        !name.contains(')') && name.trim_matches([' ', '\t']) == name
    });
    prop_oneof![1 => Just(Segment::Keys), 9 => name.prop_map(Segment::Name)]
}

/// A clause that can be printed, whatever it means.
fn printable_predicate() -> impl Strategy<Value = Predicate> {
    (
        vec(any_segment(), 1..4),
        select(&Operator::ALL[..]),
        vec(any::<String>(), 1..4),
    )
        .prop_map(|(segments, operator, mut values)| {
            if !operator.takes_many() {
                values.truncate(1);
            }
            Predicate::new(Path::new(segments), operator, values)
        })
}

/// What a filter means, said on JSON: `clauses` are the rests of paths, and the clauses they come from.
fn all_hold(value: &Value, clauses: &[(&[Segment], &Predicate)]) -> bool {
    let (here, below): (Vec<_>, Vec<_>) = clauses.iter().partition(|(path, _)| path.is_empty());
    here.iter().all(|(_, clause)| holds(value, clause)) && (below.is_empty() || all_hold_below(value, &below))
}

fn all_hold_below(value: &Value, clauses: &[(&[Segment], &Predicate)]) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|element| all_hold_below(element, clauses));
    }
    clauses.iter().map(|(path, _)| &path[0]).all(|head| {
        let below: Vec<_> = clauses
            .iter()
            .filter(|(path, _)| path[0] == *head)
            .map(|(path, clause)| (&path[1..], *clause))
            .collect();
        let next = match head {
            Segment::Name(name) => value.get(name).cloned().unwrap_or_default(),
            Segment::Keys => Value::from_iter(value.as_object().into_iter().flat_map(|map| map.keys().cloned())),
        };
        all_hold(&next, &below)
    })
}

fn holds(value: &Value, clause: &Predicate) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|element| holds(element, clause));
    }
    let is_time = matches!(kind(&clause.path), AttributeKind::DateTime);
    clause.values.iter().any(|literal| {
        let order = match value {
            Value::String(text) if is_time => Timestamp::parse(text).unwrap().cmp(&Timestamp::parse(literal).unwrap()),
            Value::String(text) if clause.operator == Operator::Cont => return text.contains(literal.as_str()),
            Value::String(text) => text.as_str().cmp(literal.as_str()),
            Value::Number(number) => match literal.trim().parse::<f64>() {
                Ok(wanted) => number.as_f64().unwrap().total_cmp(&wanted),
                Err(_) => return false,
            },
            Value::Bool(truth) => {
                return matches!(clause.operator, Operator::Eq | Operator::In) && truth.to_string() == literal.trim();
            }
            _ => return false,
        };
        match clause.operator {
            Operator::Eq | Operator::In => order.is_eq(),
            Operator::Gt => order.is_gt(),
            Operator::Gte => order.is_ge(),
            Operator::Lt => order.is_lt(),
            Operator::Lte => order.is_le(),
            _ => false,
        }
    })
}

fn naive_match(value: &Value, filter: &Filter) -> bool {
    let clauses = filter.predicates().iter();
    let (negative, positive): (Vec<_>, Vec<_>) = clauses.partition(|clause| clause.operator.negates().is_some());
    let joint: Vec<_> = positive
        .iter()
        .map(|clause| (clause.path.segments(), *clause))
        .collect();
    let complements = negative.into_iter().all(|clause| {
        let mut opposite = clause.clone();
        opposite.operator = clause.operator.negates().unwrap();
        !all_hold(value, &[(clause.path.segments(), &opposite)])
    });
    (joint.is_empty() || all_hold(value, &joint)) && complements
}

/// What a selector leaves of JSON: `listed` are the paths it names, as the names on the way.
fn naive_prune(value: &mut Value, kind: AttributeKind, listed: &[Vec<String>], only: bool) {
    if let Value::Array(elements) = value {
        for element in elements {
            naive_prune(element, kind, listed, only);
        }
    }
    let Value::Object(map) = value else { return };
    let fields: Vec<_> = match kind {
        AttributeKind::Object(shape) => shape.fields().collect(),
        _ => Vec::new(),
    };
    map.retain(|name, value| {
        let field = fields.iter().find(|field| field.name == name);
        let removable = field.is_none_or(|field| field.kind.is_complex() && !field.required);
        let here: Vec<_> = listed.iter().filter(|path| path[0] == *name).collect();
        let whole = here.iter().any(|path| path.len() == 1);
        if here.is_empty() || whole {
            return !removable || whole == only;
        }
        let below: Vec<_> = here.iter().map(|path| path[1..].to_vec()).collect();
        let kind = field.map_or(AttributeKind::Any, |field| element_kind(field.kind));
        naive_prune(value, kind, &below, only);
        true
    });
}

fn selectable_path() -> impl Strategy<Value = String> {
    let complex = select(vec![
        "elements",
        "site",
        "site/capacity",
        "extensions",
        "extensions/b",
        "labels",
        "required",
        "required/a",
    ])
    .prop_map(str::to_owned);
    prop_oneof![
        any_path().prop_filter("keys are no attributes", |path| !path.contains("@key")),
        complex
    ]
}

fn encoded(name: &str, value: &str) -> Params {
    let hex = |byte: u8| format!("%{byte:02x}");
    Params::parse(&format!("{name}={}", value.bytes().map(hex).collect::<String>())).unwrap()
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(clauses in vec(printable_predicate(), 0..4)) {
        let filter = Filter::from_iter(clauses);
        prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![".*", "(\\(([a-z]{0,4},|[ '~/@,();])*[a-z']{0,3}\\)?;?){0,3}"]) {
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter),
            Err(error) => prop_assert!(error.message().starts_with("filter:"), "{error}"),
        }
    }

    #[test]
    fn evaluation_agrees_with_json(thing in any_thing(), clauses in any_clauses()) {
        let filter = Filter::from_iter(clauses);
        let json = serde_json::to_value(&thing).unwrap();
        let hit = filter.bind::<Thing>().unwrap().matches(&thing);
        prop_assert_eq!(hit, naive_match(&json, &filter), "{} on {}", filter, json);
    }

    #[test]
    fn negative_operators_are_complements(thing in any_thing(), clause in any_predicate()) {
        let negative = match clause.operator {
            Operator::Eq => Operator::Neq,
            Operator::In => Operator::Nin,
            Operator::Cont => Operator::Ncont,
            _ => return Ok(()),
        };
        let hit = |clause| Filter::from(clause).bind::<Thing>().unwrap().matches(&thing);
        let complement = Predicate::new(clause.path.clone(), negative, clause.values.clone());
        prop_assert_ne!(hit(clause), hit(complement));
    }

    #[test]
    fn both_parts_of_a_filter_are_the_filter(
        thing in any_thing(),
        clauses in any_clauses(),
        can: [bool; 4],
    ) {
        let filter = Filter::from_iter(clauses);
        let taken = |clause: &Predicate| can[Fingerprint::new().text(&clause.path.to_string()).value() as usize % 4];
        let (here, there) = filter.clone().partition(taken);
        let hit = |filter: &Filter| filter.bind::<Thing>().unwrap().matches(&thing);
        prop_assert_eq!(hit(&filter), hit(&here) && hit(&there));
    }

    #[test]
    fn projection_agrees_with_json(
        things in vec(any_thing(), 1..3),
        paths in vec(selectable_path(), 1..4),
        only: bool,
    ) {
        let name = if only { "fields" } else { "exclude_fields" };
        let selection = Selection::parse::<Thing>(&encoded(name, &paths.join(","))).unwrap();
        let names = |path: &String| Path::parse(path).unwrap().segments().iter().map(|segment| match segment {
            Segment::Name(name) => name.clone(),
            Segment::Keys => unreachable!(),
        }).collect();
        let listed: Vec<Vec<String>> = paths.iter().map(names).collect();
        let mut expected = serde_json::to_value(&things).unwrap();
        naive_prune(&mut expected, AttributeKind::Object(Shape::of::<Thing>()), &listed, only);
        let text = serde_json::to_string(&Selected::new(&things, &selection)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected.clone());
        prop_assert_eq!(json!(Selected::new(&things, &selection)), expected);
    }

    #[test]
    fn keys_order_as_their_objects_do(
        one in any_thing(),
        other in any_thing(),
        attributes in vec(select(vec!["name", "-description", "load", "-perceivedSeverity", "alarmRaisedTime",
            "-alarmAcknowledged", "site.name", "extensions.a", "-note", "labels.a", "-extensions/b/a"]), 0..4),
    ) {
        let sorter = Sort::parse(&attributes.join(",")).unwrap().bind::<Thing>().unwrap();
        let keys = [sorter.key(&one), sorter.key(&other)];
        prop_assert_eq!(sorter.compare(&one, &other), keys[0].cmp(&keys[1]));
        prop_assert_eq!(keys[0] == keys[1], sorter.compare(&one, &other).is_eq());
        let marker = Marker::encode(1, &keys[0]).unwrap();
        prop_assert_eq!(&Marker::decode::<SortKey>(&marker, 1).unwrap(), &keys[0]);
    }
}

#[test]
fn every_attribute_is_in_the_json_under_its_name() {
    let json = serde_json::to_value(Thing::default()).unwrap();
    for row in Thing::attributes().iter().filter(|row| row.required) {
        assert!(json.get(row.name).is_some(), "{}", row.name);
    }
}
