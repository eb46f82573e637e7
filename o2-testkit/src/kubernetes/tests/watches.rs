//! Watches: what they tell, and how they end.

use super::*;

fn version(server: &ApiServer) -> String {
    get(server, NODES).1["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn everything_is_told_first_and_changes_as_they_come() {
    let server = ApiServer::new();
    server.put_all([node("a"), node("b")]);
    let mut events = watch(&server, &format!("{NODES}?watch=1"));
    assert_eq!(told(&mut events), ["ADDED a", "ADDED b"]);
    server.update("Node", "", "a", |node| node["spec"]["providerID"] = json!("x"));
    server.update("Node", "", "a", |_| {});
    post(&server, NODES, &node("c"));
    delete(&server, &format!("{NODES}/b"), &Value::Null);
    server.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}));
    assert_eq!(told(&mut events), ["MODIFIED a", "ADDED c", "DELETED b"]);
    assert_eq!(told(&mut events), [""; 0]);
}

#[test]
fn a_watch_goes_on_where_a_list_was_made() {
    let server = ApiServer::new();
    server.put(node("a"));
    let version = version(&server);
    server.put(node("b"));
    server.remove("Node", "", "a");
    let mut events = watch(&server, &format!("{NODES}?watch=true&resourceVersion={version}"));
    assert_eq!(told(&mut events), ["ADDED b", "DELETED a"]);
    server.put(node("c"));
    assert_eq!(told(&mut events), ["ADDED c"]);
}

#[test]
fn selectors_make_additions_and_deletions_of_changes() {
    let server = ApiServer::new();
    server.put_all([node("a"), node("b")]);
    let mut events = watch(
        &server,
        &format!(
            "{NODES}?watch=1&labelSelector=edge&resourceVersion={}",
            version(&server)
        ),
    );
    let mut named = watch(&server, &format!("{NODES}?watch=1&fieldSelector=metadata.name%3Da"));
    let label = |value: Value| server.update("Node", "", "a", |node| node["metadata"]["labels"] = value);
    label(json!({"edge": "1"}));
    label(json!({"edge": "2"}));
    label(json!({}));
    label(json!({"other": "1"}));
    assert_eq!(told(&mut events), ["ADDED a", "MODIFIED a", "DELETED a"]);
    label(json!({"edge": "3"}));
    server.remove("Node", "", "a");
    assert_eq!(told(&mut events), ["ADDED a", "DELETED a"]);
    assert_eq!(told(&mut named).len(), 7);
}

#[test]
fn what_stops_to_match_is_told_as_it_was_with_the_version_of_the_change() {
    let server = ApiServer::new();
    let mut matching = node("a");
    matching["metadata"]["labels"] = json!({"edge": "1"});
    server.put(matching);
    let mut events = watch(
        &server,
        &format!(
            "{NODES}?watch=1&labelSelector=edge&resourceVersion={}",
            version(&server)
        ),
    );
    let now = server.update("Node", "", "a", |node| node["metadata"]["labels"] = json!({}));
    let line = block_on(events.next()).unwrap().unwrap();
    let event: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(event["type"], "DELETED");
    assert_eq!(event["object"]["metadata"]["labels"], json!({"edge": "1"}));
    assert_eq!(
        event["object"]["metadata"]["resourceVersion"],
        now["metadata"]["resourceVersion"]
    );
    assert_eq!(event["object"]["kind"], "Node");
}

#[test]
fn namespaces_bound_watches() {
    let server = lab();
    let mut here = watch(&server, &format!("{POOLS}?watch=1"));
    let mut everywhere = watch(&server, "/apis/lab.example/v1beta1/pools?watch=1");
    let mut elsewhere = pool("b", 1);
    elsewhere["metadata"]["namespace"] = json!("edge");
    server.put_all([pool("a", 1), elsewhere]);
    assert_eq!(told(&mut here), ["ADDED a"]);
    assert_eq!(told(&mut everywhere), ["ADDED a", "ADDED b"]);
}

#[test]
fn bookmarks_are_for_those_who_want_them() {
    let server = ApiServer::new();
    let mut without = watch(&server, &format!("{NODES}?watch=1"));
    let mut with = watch(&server, &format!("{NODES}?watch=1&allowWatchBookmarks=true"));
    server.put(node("a"));
    server.bookmark();
    let version = version(&server);
    assert_eq!(told(&mut without), ["ADDED a"]);
    assert_eq!(told(&mut with), ["ADDED a".to_owned(), format!("BOOKMARK {version}")]);
    let streaming = "watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
    let mut streaming = watch(&server, &format!("{NODES}?{streaming}"));
    assert_eq!(
        told(&mut streaming),
        ["ADDED a".to_owned(), format!("BOOKMARK {version}")]
    );
}

#[test]
fn forgotten_versions_are_told_in_the_stream() {
    let server = ApiServer::new();
    let old = version(&server);
    let mut open = watch(&server, &format!("{NODES}?watch=1"));
    server.forget();
    let mut events = watch(&server, &format!("{NODES}?watch=1&resourceVersion={old}"));
    assert_eq!(told(&mut events), ["ERROR 410", "end"]);
    let mut fresh = watch(
        &server,
        &format!("{NODES}?watch=1&resourceVersion={}", version(&server)),
    );
    server.put(node("a"));
    assert_eq!(told(&mut fresh), ["ADDED a"]);
    assert_eq!(told(&mut open), ["ADDED a"], "open watches go on");
}

#[test]
fn watches_end_when_they_are_ended() {
    let server = ApiServer::new();
    let target = format!("{NODES}?watch=1");
    let mut events = watch(&server, &target);
    server.put(node("a"));
    server.disconnect_watches();
    server.put(node("b"));
    assert_eq!(told(&mut events), ["ADDED a", "end"], "what came before is told");
    assert_eq!(told(&mut events), ["end"]);
    let mut next = watch(&server, &format!("{target}&resourceVersion=1"));
    assert_eq!(
        told(&mut next),
        ["ADDED a", "ADDED b"],
        "not ended by what ended others"
    );
    server.break_watches();
    assert_eq!(told(&mut next), ["connection reset by peer", "end"]);
}

#[test]
fn those_who_wait_are_woken() {
    let server = ApiServer::new();
    let mut events = watch(&server, &format!("{NODES}?watch=1"));
    let writer = server.clone();
    let both = async {
        let write = async { writer.put(node("a")) };
        futures::join!(events.next(), write).0
    };
    let line = block_on(both).unwrap().unwrap();
    assert!(line.ends_with(b"\n"));
}

#[test]
fn the_end_of_an_object_is_told_as_it_comes() {
    let server = lab();
    let mut events = watch(&server, &format!("{POOLS}?watch=1"));
    let mut held = pool("a", 1);
    held["metadata"]["finalizers"] = json!(["a.b/c"]);
    let owner = server.put(held);
    let mut child = pool("child", 1);
    child["metadata"]["ownerReferences"] = json!([{"uid": owner["metadata"]["uid"]}]);
    server.put(child);
    let path = format!("{POOLS}/a");
    delete(&server, &path, &json!({"propagationPolicy": "Orphan"}));
    assert_eq!(
        told(&mut events),
        ["ADDED a", "ADDED child", "MODIFIED a", "MODIFIED child", "MODIFIED a"]
    );
    let version = get(&server, &path).1["metadata"]["resourceVersion"].clone();
    let (_, last) = patch(&server, &path, MERGE, &json!({"metadata": {"finalizers": null}}));
    assert_eq!(
        last["metadata"]["resourceVersion"], version,
        "it is not written once more"
    );
    assert_eq!(told(&mut events), ["DELETED a"]);
}
