//! [`Real`]: a namespace on the server that really runs, and controllers that a test plays in it.

#![allow(clippy::disallowed_methods, reason = "a server that really runs lives in real time")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, PostParams};
use kube::core::GroupVersionKind;
use o2_core::Timestamp;
use o2_core::ports::Clock;
use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

use super::peer;
use crate::rt::TokioClock;

/// How long nothing is done between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// What a controller has changed in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Nothing,
    /// The object, but for its status where that is a part of its own.
    Object,
    Status,
}

/// A namespace on the server.
pub(crate) struct Real {
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

impl Real {
    /// A namespace for `what`, unless no server runs; a line says so then.
    pub(crate) async fn new(what: &str) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let client = peer(what).await?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let real = Self {
            client,
            namespace: format!("o2-life-{:x}-{number}", std::process::id()),
        };
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": real.namespace}});
        create(&real.of_cluster("v1", "Namespace"), &namespace).await;
        Some(real)
    }

    pub(crate) fn of_cluster(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &resource(version, kind))
    }

    /// The objects of a kind in the namespace.
    pub(crate) fn api(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource(version, kind))
    }

    pub(crate) async fn put(&self, object: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        create(&self.api(&text(&object["apiVersion"]), &text(&object["kind"])), object).await;
    }

    /// Makes an object that is in no namespace, with its status, unless it is there; how it is then.
    pub(crate) async fn put_in_cluster(&self, object: &Value) -> DynamicObject {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let api = self.of_cluster(&text(&object["apiVersion"]), &text(&object["kind"]));
        create(&api, object).await;
        let name = text(&object["metadata"]["name"]);
        let mut made = api.get(&name).await.unwrap();
        if !object["status"].is_null() {
            made.data["status"] = object["status"].clone();
            made = api.replace_status(&name, &PostParams::default(), &made).await.unwrap();
        }
        made
    }

    /// Makes the server know kinds, as a test has them defined for a played one.
    pub(crate) async fn define(&self, kinds: impl IntoIterator<Item = Resource>) {
        let definitions = self.of_cluster("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        for kind in kinds {
            let definition = kind.definition();
            create(&definitions, &definition).await;
            let name = definition["metadata"]["name"].as_str().unwrap();
            while !is_established(&definitions.get(name).await.unwrap()) {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Plays a controller for objects of a kind, one step for each whenever it looks, without end. `step` is given the
    /// object, and all that is of the kinds `others`.
    pub(crate) async fn control(
        &self,
        (version, kind): (&str, &str),
        others: &[(&str, &str)],
        step: impl Fn(&mut Value, &[Value]) -> Write,
    ) {
        let api = self.api(version, kind);
        loop {
            let mut known = Vec::new();
            for (version, kind) in others {
                known.extend(list(&self.api(version, kind)).await);
            }
            for mut object in list(&api).await {
                let write = step(&mut object, &known);
                let name = object["metadata"]["name"].as_str().unwrap().to_owned();
                let sent: DynamicObject = serde_json::from_value(object.clone()).unwrap();
                let written = match write {
                    Write::Nothing => continue,
                    Write::Object => api.replace(&name, &PostParams::default(), &sent).await,
                    Write::Status => api.replace_status(&name, &PostParams::default(), &sent).await,
                };
                match written {
                    // Somebody was faster, or it is gone: the next look shows.
                    Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => {}
                    Err(error) => panic!("{error}: {object}"),
                    Ok(_) => {}
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(crate) async fn clear(&self) {
        let namespaces = self.of_cluster("v1", "Namespace");
        namespaces.delete(&self.namespace, &Default::default()).await.unwrap();
    }
}

/// What a controller says now about an object as it is.
pub(crate) fn condition(kind: &str, status: &str, reason: &str, object: &Value) -> Value {
    let now = TokioClock::new().now().unix_seconds();
    json!({
        "type": kind, "status": status, "reason": reason, "message": reason,
        "observedGeneration": object["metadata"]["generation"], "lastTransitionTime": Timestamp::from_unix_seconds(now),
    })
}

fn resource(version: &str, kind: &str) -> ApiResource {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

async fn list(api: &Api<DynamicObject>) -> Vec<Value> {
    let all = api.list(&ListParams::default()).await.unwrap().items.into_iter();
    all.map(|object| serde_json::to_value(object).unwrap()).collect()
}

/// Makes an object, unless it is there.
async fn create(api: &Api<DynamicObject>, object: &Value) {
    let object = serde_json::from_value(object.clone()).unwrap();
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        created => drop(created.unwrap()),
    }
}

fn is_established(definition: &DynamicObject) -> bool {
    let conditions = definition.data["status"]["conditions"].as_array();
    conditions.is_some_and(|all| {
        all.iter()
            .any(|condition| condition["type"] == "Established" && condition["status"] == "True")
    })
}
