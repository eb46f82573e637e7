//! [`ApiServer`]: the server itself, and the way of a request through it.

use std::collections::BTreeMap;
use std::fmt;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use o2_core::ports::Clock;
use serde_json::json;

use super::body::Body;
use super::call::Call;
use super::reply;
use super::resource::Resource;
use super::state::State;
use super::store::Entry;
use super::trouble::Gate;
use crate::exchange::SeenRequest;

/// A Kubernetes API server in memory. Clones are the same server.
///
/// It is deterministic: uids, generated names and resource versions are counted, and time is that of a clock, or moves by
/// a second with each write where there is none. It waits for nothing and needs no runtime.
///
/// New servers have the namespaces `default`, `kube-system`, `kube-public` and `kube-node-lease`, and the built-in kinds;
/// [`serve`](Self::serve) adds others.
///
/// ```
/// use bytes::Bytes;
/// use o2_testkit::kubernetes::{ApiServer, Resource};
/// use serde_json::json;
///
/// let server = ApiServer::new();
/// server.serve(Resource::new("lab.example", &["v1"], "Pool", "pools").with_scale());
/// server.put(json!({"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": {"name": "a"}, "spec": {"replicas": 2}}));
///
/// let request = http::Request::get("/apis/lab.example/v1/namespaces/default/pools/a").body(Bytes::new()).unwrap();
/// let response = futures::executor::block_on(server.handle(request)).unwrap();
/// assert_eq!(response.status(), 200);
///
/// server.update("Pool", "default", "a", |pool| pool["spec"]["replicas"] = json!(3));
/// assert_eq!(server.get("pools", "default", "a").unwrap()["metadata"]["generation"], 2);
/// ```
///
/// With the `kube` crate it is a service: `kube::Client::new(server.clone(), "default")`.
#[derive(Clone)]
pub struct ApiServer {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    state: Mutex<State>,
}

impl ApiServer {
    /// A server without a clock.
    #[must_use]
    pub fn new() -> Self {
        Self::start(0, None)
    }

    /// A server whose objects are created when a clock says so.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::start(0, Some(clock))
    }

    /// One of several servers; those with different numbers have no uid in common.
    #[must_use]
    pub fn numbered(number: u16, clock: Arc<dyn Clock>) -> Self {
        Self::start(number, Some(clock))
    }

    fn start(number: u16, clock: Option<Arc<dyn Clock>>) -> Self {
        let state = Mutex::new(State::new(number, clock));
        let server = Self {
            shared: Arc::new(Shared { state }),
        };
        for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            server.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        server
    }

    /// Serves a kind, or serves it in another way. It gets a `CustomResourceDefinition`, as custom resources have one;
    /// and a definition that is created, by whomever, is served.
    pub fn serve(&self, resource: Resource) {
        self.with(|state| state.serve(resource));
    }

    /// Serves a kind no longer, as when its definition is removed: its objects go too.
    pub fn stop_serving(&self, kind: &str) {
        self.with(|state| state.stop_serving(kind));
    }

    /// Answers a request. The target may be absolute or a path.
    ///
    /// # Errors
    /// The answer is an error when the server is [`Down`](super::ApiTrouble::Down), as when connecting fails; all other
    /// failures are responses.
    pub fn handle(&self, request: Request<Bytes>) -> BoxFuture<'static, io::Result<Response<Body>>> {
        let server = self.clone();
        Box::pin(async move {
            match server.answer(request) {
                Some(answer) => answer,
                None => pending().await,
            }
        })
    }

    /// The answer, or `None` when there will not be one.
    fn answer(&self, request: Request<Bytes>) -> Option<io::Result<Response<Body>>> {
        let call = Call::of(&request);
        let seen = SeenRequest::of(request);
        let outcome = self.with(|state| {
            state.seen.push(seen.clone());
            match state.gate(&seen, &call) {
                Gate::Open => Ok(state.dispatch(&call, &self.shared)),
                Gate::Refused(status) => Ok(Err(status)),
                Gate::Unreachable => Err(Some(io::Error::from(io::ErrorKind::ConnectionRefused))),
                Gate::Silent => Err(None),
            }
        });
        match outcome {
            Ok(outcome) => Some(Ok(reply::of(outcome))),
            Err(error) => error.map(Err),
        }
    }

    /// All requests that came, also those that were refused.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.shared.lock().seen.clone()
    }

    /// Forgets the requests that came.
    pub fn clear_requests(&self) {
        self.shared.lock().seen.clear();
    }

    /// Tells watches that want bookmarks the present version.
    pub fn bookmark(&self) {
        self.with(|state| state.store.log.push(Entry::Bookmark(state.store.version)));
    }

    /// Ends all open watches as the server does after some minutes.
    pub fn disconnect_watches(&self) {
        self.with(|state| state.store.log.push(Entry::End));
    }

    /// Ends all open watches with an error, as when the network breaks.
    pub fn break_watches(&self) {
        self.with(|state| state.store.log.push(Entry::Break));
    }

    /// Forgets the versions before the present one: watches and pages that go on from there are told that they are
    /// expired. Open watches go on.
    pub fn forget(&self) {
        self.with(|state| {
            state.store.version += 1;
            state.store.oldest = state.store.version;
        });
    }

    /// Works on the state, then wakes the watches and lets the controllers act. Nobody else has the lock meanwhile.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.shared.lock();
        let before = state.told();
        let result = work(&mut state);
        state.follow_definitions();
        let wakers = if state.told() == before {
            BTreeMap::new()
        } else {
            std::mem::take(&mut state.wakers)
        };
        drop(state);
        wakers.into_values().for_each(std::task::Waker::wake);
        self.settle();
        result
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ApiServer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("ApiServer")
            .field("version", &state.store.version)
            .field("objects", &state.store.all().count())
            .field("requests", &state.seen.len())
            .field("trouble", &state.troubles)
            .finish()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}
