//! [`Script`]: a cluster with one Deployment, whose pods and lines tests write.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context as Task, Poll, Waker};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, Ready, ready};
use http::{Request, Response};
use http_body::Frame;
use kube::Client;
use o2_core::ports::{Clock, Ports};
use o2_core::{Context, Result};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::super::{Workload, Workloads};
use crate::kube::{Cluster, ClusterConfig, Clusters};

/// What a container has written: seconds, a text, and whether that was before it was started anew.
type Lines = Vec<(i64, String, bool)>;

#[derive(Clone)]
pub(super) struct Script {
    clock: Arc<ManualClock>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    pods: BTreeMap<String, Value>,
    lines: BTreeMap<(String, String), Lines>,
    over: bool,
    forbidden: bool,
    readers: Vec<Waker>,
}

impl Script {
    pub(super) fn new() -> Self {
        Self {
            clock: ManualClock::auto(),
            state: Arc::default(),
        }
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    /// The connection, and who knows the workload.
    pub(super) fn cluster(&self) -> (Arc<Cluster>, Arc<dyn Workloads>) {
        let ports = Ports::new(self.clock());
        let clusters = ports.shared.get_or_default::<Clusters>();
        clusters.provide("script", Client::new(self.clone(), "default"));
        let cluster = Clusters::open(&ClusterConfig::of_client("script"), &ports).unwrap();
        (cluster, Arc::new(self.clone()))
    }

    fn change(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap();
        state.readers.drain(..).for_each(Waker::wake);
        state
    }

    pub(super) fn pod(&self, name: &str, containers: &[(&str, &str, u32)]) {
        let each = |part: fn(&(&str, &str, u32)) -> Value| containers.iter().map(part).collect::<Vec<_>>();
        let pod = json!({
            "metadata": {"name": name, "namespace": "edge", "uid": format!("uid-{name}"), "labels": {"app": "web"}},
            "spec": {"containers": each(|(name, ..)| json!({"name": name}))},
            "status": {"containerStatuses": each(|(name, state, restarts)| {
                json!({"name": name, "restartCount": restarts, "state": {*state: {}}})
            })},
        });
        self.change().pods.insert(name.to_owned(), pod);
    }

    pub(super) fn remove(&self, pod: &str) {
        self.change().pods.remove(pod);
    }

    pub(super) fn write(&self, pod: &str, container: &str, seconds: i64, text: &str) {
        self.lines(pod, container, |lines| lines.push((seconds, text.to_owned(), false)));
    }

    pub(super) fn write_before_restart(&self, pod: &str, container: &str, seconds: i64, text: &str) {
        self.lines(pod, container, |lines| lines.push((seconds, text.to_owned(), true)));
    }

    /// The container ends, and runs anew.
    pub(super) fn restart(&self, pod: &str, container: &str) {
        self.lines(pod, container, |lines| lines.iter_mut().for_each(|line| line.2 = true));
        let mut state = self.change();
        let status = &mut state.pods.get_mut(pod).unwrap()["status"]["containerStatuses"][0];
        status["restartCount"] = (status["restartCount"].as_u64().unwrap() + 1).into();
    }

    fn lines(&self, pod: &str, container: &str, change: impl FnOnce(&mut Lines)) {
        change(
            self.change()
                .lines
                .entry((pod.to_owned(), container.to_owned()))
                .or_default(),
        );
    }

    pub(super) fn end(&self) {
        self.change().over = true;
    }

    pub(super) fn forbid_logs(&self) {
        self.change().forbidden = true;
    }

    fn answer(&self, uri: &http::Uri) -> Response<Answer> {
        const PODS: &str = "/api/v1/namespaces/edge/pods";
        let query: BTreeMap<_, _> = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter_map(|p| p.split_once('='))
            .collect();
        let state = self.state.lock().unwrap();
        match uri.path() {
            "/apis/apps/v1/namespaces/edge/deployments/web" => text(
                200,
                &json!({
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "edge"},
                    "spec": {"selector": {"matchLabels": {"app": "web"}}},
                }),
            ),
            PODS => {
                assert_eq!(query.get("labelSelector"), Some(&"app%3Dweb"));
                let items: Vec<_> = state.pods.values().collect();
                text(
                    200,
                    &json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": items}),
                )
            }
            _ if state.forbidden => text(403, &json!({"kind": "Status", "code": 403, "reason": "Forbidden"})),
            path => {
                let pod = path
                    .strip_prefix(PODS)
                    .and_then(|rest| rest.strip_prefix('/')?.strip_suffix("/log"))
                    .unwrap();
                assert_eq!(query.get("timestamps"), Some(&"true"));
                Response::new(Answer::Log(Log {
                    script: self.clone(),
                    key: (pod.to_owned(), query["container"].to_owned()),
                    previous: query.contains_key("previous"),
                    follow: query.contains_key("follow"),
                    since: query
                        .get("sinceTime")
                        .map(|time| time.replace("%3A", ":").parse().unwrap()),
                    tail: query.get("tailLines").map(|tail| tail.parse().unwrap()),
                    read: 0,
                    restarts: restarts(&state, pod),
                }))
            }
        }
    }
}

fn restarts(state: &State, pod: &str) -> Option<u64> {
    state.pods.get(pod)?["status"]["containerStatuses"][0]["restartCount"].as_u64()
}

impl Workloads for Script {
    fn workloads<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<Option<Vec<Workload>>>> {
        let over = self.state.lock().unwrap().over;
        let workload = Workload::of("apps", "Deployment", "edge", "web").into_iter().collect();
        ready(Ok((!over).then_some(workload))).boxed()
    }
}

impl tower_service::Service<Request<kube::client::Body>> for Script {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<kube::client::Body>) -> Self::Future {
        ready(Ok(self.answer(request.uri())))
    }
}

fn text(code: u16, value: &Value) -> Response<Answer> {
    let mut response = Response::new(Answer::Text(Some(Bytes::from(value.to_string()))));
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap();
    response
}

pub(super) enum Answer {
    Text(Option<Bytes>),
    Log(Log),
}

/// The log of a container, as it is read.
pub(super) struct Log {
    script: Script,
    key: (String, String),
    previous: bool,
    follow: bool,
    since: Option<o2_core::Timestamp>,
    tail: Option<usize>,
    read: usize,
    /// Of the container when reading began: its stream ends with the run.
    restarts: Option<u64>,
}

impl Log {
    fn poll(&mut self, task: &mut Task<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.script.state.lock().unwrap();
        let mut lines: VecDeque<_> = state.lines.get(&self.key).into_iter().flatten().collect();
        lines.retain(|line| line.2 == self.previous && self.since.is_none_or(|since| line.0 >= since.unix_seconds()));
        if self.read == 0
            && let Some(tail) = self.tail
        {
            self.read = lines.len().saturating_sub(tail);
        }
        let next: Vec<_> = lines.iter().skip(self.read).collect();
        let restarts = restarts(&state, &self.key.0);
        if restarts != self.restarts || next.is_empty() && !self.follow {
            return Poll::Ready(None);
        }
        if next.is_empty() {
            state.readers.push(task.waker().clone());
            return Poll::Pending;
        }
        let line = |(seconds, text, _): &&(i64, String, bool)| {
            format!("{} {text}\n", o2_core::Timestamp::from_unix_seconds(*seconds))
        };
        let text: String = next.into_iter().map(line).collect();
        self.read = lines.len();
        Poll::Ready(Some(Bytes::from(text)))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match self.get_mut() {
            Self::Text(bytes) => Poll::Ready(bytes.take()),
            Self::Log(log) => log.poll(task),
        };
        next.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
