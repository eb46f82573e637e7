//! Server-side apply: who owns what, and who may change it.

use super::*;

const APPLY: &str = "application/apply-patch+yaml";

fn apply(server: &ApiServer, manager: &str, query: &str, spec: Value) -> (u16, Value) {
    let object = json!({"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": {"name": "a"}, "spec": spec});
    patch(
        server,
        &format!("{POOLS}/a?fieldManager={manager}{query}"),
        APPLY,
        &object,
    )
}

fn spec(server: &ApiServer) -> Value {
    server.get("Pool", "default", "a").unwrap()["spec"].clone()
}

fn owners(server: &ApiServer) -> Vec<(String, Value)> {
    let object = server.get("Pool", "default", "a").unwrap();
    let entries = object["metadata"]["managedFields"].as_array().unwrap().clone();
    let owner = |entry: Value| {
        let what = format!(
            "{} {}",
            entry["manager"].as_str().unwrap(),
            entry["operation"].as_str().unwrap()
        );
        (what, entry["fieldsV1"]["f:spec"].clone())
    };
    entries.into_iter().map(owner).collect()
}

#[test]
fn the_first_application_creates_and_the_same_again_changes_nothing() {
    let server = lab();
    let (status, created) = apply(&server, "o2", "", json!({"replicas": 1}));
    assert_eq!((status, &created["metadata"]["generation"]), (201, &json!(1)));
    let entry = &created["metadata"]["managedFields"][0];
    assert_eq!(
        (&entry["manager"], &entry["operation"]),
        (&json!("o2"), &json!("Apply"))
    );
    assert_eq!(
        (&entry["apiVersion"], &entry["fieldsType"]),
        (&json!("lab.example/v1"), &json!("FieldsV1"))
    );
    let (status, again) = apply(&server, "o2", "", json!({"replicas": 1}));
    assert_eq!((status, &again), (200, &created));
    assert_eq!(
        apply(&server, "o2", "&dryRun=All", json!({"replicas": 2})).1["spec"]["replicas"],
        2
    );
    assert_eq!(spec(&server), json!({"replicas": 1}));
}

#[test]
fn what_a_manager_no_longer_says_goes_and_what_others_own_stays() {
    let server = lab();
    apply(
        &server,
        "o2",
        "",
        json!({"replicas": 1, "deep": {"a": 1, "b": 2}, "list": [1]}),
    );
    apply(&server, "other", "", json!({"deep": {"b": 2, "c": 3}}));
    let (status, _) = apply(&server, "o2", "", json!({"replicas": 2}));
    assert_eq!(
        (status, spec(&server)),
        (200, json!({"replicas": 2, "deep": {"b": 2, "c": 3}}))
    );
    apply(&server, "other", "", json!({}));
    assert_eq!(spec(&server), json!({"replicas": 2}));
    assert_eq!(owners(&server), [("o2 Apply".to_owned(), json!({"f:replicas": {}}))]);
}

#[test]
fn what_somebody_else_owns_is_changed_by_force_alone() {
    let server = lab();
    apply(&server, "o2", "", json!({"replicas": 1, "x": 1}));
    assert_eq!(apply(&server, "other", "", json!({"replicas": 1})).0, 200, "they agree");
    let (status, refused) = apply(&server, "other", "", json!({"replicas": 2}));
    assert_eq!((status, &refused["reason"]), (409, &json!("Conflict")));
    assert_eq!(
        refused["message"],
        "Apply failed with 1 conflict: conflict with \"o2\": .spec.replicas"
    );
    let cause = json!({
        "reason": "FieldManagerConflict",
        "message": "conflict with \"o2\"",
        "field": ".spec.replicas",
    });
    assert_eq!(refused["details"], json!({"causes": [cause]}));
    let (_, refused) = apply(&server, "other", "", json!({"replicas": 2, "x": 2}));
    let message = "Apply failed with 2 conflicts: conflicts with \"o2\":\n- .spec.replicas\n- .spec.x";
    assert_eq!(refused["message"], message);

    assert_eq!(apply(&server, "other", "&force=true", json!({"replicas": 2})).0, 200);
    let (mine, others) = (json!({"f:x": {}}), json!({"f:replicas": {}}));
    assert_eq!(
        owners(&server),
        [("o2 Apply".to_owned(), mine), ("other Apply".to_owned(), others)]
    );
    assert_eq!(apply(&server, "o2", "", json!({"replicas": 1, "x": 1})).0, 409);
}

#[test]
fn who_writes_otherwise_owns_what_changes() {
    let server = lab();
    apply(&server, "o2", "", json!({"replicas": 1, "x": 1}));
    let request = Request::patch(format!("{POOLS}/a")).header("content-type", MERGE);
    let request = request.header("user-agent", "kubectl/v1.35.0 (linux/amd64)");
    send(&server, request, &json!({"spec": {"replicas": 5, "x": 1}}));
    assert_eq!(
        owners(&server),
        [
            ("o2 Apply".to_owned(), json!({"f:x": {}})),
            ("kubectl Update".to_owned(), json!({"f:replicas": {}})),
        ]
    );
    let (status, refused) = apply(&server, "o2", "", json!({"replicas": 1, "x": 1}));
    assert_eq!(status, 409);
    let message = "Apply failed with 1 conflict: conflict with \"kubectl\" using lab.example/v1: .spec.replicas";
    assert_eq!(refused["message"], message);
    server.update("Pool", "default", "a", |pool| pool["spec"] = json!({"x": 1}));
    assert_eq!(
        apply(&server, "o2", "", json!({"replicas": 1, "x": 1})).0,
        200,
        "nobody owns what is gone"
    );
}

#[test]
fn status_and_main_are_applied_apart() {
    let server = lab();
    apply(&server, "o2", "", json!({"replicas": 1}));
    let said = json!({
        "apiVersion": "lab.example/v1",
        "kind": "Pool",
        "metadata": {"name": "a", "labels": {"a": "b"}},
        "spec": {"replicas": 9},
        "status": {"ready": 1},
    });
    let (status, object) = patch(&server, &format!("{POOLS}/a/status?fieldManager=o2"), APPLY, &said);
    assert_eq!(
        (status, &object["status"], &object["spec"]["replicas"]),
        (200, &json!({"ready": 1}), &json!(1))
    );
    assert_eq!(object["metadata"]["labels"], Value::Null);
    assert_eq!(object["metadata"]["managedFields"][1]["subresource"], "status");
    let (_, object) = apply(&server, "o2", "", json!({"replicas": 2}));
    assert_eq!(
        (&object["status"], &object["spec"]["replicas"]),
        (&json!({"ready": 1}), &json!(2))
    );
}

#[test]
fn what_cannot_be_applied_is_refused() {
    let server = lab();
    let path = format!("{POOLS}/a");
    let mut object = pool("a", 1);
    assert_eq!(patch(&server, &path, APPLY, &object).0, 422, "without a manager");
    let path = format!("{path}?fieldManager=o2");
    object["metadata"]["uid"] = json!("7");
    assert_eq!(patch(&server, &path, APPLY, &object).0, 409, "there is none");
    object["metadata"] = json!({"resourceVersion": "7"});
    assert_eq!(patch(&server, &path, APPLY, &object).0, 201, "the path says the name");
    let (status, body) = patch(&server, &path, APPLY, &pool("b", 2));
    assert_eq!(status, 400, "{body}");
    object["metadata"] = json!({"name": "a", "managedFields": []});
    assert_eq!(patch(&server, &path, APPLY, &object).0, 400);
    object["metadata"] = json!({"name": "a", "resourceVersion": "1"});
    assert_eq!(patch(&server, &path, APPLY, &object).0, 409);
    assert_eq!(patch(&server, &path, APPLY, &json!({"metadata": {"name": "a"}})).0, 400);
}

#[test]
fn tests_apply_for_others() {
    let server = lab();
    apply(&server, "o2", "", json!({"replicas": 1}));
    server.apply("argocd-controller", pool("a", 4));
    let (status, refused) = apply(&server, "o2", "", json!({"replicas": 1}));
    assert_eq!(
        (status, &refused["details"]["causes"][0]["field"]),
        (409, &json!(".spec.replicas"))
    );
    assert_eq!(spec(&server), json!({"replicas": 4}));
}

#[test]
fn who_applies_is_the_same_in_all_versions() {
    let server = lab();
    apply(&server, "o2", "", json!({"replicas": 1}));
    let mut old = pool("a", 2);
    old["apiVersion"] = json!("lab.example/v1beta1");
    let path = "/apis/lab.example/v1beta1/namespaces/default/pools/a?fieldManager=o2";
    assert_eq!(patch(&server, path, APPLY, &old).0, 200);
    assert_eq!(owners(&server).len(), 1);
    let (status, body) = patch(&server, path, APPLY, &pool("a", 2));
    assert_eq!(status, 400);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .starts_with("Incorrect version specified in apply patch.")
    );
}
