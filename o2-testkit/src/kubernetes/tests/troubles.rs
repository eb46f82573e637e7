//! What goes wrong when a test wants it.

use super::super::{ApiTrouble, Status};
use super::*;
use crate::conformance::Trouble;

#[test]
fn troubles_of_the_whole_server_concern_requests_and_watches() {
    let server = ApiServer::new();
    let ask = || server.handle(Request::get(NODES).body(Bytes::new()).unwrap());
    let begin = || watch(&server, &format!("{NODES}?watch=1"));

    let mut events = begin();
    server.set_trouble(Some(ApiTrouble::Down));
    assert_eq!(
        block_on(ask()).unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    assert_eq!(told(&mut events), ["connection reset by peer", "end"]);

    server.set_trouble(None);
    let mut events = begin();
    server.set_trouble(Some(ApiTrouble::Denied));
    let (status, body) = get(&server, NODES);
    assert_eq!((status, &body["message"]), (401, &json!("Unauthorized")));
    assert_eq!(told(&mut events), ["end"]);

    server.set_trouble(None);
    let mut events = begin();
    server.set_trouble(Some(ApiTrouble::Hanging));
    assert!(ask().now_or_never().is_none());
    server.put(node("a"));
    assert_eq!(told(&mut events), [""; 0]);
    server.set_trouble(None);
    assert_eq!(told(&mut events), ["ADDED a"]);
    assert_eq!(get(&server, NODES).0, 200);
}

#[test]
fn tokens_are_asked_for() {
    let server = ApiServer::new();
    let ask = |token: &str| {
        let request = Request::get(NODES).header("authorization", format!("Bearer {token}"));
        send(&server, request, &Value::Null).0
    };
    server.require_token("t");
    assert_eq!((get(&server, NODES).0, ask("t"), ask("u")), (401, 200, 401));
    server.require_token("u");
    assert_eq!((ask("t"), ask("u")), (401, 200));
}

#[test]
fn what_is_not_permitted_is_forbidden_in_the_real_words() {
    let server = lab();
    server.put(pool("a", 1));
    server.deny("pools", &["list", "watch", "delete"]);
    server.deny("nodes", &["*"]);
    let all = "/apis/lab.example/v1/pools";
    let user = "User \"system:serviceaccount:o2:ims\"";
    for (path, message) in [
        (
            all.to_owned(),
            format!(
                "pools.lab.example is forbidden: {user} cannot list resource \"pools\" in API group \"lab.example\" at \
                 the cluster scope"
            ),
        ),
        (
            format!("{POOLS}?watch=1"),
            format!(
                "pools.lab.example is forbidden: {user} cannot watch resource \"pools\" in API group \"lab.example\" in \
                 the namespace \"default\""
            ),
        ),
        (
            format!("{NODES}/a"),
            format!(
                "nodes \"a\" is forbidden: {user} cannot get resource \"nodes\" in API group \"\" at the cluster scope"
            ),
        ),
    ] {
        let (status, body) = get(&server, &path);
        assert_eq!((status, &body["reason"]), (403, &json!("Forbidden")));
        assert_eq!(body["message"], message);
    }
    assert_eq!(get(&server, &format!("{POOLS}/a")).0, 200);
    assert_eq!(delete(&server, &format!("{POOLS}/a"), &Value::Null).0, 403);
    server.permit_all();
    assert_eq!(delete(&server, &format!("{POOLS}/a"), &Value::Null).0, 200);
}

#[test]
fn so_many_requests_fail() {
    let server = ApiServer::new();
    server.fail_next(2, |request| request.path() == NODES, Status::too_many_requests(3));
    assert_eq!(get(&server, "/api/v1/pods").0, 200);
    let request = Request::get(NODES).body(Bytes::new()).unwrap();
    let response = block_on(server.handle(request)).unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "3");
    let (status, body) = get(&server, NODES);
    assert_eq!((status, &body["details"]["retryAfterSeconds"]), (429, &json!(3)));
    assert_eq!(get(&server, NODES).0, 200);
}

#[test]
fn odd_objects_are_in_each_list_once() {
    let server = lab();
    server.put_all([node("p"), node("q")]);
    server.odd("Node");
    server.odd("Pool");
    assert_eq!(names(&get(&server, &format!("{NODES}?labelSelector=x")).1), ["odd"]);
    let (_, first) = get(&server, &format!("{NODES}?limit=2"));
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = get(&server, &format!("{NODES}?limit=2&continue={token}"));
    assert_eq!((names(&first), names(&second)), (vec!["p", "q"], vec!["odd"]));
    assert_eq!(second["items"][0]["spec"], "odd");
    assert_eq!(
        get(&server, "/apis/lab.example/v1/namespaces/edge/pools").1["items"][0]["metadata"]["namespace"],
        "edge"
    );
    assert_eq!(
        told(&mut watch(&server, &format!("{NODES}?watch=1"))),
        ["ADDED p", "ADDED q", "ADDED odd"]
    );
    server.no_odd();
    assert_eq!(names(&get(&server, NODES).1), ["p", "q"]);
}

#[test]
fn requests_are_remembered() {
    let server = ApiServer::new();
    get(&server, &format!("{NODES}?limit=1"));
    server.set_trouble(Some(ApiTrouble::Denied));
    get(&server, NODES);
    let requests: Vec<_> = server.requests().iter().map(ToString::to_string).collect();
    assert_eq!(requests, ["GET /api/v1/nodes?limit=1", "GET /api/v1/nodes"]);
    server.clear_requests();
    assert!(server.requests().is_empty());
}

#[test]
fn troubles_of_conformance_suites_come_and_go() {
    let server = ApiServer::new();
    server.put(node("a"));
    let target = format!("{NODES}?watch=1&resourceVersion=1");
    let ask = |server: &ApiServer| {
        let answer = server
            .handle(Request::get(NODES).body(Bytes::new()).unwrap())
            .now_or_never();
        answer.map(|answer| answer.map(|response| response.status().as_u16()).ok())
    };
    for (trouble, answer) in [
        (Trouble::Down, Some(None)),
        (Trouble::Denied, Some(Some(401))),
        (Trouble::Hanging, None),
        (Trouble::OddObject, Some(Some(200))),
        (Trouble::Forgetful, Some(Some(200))),
    ] {
        let mut events = watch(&server, &target);
        server.bring(Some(trouble), &["Node"]);
        assert_eq!(ask(&server), answer, "{trouble:?}");
        let ends = told(&mut events).pop().as_deref() == Some("end");
        assert_eq!(
            ends,
            !matches!(trouble, Trouble::Hanging | Trouble::OddObject),
            "{trouble:?}"
        );
        if trouble == Trouble::OddObject {
            assert_eq!(names(&get(&server, NODES).1), ["a", "odd"]);
        }
        server.bring(None, &[]);
        assert_eq!(names(&get(&server, NODES).1), ["a"]);
    }
    assert_eq!(told(&mut watch(&server, &target)), ["ERROR 410", "end"]);
}
