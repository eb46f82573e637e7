//! Tests of the whole server, by requests.

mod applied;
mod discovery;
mod kinds;
mod lists;
mod objects;
mod parts;
mod troubles;
mod watches;

use bytes::Bytes;
use futures::executor::block_on;
use futures::{FutureExt, StreamExt};
use http::{Method, Request};
use serde_json::{Value, json};

use super::{ApiServer, Body, Resource};

pub(super) const MERGE: &str = "application/merge-patch+json";
pub(super) const NODES: &str = "/api/v1/nodes";
pub(super) const PODS: &str = "/api/v1/namespaces/default/pods";
pub(super) const POOLS: &str = "/apis/lab.example/v1/namespaces/default/pools";

/// A server with a custom kind of two versions.
pub(super) fn lab() -> ApiServer {
    let server = ApiServer::new();
    server.serve(Resource::new("lab.example", &["v1", "v1beta1"], "Pool", "pools").with_scale());
    server
}

pub(super) fn pool(name: &str, replicas: u64) -> Value {
    json!({
        "apiVersion": "lab.example/v1",
        "kind": "Pool",
        "metadata": {"name": name},
        "spec": {"replicas": replicas},
    })
}

pub(super) fn node(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {}})
}

/// Sends a request; the status and what came back.
pub(super) fn send(server: &ApiServer, request: http::request::Builder, body: &Value) -> (u16, Value) {
    let body = if body.is_null() {
        Bytes::new()
    } else {
        body.to_string().into()
    };
    let response = block_on(server.handle(request.body(body).unwrap())).unwrap();
    let status = response.status().as_u16();
    let body = block_on(response.into_body().collect()).unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub(super) fn get(server: &ApiServer, path: &str) -> (u16, Value) {
    send(server, Request::get(path), &Value::Null)
}

pub(super) fn post(server: &ApiServer, path: &str, body: &Value) -> (u16, Value) {
    send(server, Request::post(path), body)
}

pub(super) fn put(server: &ApiServer, path: &str, body: &Value) -> (u16, Value) {
    send(server, Request::put(path), body)
}

pub(super) fn delete(server: &ApiServer, path: &str, body: &Value) -> (u16, Value) {
    send(server, Request::delete(path), body)
}

pub(super) fn patch(server: &ApiServer, path: &str, kind: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method(Method::PATCH).uri(path);
    send(server, request.header("content-type", kind), body)
}

pub(super) fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

/// Opens a watch.
pub(super) fn watch(server: &ApiServer, target: &str) -> Body {
    let request = Request::get(target).body(Bytes::new()).unwrap();
    let response = block_on(server.handle(request)).unwrap();
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// What a watch has to tell at present, as `ADDED a`, and how it ends if it does.
pub(super) fn told(body: &mut Body) -> Vec<String> {
    let mut all = Vec::new();
    // The next line is there only after whoever took the last one let others work.
    while let Some(next) = body.next().now_or_never().or_else(|| body.next().now_or_never()) {
        match next {
            Some(Ok(line)) => all.push(brief(&serde_json::from_slice(&line).unwrap())),
            Some(Err(error)) => all.push(error.to_string()),
            None => {
                all.push("end".to_owned());
                break;
            }
        }
    }
    all
}

fn brief(event: &Value) -> String {
    let object = &event["object"];
    let what = match event["type"].as_str().unwrap() {
        "ERROR" => object["code"].to_string(),
        "BOOKMARK" => object["metadata"]["resourceVersion"].as_str().unwrap().to_owned(),
        _ => object["metadata"]["name"].as_str().unwrap().to_owned(),
    };
    format!("{} {what}", event["type"].as_str().unwrap())
}
