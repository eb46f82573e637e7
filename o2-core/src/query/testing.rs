//! The model on which the tests of this module ask their questions, with one attribute of every type.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::resolve::resolve;
use super::{Operator, Path, Predicate};
use crate::Timestamp;
use crate::model::attribute::{Attribute, AttributeKind, AttributeValue, Attributes, Shape};

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Thing {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_type_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_pool_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) perceived_severity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) load: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alarm_acknowledged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alarm_raised_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) elements: Vec<Self>,
    pub(crate) required: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<Site>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) extensions: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<Value>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Site {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) capacity: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) racks: Vec<String>,
}

impl Attributes for Thing {
    const NAME: &'static str = "Thing";

    fn attributes() -> &'static [Attribute<Self>] {
        use AttributeKind::{Any, Array, Boolean, DateTime, Enum, Integer, Map, Number, Object, String};
        type Value<'a> = AttributeValue<'a>;
        const THING: AttributeKind = Object(Shape::of::<Thing>());
        static TABLE: &[Attribute<Thing>] = &[
            Attribute::required("id", String, "", |thing| Value::String(&thing.id)),
            Attribute::required("name", String, "", |thing| Value::String(&thing.name)),
            Attribute::optional("description", String, "", |thing| {
                Value::text(thing.description.as_deref())
            }),
            Attribute::optional(
                "resourceClass",
                Enum(&["COMPUTE", "NETWORKING", "STORAGE"]),
                "",
                |thing| Value::text(thing.resource_class.as_deref()),
            ),
            Attribute::optional("resourceTypeId", String, "", |thing| {
                Value::text(thing.resource_type_id.as_deref())
            }),
            Attribute::optional("resourcePoolId", String, "", |thing| {
                Value::text(thing.resource_pool_id.as_deref())
            }),
            Attribute::optional("perceivedSeverity", Integer, "", |thing| {
                thing.perceived_severity.map_or(Value::Absent, Value::Integer)
            }),
            Attribute::optional("load", Number, "", |thing| {
                thing.load.map_or(Value::Absent, Value::Number)
            }),
            Attribute::optional("alarmAcknowledged", Boolean, "", |thing| {
                thing.alarm_acknowledged.map_or(Value::Absent, Value::Boolean)
            }),
            Attribute::optional("alarmRaisedTime", DateTime, "", |thing| {
                Value::time(thing.alarm_raised_time)
            }),
            Attribute::optional("tags", Array(&String), "", |thing| Value::array(&thing.tags)),
            Attribute::optional("elements", Array(&THING), "", |thing| Value::array(&thing.elements)),
            Attribute::required("required", Map, "", |thing| Value::Map(&thing.required)),
            Attribute::optional("site", Object(Shape::of::<Site>()), "", |thing| {
                Value::object(thing.site.as_ref())
            }),
            Attribute::optional("labels", Map, "", |thing| Value::labels(&thing.labels)),
            Attribute::optional("extensions", Map, "", |thing| Value::map(&thing.extensions)),
            Attribute::optional("note", Any, "", |thing| {
                thing.note.as_ref().map_or(Value::Absent, Value::Json)
            }),
        ];
        TABLE
    }
}

impl Attributes for Site {
    const NAME: &'static str = "Site";

    fn attributes() -> &'static [Attribute<Self>] {
        use AttributeKind::{Array, Map, String};
        static TABLE: &[Attribute<Site>] = &[
            Attribute::required("name", String, "", |site| AttributeValue::String(&site.name)),
            Attribute::optional("capacity", Map, "", |site| AttributeValue::map(&site.capacity)),
            Attribute::optional("racks", Array(&String), "", |site| AttributeValue::array(&site.racks)),
        ];
        TABLE
    }
}

/// A thing with this name and nothing else.
pub(crate) fn thing(name: &str) -> Thing {
    Thing {
        id: format!("id-{name}"),
        name: name.into(),
        ..Thing::default()
    }
}

/// The object of a `json!({…})`.
pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

/// Few different words, so that what is generated meets itself.
pub(crate) fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a"),
        Just("b"),
        Just("ab"),
        Just(""),
        Just("a,b"),
        Just("it's"),
        Just("1"),
        Just("true"),
        Just(" x "),
        Just("(;)"),
    ]
    .prop_map(str::to_owned)
}

pub(crate) fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("k8s.io/role"), Just("@key"), Just("~0,")].prop_map(str::to_owned)
}

fn free_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..4i64).prop_map(Value::from),
        Just(json!(1.5)),
        Just(json!(u64::MAX)),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((key(), inner), 0..3).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn free_map() -> impl Strategy<Value = Map<String, Value>> {
    vec((key(), free_value()), 0..4).prop_map(|entries| entries.into_iter().collect())
}

fn site() -> impl Strategy<Value = Site> {
    (word(), free_map(), vec(word(), 0..3)).prop_map(|(name, capacity, racks)| Site { name, capacity, racks })
}

fn flat_thing() -> impl Strategy<Value = Thing> {
    let scalars = (
        word(),
        option::of(word()),
        option::of(prop_oneof![Just("COMPUTE"), Just("STORAGE")]),
        option::of(0..4i64),
        option::of(prop_oneof![Just(0.5), Just(1.0), Just(2.0)]),
        option::of(any::<bool>()),
        option::of((0..4i64).prop_map(Timestamp::from_unix_seconds)),
    );
    let complex = (
        vec(word(), 0..3),
        free_map(),
        option::of(site()),
        btree_map(key(), word(), 0..3),
        free_map(),
        option::of(free_value()),
    );
    (scalars, complex).prop_map(|(scalars, complex)| {
        let (name, description, class, perceived_severity, load, alarm_acknowledged, alarm_raised_time) = scalars;
        let (tags, required, site, labels, extensions, note) = complex;
        Thing {
            id: name.clone(),
            name,
            description,
            resource_class: class.map(str::to_owned),
            perceived_severity,
            load,
            alarm_acknowledged,
            alarm_raised_time,
            tags,
            required,
            site,
            labels,
            extensions,
            note,
            ..Thing::default()
        }
    })
}

/// Things with elements that have elements.
pub(crate) fn any_thing() -> impl Strategy<Value = Thing> {
    flat_thing().prop_recursive(2, 8, 3, |inner| {
        (flat_thing(), vec(inner, 0..3)).prop_map(|(thing, elements)| Thing { elements, ..thing })
    })
}

/// Paths that mean something for a [`Thing`], to scalars, lists of scalars, and anything under maps.
pub(crate) fn any_path() -> impl Strategy<Value = String> {
    let own = prop_oneof![
        Just("name"),
        Just("description"),
        Just("resourceClass"),
        Just("perceivedSeverity"),
        Just("load"),
        Just("alarmAcknowledged"),
        Just("alarmRaisedTime"),
        Just("tags"),
        Just("site/name"),
        Just("site/racks"),
        Just("site/capacity/a"),
        Just("labels/a"),
        Just("labels/k8s.io~1role"),
        Just("labels/@key"),
        Just("extensions/a"),
        Just("extensions/b/a"),
        Just("extensions/~bkey"),
        Just("extensions/a/~00~a"),
        Just("extensions/@key"),
        Just("extensions/a/@key"),
        Just("note"),
        Just("note/a"),
        Just("note/@key"),
    ];
    (0..3usize, own).prop_map(|(depth, own)| "elements/".repeat(depth) + own)
}

pub(crate) fn kind(path: &Path) -> AttributeKind {
    resolve::<Thing>(path).unwrap().kind
}

fn literal(kind: AttributeKind) -> BoxedStrategy<String> {
    match kind {
        AttributeKind::Integer | AttributeKind::Number => {
            select(vec!["0", "1", "2", "0.5", "1e0"]).prop_map(Into::into).boxed()
        }
        AttributeKind::Boolean => any::<bool>().prop_map(|truth| truth.to_string()).boxed(),
        AttributeKind::DateTime => (0..4i64)
            .prop_map(|seconds| Timestamp::from_unix_seconds(seconds).to_string())
            .boxed(),
        AttributeKind::Enum(_) => select(vec!["COMPUTE", "STORAGE", "OTHER"]).prop_map(Into::into).boxed(),
        _ => prop_oneof![word(), select(vec!["0", "2", "1.5", "COMPUTE"]).prop_map(str::to_owned)].boxed(),
    }
}

/// A clause that can be bound to a [`Thing`].
pub(crate) fn any_predicate() -> impl Strategy<Value = Predicate> {
    predicate_on(any_path())
}

/// Clauses that can be bound to a [`Thing`]; often such as must be fulfilled by the same element.
pub(crate) fn any_clauses() -> impl Strategy<Value = Vec<Predicate>> {
    let tied = select(vec![
        "elements/alarmAcknowledged",
        "elements/perceivedSeverity",
        "elements/resourceClass",
        "elements/load",
    ]);
    prop_oneof![
        vec(any_predicate(), 0..4),
        vec(predicate_on(tied.prop_map(str::to_owned)), 2..4)
    ]
}

fn predicate_on(path: impl Strategy<Value = String>) -> impl Strategy<Value = Predicate> {
    path.prop_flat_map(|path| {
        let path = Path::parse(&path).unwrap();
        let kind = kind(&path);
        (Just(path), select(Operator::of_kind(kind)), vec(literal(kind), 1..4)).prop_map(
            |(path, operator, mut values)| {
                if !operator.takes_many() {
                    values.truncate(1);
                }
                Predicate::new(path, operator, values)
            },
        )
    })
}
