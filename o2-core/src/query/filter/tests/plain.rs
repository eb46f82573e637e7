//! Filters in plain parameters.

use serde_json::json;

use super::*;
use crate::query::testing::Site;

#[test]
fn plain_parameters_are_clauses() {
    let mut things = fixtures();
    things[0].labels = [("zone", "a"), ("k8s.io/role", "worker")]
        .map(|(key, value)| (key.into(), value.into()))
        .into();
    things[0].extensions.insert("kubernetes.nodeName".into(), json!("n1"));
    things[1].site = Some(Site {
        name: "dallas".into(),
        ..Site::default()
    });
    for (raw, expected) in [
        ("resourcePoolId=p1", vec!["node", "disk"]),
        ("resourcePoolId=p1&name=pool-1", vec!["node"]),
        ("name=pool-1&name=%20x", vec!["node", "switch"]),
        ("perceivedSeverity=1.0", vec!["disk"]),
        ("alarmAcknowledged=false", vec!["disk"]),
        ("alarmRaisedTime=2026-06-01T02:00:00+02:00", vec!["node"]),
        ("tags=gpu", vec!["node"]),
        ("site.name=dallas", vec!["disk"]),
        ("site/name=dallas", vec!["disk"]),
        ("extensions.cpu=32", vec!["node"]),
        ("extensions.kubernetes.nodeName=n1", vec!["node"]),
        ("extensions/labels/zone=c", vec!["disk"]),
        ("labels=zone:a,k8s.io/role:worker", vec!["node"]),
        ("labels=zone:a&labels=k8s.io/role:other", vec![]),
        ("labels.zone=a", vec!["node"]),
        ("description=", vec!["switch"]),
        ("filter=(eq,resourcePoolId,p1)&resourceClass=STORAGE", vec!["disk"]),
    ] {
        check(&things, raw, &expected);
    }
    for (raw, expected) in [
        (
            "colour=red",
            "colour: neither an attribute nor a parameter of the list (known: id, name,",
        ),
        (
            "nmae=x",
            "nmae: neither an attribute nor a parameter of the list; did you mean 'name'?",
        ),
        (
            "site.nmae=x",
            "site.nmae: unknown attribute 'nmae' of 'site'; did you mean 'name'?",
        ),
        (
            "perceivedSeverity=high",
            "perceivedSeverity: 'perceivedSeverity': 'high' is not a number",
        ),
        (
            "alarmAcknowledged=yes",
            "alarmAcknowledged: 'alarmAcknowledged': 'yes' is not a Boolean",
        ),
        ("extensions=x", "extensions: 'extensions' is of type Map, not a scalar"),
        ("labels=zone", "labels: 'zone' is not a label, key:value"),
        ("labels=:a", "labels: an attribute name is missing"),
        ("=x", ": an attribute name is missing"),
        ("name.x=1", "name.x: 'name' is of type String and has nothing below it"),
    ] {
        check_error(raw, expected);
    }
    let many: Vec<String> = (0..65).map(|index| format!("extensions.k{index}=x")).collect();
    check_error(&many.join("&"), "the query filters by 65 parameters, at most 64");
}
