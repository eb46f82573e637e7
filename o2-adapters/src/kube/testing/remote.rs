//! [`Remote`]: the server that really runs, for those who play controllers on it without being asynchronous.

#![allow(
    clippy::disallowed_methods,
    reason = "a server that really runs lives in real time, and others wait for it"
)]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};

use futures::StreamExt;
use futures::future::join_all;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::runtime::watcher;
use o2_testkit::kubernetes::{Change, ChangeType, Resource};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

use super::difference::difference;
use super::peer;

/// Where the work is done that others wait for.
static ELSEWHERE: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
});

/// How often a look is taken at what takes the server a moment.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

pub(super) type Hook = Arc<dyn Fn(&Change) + Send + Sync>;

/// A kind, as requests name it.
#[derive(Debug, Clone)]
struct Known {
    resource: ApiResource,
    namespaced: bool,
    has_status: bool,
}

/// A part of the server that no other test looks at: namespaces whose names end alike.
pub(super) struct Remote {
    client: Client,
    ending: String,
    kinds: Mutex<BTreeMap<String, Known>>,
    hooks: Arc<Mutex<Vec<Hook>>>,
    watches: Mutex<Vec<JoinHandle<()>>>,
    /// What is to be taken away in the end, by kind and name.
    made: Mutex<Vec<(String, String)>>,
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
    /// A part of the server for `what`, unless none runs.
    pub(super) fn new(what: &str) -> Option<Arc<Self>> {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let what = what.to_owned();
        let client = wait(async move { peer(&what).await })?;
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let remote = Self {
            client,
            ending: format!("-{:x}-{number}", std::process::id()),
            kinds: Mutex::default(),
            hooks: Arc::default(),
            watches: Mutex::default(),
            made: Mutex::default(),
        };
        for (version, kind, namespaced, has_status) in [
            ("v1", "Namespace", false, true),
            ("v1", "Secret", true, false),
            ("v1", "ConfigMap", true, false),
            ("v1", "Pod", true, true),
            ("apps/v1", "Deployment", true, true),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition", false, true),
        ] {
            remote.know(version, kind, namespaced, has_status);
        }
        Some(Arc::new(remote))
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

    /// What a namespace is called here.
    pub(super) fn namespace(&self, name: &str) -> String {
        match name {
            "" => String::new(),
            name if name.ends_with(&self.ending) => name.to_owned(),
            name => format!("{name}{}", self.ending),
        }
    }

    /// Where objects of a kind of this part are: in each of its namespaces, or outside of them.
    fn places(&self, known: &Known) -> Vec<Api<DynamicObject>> {
        if !known.namespaced {
            return vec![self.api(known, "")];
        }
        let made = self.made.lock().unwrap();
        let namespaces = made.iter().filter(|(kind, _)| kind == "Namespace");
        namespaces.map(|(_, name)| self.api(known, name)).collect()
    }

    fn api(&self, known: &Known, namespace: &str) -> Api<DynamicObject> {
        let client = self.client.clone();
        match (known.namespaced, namespace) {
            (true, "") | (false, _) => Api::all_with(client, &known.resource),
            (true, namespace) => Api::namespaced_with(client, &self.namespace(namespace), &known.resource),
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
        for api in self.places(&self.kind(kind)) {
            let (begun, beginning) = mpsc::channel();
            let watching = ELSEWHERE.spawn(tell(api, Arc::clone(&self.hooks), begun));
            self.watches.lock().unwrap().push(watching);
            beginning.recv().expect("the watch begins");
        }
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

    /// All objects of a kind in the namespaces of this part, or outside of namespaces.
    pub(super) fn list(&self, kind: &str) -> Vec<Value> {
        let known = self.kind(kind);
        let places = self.places(&known);
        let listed = wait(async move {
            let lists = places
                .iter()
                .map(|api| async { api.list(&ListParams::default()).await.unwrap().items });
            join_all(lists).await.concat()
        });
        let typed = |object: DynamicObject| {
            let mut object = serde_json::to_value(object).unwrap();
            object["apiVersion"] = json!(known.resource.api_version);
            object["kind"] = json!(known.resource.kind);
            object
        };
        listed.into_iter().map(typed).collect()
    }

    /// Makes an object, or makes the one that is there like it.
    pub(super) fn put(&self, mut object: Value) -> Value {
        let kind = text(&object["kind"]);
        let known = self.kind(&kind);
        if kind == "Namespace" {
            object["metadata"]["name"] = json!(self.namespace(&text(&object["metadata"]["name"])));
        }
        if known.namespaced {
            object["metadata"]["namespace"] = json!(self.namespace(&text(&object["metadata"]["namespace"])));
        }
        let (namespace, name) = (
            text(&object["metadata"]["namespace"]),
            text(&object["metadata"]["name"]),
        );
        let Some(before) = self.get(&kind, &namespace, &name) else {
            let api = self.api(&known, &namespace);
            let made = dynamic(&object);
            let made = wait(async move { api.create(&PostParams::default(), &made).await.unwrap() });
            if !known.namespaced {
                self.made.lock().unwrap().push((kind.clone(), name));
            }
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
        let before = self.get(kind, namespace, name);
        let before = before.unwrap_or_else(|| panic!("there is no {kind} {namespace}/{name}"));
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
        let kind = kind.split('.').next().unwrap_or(kind);
        let kind = if kind == "pods" { "Pod" } else { kind };
        let last = self.get(kind, namespace, name)?;
        let api = self.api(&self.kind(kind), namespace);
        let name = name.to_owned();
        wait(async move {
            let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            for done in [
                api.patch(&name, &PatchParams::default(), &free).await.map(drop),
                api.delete(&name, &DeleteParams::default()).await.map(drop),
            ] {
                match done {
                    Err(kube::Error::Api(status)) if status.code == 404 => {}
                    done => done.unwrap(),
                }
            }
        });
        Some(last)
    }

    /// Takes away everything that was made.
    pub(super) fn clear(&self) {
        self.watches.lock().unwrap().drain(..).for_each(|watch| watch.abort());
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for (kind, name) in made {
            self.remove(&kind, "", &name);
        }
    }
}

/// Tells hooks of what happens to the objects of one place, without end; first that it has begun.
async fn tell(api: Api<DynamicObject>, hooks: Arc<Mutex<Vec<Hook>>>, begun: mpsc::Sender<()>) {
    let mut events = watcher(api, watcher::Config::default()).boxed();
    let mut known: HashMap<String, Value> = HashMap::new();
    while let Some(event) = events.next().await {
        let (object, gone, is_new) = match event {
            Ok(watcher::Event::Apply(object)) => (object, false, true),
            Ok(watcher::Event::Delete(object)) => (object, true, true),
            Ok(watcher::Event::InitApply(object)) => (object, false, false),
            Ok(watcher::Event::InitDone) => {
                // Nobody waits for it when the watch begins anew.
                let _ = begun.send(());
                continue;
            }
            Ok(watcher::Event::Init) | Err(_) => continue,
        };
        let uid = object.metadata.uid.clone().unwrap_or_default();
        let object = serde_json::to_value(object).unwrap();
        let previous = if gone {
            known.remove(&uid)
        } else {
            known.insert(uid, object.clone())
        };
        let change = match (gone, &previous) {
            (true, _) => ChangeType::Deleted,
            (false, None) => ChangeType::Added,
            (false, Some(_)) => ChangeType::Modified,
        };
        if is_new {
            let hooks = hooks.lock().unwrap().clone();
            let change = Change::of(change, object, previous);
            let told = tokio::task::spawn_blocking(move || hooks.iter().for_each(|hook| hook(&change)));
            told.await.unwrap();
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
