//! Revisions are put aside, found again and let go of, on a server that knows Secrets.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll};

use futures::future::{BoxFuture, FutureExt};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::client::Body;
use o2_core::ports::{Ports, Shared};
use o2_core::{Extensions, Timestamp};
use o2_dms::DeploymentStatus;
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::*;
use crate::kube::{ClusterConfig, Clusters};

static CLAIMS: Kind = Kind::of_namespaces("platform.example.org", "v1alpha1", "EdgeApp", "edgeapps");

/// A server that keeps Secrets by their paths.
#[derive(Clone, Default)]
struct Secrets {
    objects: Arc<Mutex<BTreeMap<String, Value>>>,
}

impl Secrets {
    fn answer(&self, method: &Method, path: &str, query: &str, body: &[u8]) -> (StatusCode, Value) {
        let mut objects = self.objects.lock().unwrap();
        let known = objects.get(path).cloned();
        match (method, known) {
            (&Method::PATCH, _) => {
                assert!(
                    query.contains("fieldManager=o2") && query.contains("force=true"),
                    "{query}"
                );
                let object: Value = serde_json::from_slice(body).unwrap();
                objects.insert(path.to_owned(), object.clone());
                (StatusCode::OK, object)
            }
            (&Method::GET, _) if path.ends_with("/secrets") => {
                let selected = |object: &&Value| {
                    let uid = object["metadata"]["labels"][OF].as_str().unwrap();
                    query.contains(&format!("labelSelector=o2ims.oran.org%2Frevision-of%3D{uid}&"))
                        || query.ends_with(uid)
                };
                let below = objects.iter().filter(|(at, _)| at.starts_with(path));
                let items: Vec<_> = below.map(|(_, object)| object).filter(selected).collect();
                (
                    StatusCode::OK,
                    json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": items}),
                )
            }
            (&Method::GET, Some(object)) => (StatusCode::OK, object),
            (&Method::DELETE, Some(object)) => {
                objects.remove(path);
                (StatusCode::OK, object)
            }
            _ => {
                let name = path.rsplit('/').next().unwrap();
                let status = json!({
                    "kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound",
                    "message": format!("secrets \"{name}\" not found"), "details": {"name": name, "kind": "secrets"},
                });
                (StatusCode::NOT_FOUND, status)
            }
        }
    }
}

impl tower_service::Service<Request<Body>> for Secrets {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let server = self.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
            let (status, answer) = server.answer(&head.method, path, query, &body);
            let mut response = Response::new(Body::from(answer.to_string().into_bytes()));
            *response.status_mut() = status;
            Ok(response)
        }
        .boxed()
    }
}

struct Stage {
    server: Secrets,
    revisions: Revisions,
    context: Context,
    meta: Meta,
}

impl Stage {
    fn new() -> Self {
        let (server, shared) = (Secrets::default(), Shared::default());
        let client = kube::Client::new(server.clone(), "default");
        shared.get_or_default::<Clusters>().provide("test", client);
        let ports = Ports::new(ManualClock::auto()).with_shared(shared);
        let cluster = Clusters::open(&ClusterConfig::of_client("test"), &ports).unwrap();
        Self {
            server,
            revisions: Revisions::new(cluster, "tenant", 3),
            context: Context::new("test"),
            meta: meta("demo", "6a2b"),
        }
    }

    fn of(&self) -> Of<'_> {
        of(&self.meta)
    }

    async fn keep(&self, record: &Record) {
        self.revisions.keep(&self.context, self.of(), record).await.unwrap();
    }

    async fn numbers(&self, before: u32) -> Vec<u32> {
        let listed = self.revisions.list(&self.context, self.of(), before).await.unwrap();
        listed.iter().map(|record| record.number).collect()
    }

    fn stored(&self) -> Vec<Value> {
        self.server.objects.lock().unwrap().values().cloned().collect()
    }
}

fn meta(name: &str, uid: &str) -> Meta {
    Meta::from(ObjectMeta {
        name: Some(name.into()),
        namespace: Some("edge".into()),
        uid: Some(uid.into()),
        labels: Some([("tenant".into(), "alice".into())].into()),
        ..ObjectMeta::default()
    })
}

fn of(meta: &Meta) -> Of<'_> {
    Of {
        kind: &CLAIMS,
        meta,
        namespace: "edge",
    }
}

fn record(number: u32) -> Record {
    let mut record = Record::new(
        number,
        "pkg-1".into(),
        Timestamp::from_unix_seconds(1_000 + i64::from(number)),
        DeploymentStatus::Deployed,
    );
    record.description = format!("Install {number}");
    record.package_version = "1.0".into();
    record.package_digest = Some("sha256:00".into());
    record.values = Extensions::from_iter([("size".to_owned(), json!(number))]);
    record.spec = json!({"compositionRevisionRef": {"name": "edge-1"}});
    record.attachments = [("manifest".to_owned(), bytes::Bytes::from_static(b"\x1f\x8b\x00"))].into();
    record
}

#[tokio::test]
async fn what_is_put_aside_is_found_as_it_was() {
    let stage = Stage::new();
    let (first, second) = (record(1), record(2));
    stage.keep(&second).await;
    stage.keep(&first).await;
    assert_eq!(stage.numbers(3).await, [1, 2]);
    let of = stage.of();
    let listed = stage.revisions.list(&stage.context, of, 2).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&first));
    let both = stage.revisions.list(&stage.context, of, 3).await.unwrap();
    assert_eq!(both, [first.clone(), second]);
    let shown = first.shown();
    assert_eq!((shown.revision, shown.description.as_str()), (1, "Install 1"));
    assert_eq!(
        (shown.package_version.as_str(), shown.deployed_at),
        ("1.0", first.created_at)
    );
}

#[tokio::test]
async fn the_same_number_is_one_record() {
    let stage = Stage::new();
    stage.keep(&record(1)).await;
    let mut again = record(1);
    again.result = DeploymentStatus::Failed;
    again.attachments.clear();
    stage.keep(&again).await;
    let listed = stage.revisions.list(&stage.context, stage.of(), 9).await.unwrap();
    assert_eq!(listed, [again]);
}

#[tokio::test]
async fn only_the_newest_are_kept() {
    let stage = Stage::new();
    for number in 1..=6 {
        stage.keep(&record(number)).await;
    }
    assert_eq!(stage.numbers(7).await, [4, 5, 6], "what is too old is not shown");
    assert_eq!(stage.stored().len(), 6);
    stage.revisions.prune(&stage.context, stage.of(), 7).await.unwrap();
    assert_eq!(stage.stored().len(), 3);
    assert_eq!(stage.numbers(7).await, [4, 5, 6]);
    // Nothing is left to let go of.
    stage.revisions.prune(&stage.context, stage.of(), 7).await.unwrap();
    assert_eq!(stage.stored().len(), 3);
}

#[tokio::test]
async fn a_deployment_has_its_own_past() {
    let stage = Stage::new();
    stage.keep(&record(1)).await;
    let other = meta("demo", "7c3d");
    stage
        .revisions
        .keep(&stage.context, of(&other), &record(1))
        .await
        .unwrap();
    stage
        .revisions
        .keep(&stage.context, of(&other), &record(2))
        .await
        .unwrap();
    assert_eq!(stage.numbers(9).await, [1]);
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out() {
    let stage = Stage::new();
    stage.keep(&record(1)).await;
    stage.keep(&record(2)).await;
    for (at, value) in [
        ("data", json!({"record": "e30="})),
        ("data", json!(7)),
        ("type", json!("x")),
    ] {
        {
            let mut objects = stage.server.objects.lock().unwrap();
            let first = objects.values_mut().next().unwrap();
            first[at] = value;
        }
        assert_eq!(stage.numbers(9).await, [2], "{at}");
    }
}

#[tokio::test]
async fn records_belong_to_the_deployment_and_the_tenant() {
    let stage = Stage::new();
    stage.keep(&record(7)).await;
    let stored = &stage.stored()[0];
    assert_eq!(stored["type"], "o2ims.oran.org/revision");
    assert_eq!(stored["metadata"]["name"], "o2.6a2b.v7");
    assert_eq!(stored["metadata"]["labels"]["tenant"], "alice");
    let owner =
        json!([{"apiVersion": "platform.example.org/v1alpha1", "kind": "EdgeApp", "name": "demo", "uid": "6a2b"}]);
    assert_eq!(stored["metadata"]["ownerReferences"], owner);
}
