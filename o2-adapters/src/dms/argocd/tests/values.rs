//! Values of each tool: read, written, and the number of replicas in them.

use serde_json::{Value, json};

use crate::dms::argocd::source::Source;
use crate::dms::argocd::values::{Replicas, Tool, set_values, values};

fn source(one: Value) -> Source {
    Source::of(&json!({"source": one})).unwrap()
}

fn map(value: Value) -> o2_core::Extensions {
    value.as_object().cloned().unwrap()
}

#[test]
fn parameters_are_seen_in_the_values() {
    let helm = |helm: Value| source(json!({"chart": "web", "helm": helm}));
    for (given, expected) in [
        (json!({}), json!({})),
        (json!({"valuesObject": {"a": 1}}), json!({"a": 1})),
        (json!({"values": "a: 1\nb: [x]\n"}), json!({"a": 1, "b": ["x"]})),
        (json!({"values": "a: 1", "valuesObject": {"b": 2}}), json!({"b": 2})),
        (
            json!({"valuesObject": {"web": {"count": 1, "tag": "x"}}, "parameters": [
                {"name": "web.count", "value": "3"},
                {"name": "web.name", "value": "3", "forceString": true},
                {"name": "sites[1].on", "value": "true"},
                {"name": "code", "value": "007"},
                {"name": "gone", "value": "null"},
            ]}),
            json!({"web": {"count": 3, "tag": "x", "name": "3"}, "sites": [null, {"on": true}], "code": "007"}),
        ),
    ] {
        assert_eq!(
            Value::Object(values(&helm(given.clone()), Tool::Helm)),
            expected,
            "{given}"
        );
    }
}

#[test]
fn values_are_written_so_that_they_are_what_is_seen() {
    let before = json!({
        "repoURL": "https://charts.example", "chart": "web", "helm": {
            "releaseName": "a", "valueFiles": ["edge.yaml"], "values": "old: 1", "valuesObject": {"tag": "1"},
            "parameters": [
                {"name": "count", "value": "1"},
                {"name": "same", "value": "x"},
                {"name": "gone", "value": "y"},
                {"name": "deep", "value": "z"},
                {"name": "text", "value": "1", "forceString": true},
            ],
        },
    });
    let wanted = json!({"tag": "2", "count": 5, "same": "x", "deep": {"er": true}, "text": "2"});
    let mut changed = source(before);
    set_values(&mut changed, Tool::Helm, &map(wanted.clone())).unwrap();
    assert_eq!(Value::Object(values(&changed, Tool::Helm)), wanted);
    assert_eq!(
        changed.spec()["source"],
        json!({
            "repoURL": "https://charts.example", "chart": "web", "helm": {
                "releaseName": "a", "valueFiles": ["edge.yaml"], "valuesObject": wanted,
                "parameters": [
                    {"name": "count", "value": "5"},
                    {"name": "same", "value": "x"},
                    {"name": "text", "value": "2", "forceString": true},
                ],
            },
        })
    );
}

#[test]
fn each_tool_has_its_own_values() {
    let kustomize = json!({"path": "a", "kustomize": {"version": "v5", "images": ["a=b"], "namePrefix": "x-"}});
    let mut changed = source(kustomize);
    assert_eq!(Tool::of(&changed, ""), Tool::Kustomize);
    assert_eq!(
        Value::Object(values(&changed, Tool::Kustomize)),
        json!({"images": ["a=b"], "namePrefix": "x-"})
    );
    set_values(&mut changed, Tool::Kustomize, &map(json!({"images": ["a=c"]}))).unwrap();
    assert_eq!(
        changed.spec()["source"]["kustomize"],
        json!({"version": "v5", "images": ["a=c"]})
    );
    for (tool, wrong, at) in [
        (Tool::Kustomize, json!({"replicaCount": 1}), "values.replicaCount: "),
        (Tool::Other, json!({"a": 1}), "values: "),
        (Tool::Helm, json!({"a": {"b": null}}), "values.a.b: "),
    ] {
        let error = set_values(&mut changed, tool, &map(wrong)).unwrap_err();
        assert!(error.message().starts_with(at), "{error}");
    }
    assert!(set_values(&mut changed, Tool::Other, &map(json!({}))).is_ok());
}

#[test]
fn tools_are_found_out() {
    for (one, found, expected) in [
        (json!({"chart": "a"}), "", Tool::Helm),
        (
            json!({"path": "a", "helm": {"releaseName": "x"}}),
            "Kustomize",
            Tool::Helm,
        ),
        (json!({"path": "a", "directory": {"recurse": true}}), "", Tool::Other),
        (json!({"path": "a"}), "Helm", Tool::Helm),
        (json!({"path": "a"}), "Kustomize", Tool::Kustomize),
        (json!({"path": "a"}), "Directory", Tool::Other),
        (json!({"path": "a"}), "", Tool::Other),
    ] {
        assert_eq!(Tool::of(&source(one.clone()), found), expected, "{one}");
    }
}

#[test]
fn replicas_are_where_somebody_says() {
    let helm = Replicas {
        tool: Tool::Helm,
        of: "web.replicas".to_owned(),
    };
    let kustomize = Replicas {
        tool: Tool::Kustomize,
        of: "web".to_owned(),
    };
    let chart = map(json!({"web": {"replicas": 2, "tag": "x"}}));
    let overlay = map(json!({"replicas": [{"name": "db", "count": 1}, {"name": "web", "count": 2}]}));
    for (replicas, before, after) in [
        (&helm, &chart, json!({"web": {"replicas": 5, "tag": "x"}})),
        (
            &kustomize,
            &overlay,
            json!({"replicas": [{"name": "db", "count": 1}, {"name": "web", "count": 5}]}),
        ),
    ] {
        assert_eq!(replicas.count(before), Some(2));
        assert_eq!(Value::Object(replicas.set(before, 5).unwrap()), after);
    }
    assert_eq!(helm.count(&map(json!({}))), None);
    for (wrong, valid) in [
        (json!(-1), false),
        (json!("2"), false),
        (json!(11), false),
        (json!(10), true),
    ] {
        let values = map(json!({"web": {"replicas": wrong}}));
        assert_eq!(helm.check(&values, 10).is_ok(), valid, "{values:?}");
    }
}
