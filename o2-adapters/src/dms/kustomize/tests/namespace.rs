//! [`Real`]: a namespace on the server that really runs.

use std::sync::atomic::{AtomicU32, Ordering};

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};

use crate::kube::testing::peer;

/// A namespace on the server.
pub(super) struct Real {
    pub(super) client: Client,
    pub(super) namespace: String,
}

impl Real {
    /// A namespace for `what`, unless no server runs; a line says so then.
    pub(super) async fn new(what: &str) -> Option<Self> {
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

    pub(super) fn of_cluster(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &resource(version, kind))
    }

    /// The objects of a kind in the namespace.
    pub(super) fn api(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource(version, kind))
    }

    pub(super) async fn put(&self, object: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        create(&self.api(&text(&object["apiVersion"]), &text(&object["kind"])), object).await;
    }

    pub(super) async fn clear(&self) {
        let namespaces = self.of_cluster("v1", "Namespace");
        namespaces.delete(&self.namespace, &Default::default()).await.unwrap();
    }
}

fn resource(version: &str, kind: &str) -> ApiResource {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

/// Makes an object, unless it is there.
async fn create(api: &Api<DynamicObject>, object: &Value) {
    let object = serde_json::from_value(object.clone()).unwrap();
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        created => drop(created.unwrap()),
    }
}
