//! [`Server`]: where controllers are played, a played server or a part of one that really runs.

use std::ops::Deref;
use std::sync::Arc;

use o2_testkit::kubernetes::{ApiServer, Change, Resource};
use serde_json::Value;

use super::remote::Remote;

/// What controllers do on a server, whichever it is. Everything else can be done with a played one only.
#[derive(Clone)]
pub(crate) struct Server {
    played: ApiServer,
    remote: Option<Arc<Remote>>,
}

impl Server {
    pub(super) fn new(played: ApiServer, remote: Option<Arc<Remote>>) -> Self {
        Self { played, remote }
    }

    /// Whether it really runs, with controllers of its own for what every cluster has.
    pub(crate) fn is_real(&self) -> bool {
        self.remote.is_some()
    }

    /// What a namespace is called on this server.
    pub(crate) fn namespace(&self, name: &str) -> String {
        self.remote
            .as_ref()
            .map_or_else(|| name.to_owned(), |remote| remote.namespace(name))
    }

    pub(crate) fn serve(&self, resource: Resource) {
        match &self.remote {
            Some(remote) => remote.serve(&resource),
            None => self.played.serve(resource),
        }
    }

    pub(crate) fn on_change(&self, hook: impl Fn(&Self, &Change) + Send + Sync + 'static) {
        let server = self.clone();
        match &self.remote {
            Some(remote) => remote.on_change(Arc::new(move |change| hook(&server, change))),
            None => self.played.on_change(move |_, change| hook(&server, change)),
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        match &self.remote {
            Some(remote) => remote.get(kind, namespace, name),
            None => self.played.get(kind, namespace, name),
        }
    }

    #[track_caller]
    pub(crate) fn list(&self, kind: &str) -> Vec<Value> {
        match &self.remote {
            Some(remote) => remote.list(kind),
            None => self.played.list(kind),
        }
    }

    #[track_caller]
    pub(crate) fn put(&self, object: Value) -> Value {
        match &self.remote {
            Some(remote) => remote.put(object),
            None => self.played.put(object),
        }
    }

    #[track_caller]
    pub(crate) fn update(&self, kind: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> Value {
        match &self.remote {
            Some(remote) => remote.update(kind, namespace, name, change),
            None => self.played.update(kind, namespace, name, change),
        }
    }

    #[track_caller]
    pub(crate) fn remove(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        match &self.remote {
            Some(remote) => remote.remove(kind, namespace, name),
            None => self.played.remove(kind, namespace, name),
        }
    }

    pub(super) fn clear(&self) {
        self.remote.iter().for_each(|remote| remote.clear());
    }
}

impl Deref for Server {
    type Target = ApiServer;

    fn deref(&self) -> &ApiServer {
        assert!(self.remote.is_none(), "this can only be done on a played server");
        &self.played
    }
}
