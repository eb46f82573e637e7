//! [`Remote`]: a server that really runs, for those who play controllers on it without being asynchronous. Nobody else uses it.

#![allow(
    clippy::disallowed_methods,
    reason = "a server that really runs lives in real time, and others wait for it"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};

use futures::future::join_all;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Client, ResourceExt};
use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

use super::difference::difference;
use super::peer::client_of;
use super::tell::{Hook, tell};

/// Where the work is done that others wait for.
static ELSEWHERE: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
});

/// How often a look is taken at what takes the server a moment.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// What every server has: version, kind, whether it is in namespaces, whether its status is a part of its own.
const KINDS: [(&str, &str, bool, bool); 9] = [
    ("v1", "Namespace", false, true),
    ("v1", "Secret", true, false),
    ("v1", "ConfigMap", true, false),
    ("v1", "Service", true, true),
    ("v1", "PersistentVolumeClaim", true, true),
    ("v1", "Pod", true, true),
    ("v1", "Event", true, false),
    ("apps/v1", "Deployment", true, true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", false, true),
];
/// Kinds whose objects are for all worlds on a server.
const LASTING: [&str; 2] = ["Namespace", "CustomResourceDefinition"];

/// A kind, as requests name it.
#[derive(Debug, Clone)]
struct Known {
    resource: ApiResource,
    namespaced: bool,
    has_status: bool,
}

pub(super) struct Remote {
    client: Client,
    kinds: Mutex<BTreeMap<String, Known>>,
    hooks: Arc<Mutex<Vec<Hook>>>,
    watches: Mutex<Vec<JoinHandle<()>>>,
}

/// Waits for something that is done elsewhere.
fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    ELSEWHERE.spawn(async move { done.send(work.await) });
    result.recv().expect("the work ends")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn dynamic(object: &Value) -> DynamicObject {
    serde_json::from_value(object.clone()).unwrap()
}

impl Remote {
    /// The server of a context of the kubeconfig.
    pub(super) fn new(context: &str) -> Arc<Self> {
        let context = context.to_owned();
        let remote = Self {
            client: wait(async move { client_of(&context).await.expect("the kubeconfig has the context") }),
            kinds: Mutex::default(),
            hooks: Arc::default(),
            watches: Mutex::default(),
        };
        for (version, kind, namespaced, has_status) in KINDS {
            remote.know(version, kind, namespaced, has_status);
        }
        for kind in ["Deployment", "Pod"] {
            remote.watch(kind);
        }
        Arc::new(remote)
    }

    fn know(&self, version: &str, kind: &str, namespaced: bool, has_status: bool) {
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let known = Known {
            resource: ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind)),
            namespaced,
            has_status,
        };
        self.kinds.lock().unwrap().insert(kind.to_owned(), known);
    }

    fn kind(&self, kind: &str) -> Known {
        let kinds = self.kinds.lock().unwrap();
        kinds
            .get(kind)
            .cloned()
            .unwrap_or_else(|| panic!("{kind} is not served"))
    }

    fn api(&self, known: &Known, namespace: &str) -> Api<DynamicObject> {
        let client = self.client.clone();
        match (known.namespaced, namespace) {
            (true, "") | (false, _) => Api::all_with(client, &known.resource),
            (true, namespace) => Api::namespaced_with(client, namespace, &known.resource),
        }
    }

    /// Makes the server know a kind, and watches it.
    pub(super) fn serve(&self, resource: &Resource) {
        let definition = resource.definition();
        let spec = &definition["spec"];
        let version = spec["versions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|version| version["storage"] == true);
        let version = version.unwrap();
        let group = text(&spec["group"]);
        let kind = text(&spec["names"]["kind"]);
        let has_status = version["subresources"]["status"].is_object();
        let api_version = format!("{group}/{}", text(&version["name"]));
        let mut resource = ApiResource::from_gvk(&GroupVersionKind::gvk(&group, &text(&version["name"]), &kind));
        resource.plural = text(&spec["names"]["plural"]);
        self.know(&api_version, &kind, spec["scope"] == "Namespaced", has_status);
        if let Some(known) = self.kinds.lock().unwrap().get_mut(&kind) {
            known.resource = resource;
        }
        let definitions = self.api(&self.kind("CustomResourceDefinition"), "");
        let served = self.api(&self.kind(&kind), "");
        wait(async move {
            match definitions.create(&PostParams::default(), &dynamic(&definition)).await {
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                created => drop(created.unwrap()),
            }
            while served.list(&ListParams::default().limit(1)).await.is_err() {
                pause().await;
            }
        });
        self.watch(&kind);
    }

    /// Tells the hooks of what happens to objects of a kind from now on.
    fn watch(&self, kind: &str) {
        let api = self.api(&self.kind(kind), "");
        let (begun, beginning) = mpsc::channel();
        let watching = ELSEWHERE.spawn(tell(api, Arc::clone(&self.hooks), begun));
        self.watches.lock().unwrap().push(watching);
        beginning.recv().expect("the watch begins");
    }

    pub(super) fn on_change(&self, hook: Hook) {
        self.hooks.lock().unwrap().push(hook);
    }

    pub(super) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let api = self.api(&self.kind(kind), namespace);
        let name = name.to_owned();
        let found = wait(async move { api.get_opt(&name).await.unwrap() });
        found.map(|object| serde_json::to_value(object).unwrap())
    }

    /// All objects of a kind.
    pub(super) fn list(&self, kind: &str) -> Vec<Value> {
        let known = self.kind(kind);
        let api = self.api(&known, "");
        let listed = wait(async move { api.list(&ListParams::default()).await.unwrap().items });
        let typed = |object: DynamicObject| {
            let mut object = serde_json::to_value(object).unwrap();
            object["apiVersion"] = json!(known.resource.api_version);
            object["kind"] = json!(known.resource.kind);
            object
        };
        listed.into_iter().map(typed).collect()
    }

    /// Makes an object, or makes the one that is there like it.
    pub(super) fn put(&self, object: &Value) -> Value {
        let kind = text(&object["kind"]);
        let known = self.kind(&kind);
        let (namespace, name) = (
            text(&object["metadata"]["namespace"]),
            text(&object["metadata"]["name"]),
        );
        let Some(before) = self.get(&kind, &namespace, &name) else {
            let api = self.api(&known, &namespace);
            let made = dynamic(object);
            let made = wait(async move { api.create(&PostParams::default(), &made).await.unwrap() });
            let made = serde_json::to_value(made).unwrap();
            let mut wanted = made.clone();
            if !object["status"].is_null() {
                wanted["status"] = object["status"].clone();
            }
            return self.write(&kind, &made, &wanted);
        };
        let mut wanted = before.clone();
        for (member, value) in object.as_object().unwrap() {
            if member == "metadata" {
                for (member, value) in value.as_object().unwrap() {
                    wanted["metadata"][member] = value.clone();
                }
            } else {
                wanted[member] = value.clone();
            }
        }
        self.write(&kind, &before, &wanted)
    }

    pub(super) fn update(&self, kind: &str, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> Value {
        // Somebody may have deleted it meanwhile.
        let Some(before) = self.get(kind, namespace, name) else {
            return Value::Null;
        };
        let mut wanted = before.clone();
        change(&mut wanted);
        self.write(kind, &before, &wanted)
    }

    /// Makes an object as it is wanted: only what is different is sent, so nobody else is disturbed.
    fn write(&self, kind: &str, before: &Value, wanted: &Value) -> Value {
        let known = self.kind(kind);
        let (namespace, name) = (
            text(&before["metadata"]["namespace"]),
            text(&before["metadata"]["name"]),
        );
        let api = self.api(&known, &namespace);
        let Some(mut patch) = difference(before, wanted) else {
            return before.clone();
        };
        let status = patch.as_object_mut().and_then(|patch| patch.remove("status"));
        let status = if known.has_status {
            status
        } else {
            put_back(&mut patch, status)
        };
        let object = wait(async move {
            let parameters = PatchParams::default();
            let mut object = None;
            if patch.as_object().is_some_and(|patch| !patch.is_empty()) {
                object = Some(api.patch(&name, &parameters, &Patch::Merge(&patch)).await?);
            }
            if let Some(status) = status {
                let patch = Patch::Merge(json!({"status": status}));
                object = Some(api.patch_status(&name, &parameters, &patch).await?);
            }
            Ok::<_, kube::Error>(object)
        });
        match object {
            Ok(object) => object.map_or_else(|| before.clone(), |object| serde_json::to_value(object).unwrap()),
            // Somebody has deleted it meanwhile.
            Err(kube::Error::Api(status)) if status.code == 404 => wanted.clone(),
            Err(error) => panic!("{error}: {wanted}"),
        }
    }

    /// Removes an object whatever its finalizers say.
    pub(super) fn remove(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let last = self.get(kind, namespace, name)?;
        let api = self.api(&self.kind(kind), namespace);
        let name = name.to_owned();
        wait(async move { remove(&api, &name).await });
        Some(last)
    }

    /// Takes away everything but namespaces and definitions, which others may use again.
    pub(super) fn clear(&self) {
        self.watches.lock().unwrap().drain(..).for_each(|watch| watch.abort());
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let passing = kinds.iter().filter(|(kind, _)| !LASTING.contains(&kind.as_str()));
        let passing: Vec<_> = passing.map(|(_, known)| (self.client.clone(), known.clone())).collect();
        drop(kinds);
        wait(async move { join_all(passing.into_iter().map(|(client, known)| empty(client, known))).await });
    }

    /// Takes away everything that earlier suites have left, and the definitions of kinds too.
    pub(super) fn wipe(&self) {
        for definition in self.list("CustomResourceDefinition") {
            let spec = &definition["spec"];
            let versions = spec["versions"].as_array().cloned().unwrap_or_default();
            let version = versions.iter().find(|version| version["storage"] == true);
            let version = text(&version.unwrap()["name"]);
            let api_version = format!("{}/{version}", text(&spec["group"]));
            self.know(
                &api_version,
                &text(&spec["names"]["kind"]),
                spec["scope"] == "Namespaced",
                false,
            );
        }
        self.clear();
        let definitions = self.api(&self.kind("CustomResourceDefinition"), "");
        wait(async move {
            let all = definitions.list(&ListParams::default()).await.unwrap().items;
            for definition in all {
                remove(&definitions, &definition.name_any()).await;
            }
            while !definitions.list(&ListParams::default()).await.unwrap().items.is_empty() {
                pause().await;
            }
        });
    }
}

/// Removes all objects of a kind.
async fn empty(client: Client, known: Known) {
    let everywhere: Api<DynamicObject> = Api::all_with(client.clone(), &known.resource);
    let Ok(all) = everywhere.list(&ListParams::default()).await else {
        return;
    };
    for object in all.items {
        let api = match &object.metadata.namespace {
            // What the server itself needs.
            Some(namespace) if namespace.starts_with("kube-") => continue,
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &known.resource),
            None => everywhere.clone(),
        };
        remove(&api, &object.name_any()).await;
    }
}

/// Removes an object whatever its finalizers say.
async fn remove(api: &Api<DynamicObject>, name: &str) {
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    for done in [
        api.patch(name, &PatchParams::default(), &free).await.map(drop),
        api.delete(name, &DeleteParams::default()).await.map(drop),
    ] {
        match done {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            done => done.unwrap(),
        }
    }
}

async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

/// A status that is no part of its own is written with everything else.
fn put_back(patch: &mut Value, status: Option<Value>) -> Option<Value> {
    if let Some(status) = status {
        patch["status"] = status;
    }
    None
}
