//! What filters mean, as tables of query strings and the things they find.

mod code;
mod plain;
mod text;

use serde_json::json;

use super::*;
use crate::ErrorKind;
use crate::Timestamp;
use crate::query::testing::{Thing, map, thing};

/// The ids of the things that the filter in this query string lets through.
fn found(things: &[Thing], raw: &str) -> Result<Vec<String>> {
    let params = Params::parse(raw)?;
    let filter = Filter::parse(params.get("filter").unwrap_or(""))?;
    let matcher = filter
        .and(Filter::from_params::<Thing>(&params, &["filter"])?)
        .bind::<Thing>()?;
    let hits = things.iter().filter(|thing| matcher.matches(thing));
    Ok(hits.map(|thing| thing.id.clone()).collect())
}

#[track_caller]
fn check(things: &[Thing], raw: &str, expected: &[&str]) {
    assert_eq!(found(things, raw).unwrap(), expected, "{raw}");
}

#[track_caller]
fn check_error(raw: &str, expected: &str) {
    let error = found(&[], raw).unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{raw}");
    assert!(error.message().starts_with(expected), "{raw}: {error}");
}

fn time(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

fn text(text: &str) -> Option<String> {
    Some(text.into())
}

fn fixtures() -> Vec<Thing> {
    let with_id = |id: &str, thing: Thing| Thing { id: id.into(), ..thing };
    vec![
        with_id(
            "node",
            Thing {
                description: text("worker node, Ethernet"),
                resource_class: text("COMPUTE"),
                resource_type_id: text("rt-1"),
                resource_pool_id: text("p1"),
                perceived_severity: Some(0),
                alarm_acknowledged: Some(true),
                alarm_raised_time: time("2026-06-01T00:00:00Z"),
                tags: vec!["gpu".into(), "sriov".into()],
                elements: vec![
                    Thing {
                        resource_type_id: text("nic"),
                        description: text("eth0"),
                        ..thing("nic-0")
                    },
                    Thing {
                        resource_type_id: text("disk"),
                        description: text("eth1"),
                        ..thing("disk-0")
                    },
                ],
                extensions: map(json!({
                    "cpu": 32, "ready": true, "note": "it's (new)", "a~b": 1,
                    "labels": {"k8s.io/role": "worker", "zone": "a,b", "@key": "x"},
                })),
                ..thing("pool-1")
            },
        ),
        with_id(
            "disk",
            Thing {
                description: text("test disk, Fibre"),
                resource_class: text("STORAGE"),
                resource_type_id: text("rt-3"),
                resource_pool_id: text("p1"),
                perceived_severity: Some(1),
                alarm_acknowledged: Some(false),
                alarm_raised_time: time("2025-12-31T21:59:59Z"),
                tags: vec!["ssd".into()],
                elements: vec![Thing {
                    resource_type_id: text("nic"),
                    description: text("eth1"),
                    ..thing("nic-1")
                }],
                extensions: map(json!({"cpu": "032", "labels": {"zone": "c"}})),
                ..thing("a;b")
            },
        ),
        with_id(
            "switch",
            Thing {
                description: text(""),
                resource_class: text("NETWORKING"),
                resource_type_id: text("rt-2"),
                perceived_severity: Some(2),
                ..thing(" x")
            },
        ),
    ]
}
