//! Writes of single objects, and their end.

use super::*;

#[test]
fn what_is_created_gets_its_metadata_from_the_server() {
    let server = lab();
    let mut sent = pool("a", 1);
    sent["metadata"]["uid"] = json!("mine");
    sent["status"] = json!({"ready": 7});
    let (status, created) = post(&server, POOLS, &sent);
    assert_eq!(status, 201);
    let metadata = &created["metadata"];
    assert_ne!(metadata["uid"], "mine");
    assert_eq!(
        (&metadata["namespace"], &metadata["generation"]),
        (&json!("default"), &json!(1))
    );
    assert!(
        metadata["creationTimestamp"]
            .as_str()
            .unwrap()
            .starts_with("2026-01-01T00:00:")
    );
    assert!(metadata["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(created["status"], Value::Null, "the status has an endpoint of its own");
    assert_eq!(get(&server, &format!("{POOLS}/a")).1, created);

    let (status, again) = post(&server, POOLS, &sent);
    assert_eq!((status, &again["reason"]), (409, &json!("AlreadyExists")));
    assert_eq!(again["message"], "pools.lab.example \"a\" already exists");
    assert_eq!(
        again["details"],
        json!({"name": "a", "group": "lab.example", "kind": "pools"})
    );
}

#[test]
fn names_are_made_where_they_are_wanted() {
    let server = lab();
    let sent = json!({"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": {"generateName": "a-"}});
    let (_, one) = post(&server, POOLS, &sent);
    let (_, other) = post(&server, POOLS, &sent);
    let name = one["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("a-") && name.len() == 7, "{name}");
    assert_ne!(one["metadata"]["name"], other["metadata"]["name"]);
}

#[test]
fn what_cannot_be_created_is_refused_as_the_real_server_does() {
    let server = lab();
    let elsewhere = "/apis/lab.example/v1/namespaces/none/pools";
    let mut foreign = pool("a", 1);
    foreign["metadata"]["namespace"] = json!("kube-system");
    let mut versioned = pool("a", 1);
    versioned["metadata"]["resourceVersion"] = json!("1");
    let nameless = json!({"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": {}});
    let kindless = json!({"metadata": {"name": "a"}});
    let old = json!({"apiVersion": "lab.example/v1beta1", "kind": "Pool", "metadata": {"name": "a"}});
    for (path, object, status, message) in [
        (elsewhere, &pool("a", 1), 404, "namespaces \"none\" not found"),
        (
            POOLS,
            &foreign,
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            POOLS,
            &versioned,
            500,
            "resourceVersion should not be set on objects to be created",
        ),
        (
            POOLS,
            &nameless,
            422,
            "Pool.lab.example \"\" is invalid: metadata.name: Required value: name or generateName is required",
        ),
        (
            POOLS,
            &kindless,
            400,
            "Pool in version \"v1\" cannot be handled as a Pool: unmarshalerDecoder: Object 'Kind' is missing in \
             '{\"metadata\":{\"name\":\"a\"}}'",
        ),
        (
            POOLS,
            &old,
            400,
            "the API version in the data (lab.example/v1beta1) does not match the expected API version (lab.example/v1)",
        ),
    ] {
        let (got, body) = post(&server, path, object);
        assert_eq!((got, &body["message"]), (status, &json!(message)));
        assert_eq!((&body["kind"], &body["code"]), (&json!("Status"), &json!(status)));
    }
    assert_eq!(post(&server, POOLS, &json!([1])).0, 400);
    let puddle = json!({"apiVersion": "lab.example/v1", "kind": "Puddle", "metadata": {"name": "a"}});
    let (status, body) = post(&server, POOLS, &puddle);
    assert_eq!((status, &body["details"]["causes"][0]["field"]), (422, &json!("kind")));
    assert_eq!(
        body["message"],
        "Puddle.lab.example \"a\" is invalid: kind: Invalid value: \"Puddle\": must be Pool"
    );
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
    assert_eq!(post(&server, NODES, &pod).0, 400);
}

#[test]
fn who_knows_an_old_version_only_cannot_write() {
    let server = lab();
    let mut mine = server.put(pool("a", 1));
    server.update("Pool", "default", "a", |pool| pool["spec"]["replicas"] = json!(2));
    mine["spec"]["replicas"] = json!(3);
    let path = format!("{POOLS}/a");
    let (status, body) = put(&server, &path, &mine);
    assert_eq!((status, &body["reason"]), (409, &json!("Conflict")));
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("the object has been modified")
    );
    let version = &mine["metadata"]["resourceVersion"];
    let change = json!({"metadata": {"resourceVersion": version}, "spec": {"replicas": 3}});
    assert_eq!(patch(&server, &path, MERGE, &change).0, 409);

    mine["metadata"]["resourceVersion"] = Value::Null;
    assert_eq!(put(&server, &path, &mine).0, 422, "custom resources want a version");
    mine["metadata"]["resourceVersion"] = get(&server, &path).1["metadata"]["resourceVersion"].clone();
    assert_eq!(put(&server, &path, &mine).1["spec"]["replicas"], 3);
    assert_eq!(put(&server, &format!("{POOLS}/b"), &pool("b", 1)).0, 404);
    mine["metadata"]["uid"] = json!("other");
    assert_eq!(put(&server, &path, &mine).0, 409);
    let (status, body) = patch(&server, &path, MERGE, &json!({"metadata": {"uid": "other"}}));
    assert_eq!(
        (status, &body["details"]["causes"][0]["field"]),
        (422, &json!("metadata.uid"))
    );
}

#[test]
fn generations_count_changes_of_intention() {
    let server = lab();
    server.put(pool("a", 1));
    let path = format!("{POOLS}/a");
    let write = |part: &str, change: Value| patch(&server, &format!("{path}{part}"), MERGE, &change).1;
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();

    let labelled = write("", json!({"metadata": {"labels": {"a": "b"}}}));
    assert_eq!(labelled["metadata"]["generation"], 1);
    let scaled = write("", json!({"spec": {"replicas": 2}, "status": {"ready": 2}}));
    assert_eq!(
        (&scaled["metadata"]["generation"], &scaled["status"]),
        (&json!(2), &Value::Null)
    );
    let reported = write("/status", json!({"spec": {"replicas": 9}, "status": {"ready": 2}}));
    assert_eq!(
        (&reported["metadata"]["generation"], &reported["spec"]["replicas"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(reported["status"], json!({"ready": 2}));
    let same = write("", json!({"spec": {"replicas": 2}}));
    assert_eq!(version(&same), version(&reported), "nothing has changed");
}

#[test]
fn all_versions_show_the_same_object() {
    let server = lab();
    server.put(pool("a", 1));
    let old = "/apis/lab.example/v1beta1/namespaces/default/pools/a";
    let (status, changed) = patch(&server, old, MERGE, &json!({"spec": {"replicas": 5}}));
    assert_eq!((status, &changed["apiVersion"]), (200, &json!("lab.example/v1beta1")));
    let (_, new) = get(&server, &format!("{POOLS}/a"));
    assert_eq!(
        (&new["apiVersion"], &new["spec"]["replicas"]),
        (&json!("lab.example/v1"), &json!(5))
    );
    let json_patch = json!([{"op": "replace", "path": "/spec/replicas", "value": 6}]);
    let (_, changed) = patch(&server, old, "application/json-patch+json", &json_patch);
    assert_eq!(changed["spec"]["replicas"], 6);
    assert_eq!(
        patch(&server, old, "application/strategic-merge-patch+json", &json!({})).0,
        415
    );
    assert_eq!(patch(&server, old, "application/json", &json!({})).0, 415);
}

#[test]
fn a_dry_run_changes_nothing() {
    let server = lab();
    server.put(pool("a", 1));
    let before = get(&server, POOLS).1;
    let path = format!("{POOLS}/a?dryRun=All");
    assert_eq!(post(&server, &format!("{POOLS}?dryRun=All"), &pool("b", 1)).0, 201);
    assert_eq!(
        patch(&server, &path, MERGE, &json!({"spec": {"replicas": 2}})).1["spec"]["replicas"],
        2
    );
    assert_eq!(delete(&server, &path, &Value::Null).0, 200);
    assert_eq!(
        delete(&server, &format!("{POOLS}/a"), &json!({"dryRun": ["All"]})).0,
        200
    );
    assert_eq!(delete(&server, &format!("{POOLS}?dryRun=All"), &Value::Null).0, 200);
    assert_eq!(get(&server, POOLS).1, before);
    let (status, body) = post(&server, &format!("{POOLS}?dryRun=Some"), &pool("b", 1));
    assert_eq!((status, &body["details"]["kind"]), (422, &json!("CreateOptions")));
}

#[test]
fn what_has_finalizers_waits_for_them() {
    let server = lab();
    let mut held = pool("a", 1);
    held["metadata"]["finalizers"] = json!(["lab.example/drain"]);
    server.put(held);
    let path = format!("{POOLS}/a");
    let (status, body) = delete(&server, &path, &Value::Null);
    assert_eq!((status, &body["kind"]), (200, &json!("Pool")));
    assert!(body["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(delete(&server, &path, &Value::Null).1, body, "once is enough");
    let add = json!({"metadata": {"finalizers": ["lab.example/drain", "more"]}});
    assert_eq!(patch(&server, &path, MERGE, &add).0, 422);
    assert_eq!(
        patch(&server, &path, MERGE, &json!({"metadata": {"finalizers": null}})).0,
        200
    );
    assert_eq!(get(&server, &path).0, 404);
}

#[test]
fn what_is_gone_is_answered_with_a_status() {
    let server = lab();
    let uid = server.put(pool("a", 1))["metadata"]["uid"].clone();
    let path = format!("{POOLS}/a");
    for (preconditions, status) in [
        (json!({"uid": "other"}), 409),
        (json!({"resourceVersion": "1"}), 409),
        (json!({"uid": uid}), 200),
    ] {
        let (got, body) = delete(&server, &path, &json!({"preconditions": preconditions}));
        assert_eq!(got, status, "{body}");
        if status == 409 {
            assert_eq!(
                (&body["reason"], &body["details"]["kind"]),
                (&json!("Conflict"), &json!("Pool"))
            );
        } else {
            assert_eq!((&body["status"], &body["details"]["uid"]), (&json!("Success"), &uid));
        }
    }
    let (status, body) = delete(&server, &path, &Value::Null);
    assert_eq!(
        (status, &body["message"]),
        (404, &json!("pools.lab.example \"a\" not found"))
    );
    assert_eq!(delete(&server, &path, &json!({"propagationPolicy": "Never"})).0, 422);
}

#[test]
fn collections_are_deleted_by_selector() {
    let server = lab();
    for (name, label) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut pool = pool(name, 1);
        pool["metadata"]["labels"] = json!({"l": label});
        server.put(pool);
    }
    let (status, list) = delete(&server, &format!("{POOLS}?labelSelector=l%3Dx"), &Value::Null);
    assert_eq!((status, names(&list)), (200, vec!["a", "c"]));
    assert_eq!(names(&get(&server, POOLS).1), ["b"]);
}

fn family(server: &ApiServer, finalizers: &Value) {
    let owner = server.put(pool("owner", 1));
    let mut child = pool("child", 1);
    child["metadata"]["ownerReferences"] = json!([{"name": "owner", "uid": owner["metadata"]["uid"]}]);
    child["metadata"]["finalizers"] = finalizers.clone();
    let child = server.put(child);
    let mut grandchild = pool("grandchild", 1);
    grandchild["metadata"]["ownerReferences"] = json!([{"name": "child", "uid": child["metadata"]["uid"]}]);
    server.put(grandchild);
}

#[test]
fn what_belongs_to_an_object_goes_with_it() {
    for (policy, held, left) in [
        ("Background", false, vec![]),
        ("Background", true, vec!["child", "grandchild"]),
        ("Foreground", false, vec![]),
        ("Foreground", true, vec!["child", "grandchild", "owner"]),
        ("Orphan", false, vec!["child", "grandchild"]),
    ] {
        let server = lab();
        let finalizers = if held { json!(["hold"]) } else { Value::Null };
        family(&server, &finalizers);
        let options = json!({"propagationPolicy": policy});
        assert_eq!(delete(&server, &format!("{POOLS}/owner"), &options).0, 200);
        assert_eq!(names(&get(&server, POOLS).1), left, "{policy} {held}");
        if policy == "Orphan" {
            let child = server.get("Pool", "default", "child").unwrap();
            assert_eq!(child["metadata"]["ownerReferences"], Value::Null);
        } else if held {
            server.update("Pool", "default", "child", |child| {
                child["metadata"]["finalizers"] = json!([]);
            });
            assert_eq!(names(&get(&server, POOLS).1), [""; 0], "{policy}");
        }
    }
}

#[test]
fn what_has_another_owner_stays() {
    let server = lab();
    let uids = ["a", "b"].map(|name| server.put(pool(name, 1))["metadata"]["uid"].clone());
    let mut child = pool("child", 1);
    child["metadata"]["ownerReferences"] = json!([{"uid": uids[0]}, {"uid": uids[1]}]);
    server.put(child);
    server.remove("Pool", "default", "a");
    let child = server.get("Pool", "default", "child").unwrap();
    assert_eq!(child["metadata"]["ownerReferences"], json!([{"uid": uids[1]}]));
    server.remove("Pool", "default", "b");
    assert_eq!(server.get("Pool", "default", "child"), None);
}

#[test]
fn namespaces_end_when_they_are_empty() {
    let server = lab();
    let mut held = pool("a", 1);
    held["metadata"]["namespace"] = json!("edge");
    held["metadata"]["finalizers"] = json!(["hold"]);
    server.put(held);
    server.put(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "edge"}}));

    let (status, body) = delete(&server, "/api/v1/namespaces/edge", &Value::Null);
    assert_eq!((status, &body["status"]["phase"]), (200, &json!("Terminating")));
    assert_eq!(server.get("Secret", "edge", "s"), None);
    let (status, body) = post(&server, "/apis/lab.example/v1/namespaces/edge/pools", &pool("b", 1));
    assert_eq!(
        (status, &body["details"]["causes"][0]["reason"]),
        (403, &json!("NamespaceTerminating"))
    );
    assert_eq!(get(&server, "/api/v1/namespaces/edge").0, 200);

    server.update("Pool", "edge", "a", |pool| pool["metadata"]["finalizers"] = Value::Null);
    assert_eq!(get(&server, "/api/v1/namespaces/edge").0, 404);
}

#[test]
fn controllers_are_told_of_each_change() {
    let server = lab();
    server.on_change(|server, change| {
        if change.kind == "Pool" && change.change != super::super::ChangeType::Deleted {
            let wanted = change.object["spec"]["replicas"].as_u64().unwrap();
            for number in 0..wanted {
                server.put(node(&format!("{}-{number}", change.name)));
            }
            server.update("Pool", "default", &change.name, |pool| {
                pool["status"] = json!({"replicas": wanted});
            });
        }
    });
    post(&server, POOLS, &pool("a", 3));
    assert_eq!(server.list("Node").len(), 3);
    assert_eq!(get(&server, &format!("{POOLS}/a")).1["status"], json!({"replicas": 3}));
}

#[test]
#[should_panic(expected = "do not come to rest")]
fn controllers_that_chase_each_other_fail_the_test() {
    let server = lab();
    server.on_change(|server, change| {
        let next = change.object["spec"]["replicas"].as_u64().unwrap() + 1;
        server.put(pool("a", next));
    });
    server.put(pool("a", 1));
}

#[test]
fn servers_are_deterministic_and_numbered_ones_differ() {
    let clock = crate::ManualClock::new();
    let uid = |server: &ApiServer| server.get("Namespace", "", "kube-system").unwrap()["metadata"]["uid"].clone();
    assert_eq!(uid(&ApiServer::new()), uid(&ApiServer::new()));
    assert_ne!(
        uid(&ApiServer::numbered(1, clock.clone())),
        uid(&ApiServer::numbered(2, clock.clone()))
    );
    let server = ApiServer::with_clock(clock.clone());
    clock.advance(std::time::Duration::from_millis(90_500));
    let node = server.put(node("a"));
    assert_eq!(node["metadata"]["creationTimestamp"], "2026-01-01T00:01:30Z");
}
