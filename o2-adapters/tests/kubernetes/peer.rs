//! The server, and plugins that look at it.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::lock::{Mutex, MutexGuard};
use futures::stream::BoxStream;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::{Client, Config};
use o2_adapters::ims::kubernetes::{Kubernetes, KubernetesConfig};
use o2_adapters::kube::ClusterConfig;
use o2_adapters::rt::TokioClock;
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Category, Context, PluginInfo, Result};
use o2_ims::{IMSPlugin, InventoryChange, Resource};
use serde_json::{Value, json};

/// Where the script of the server is.
fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/real/peers/kubernetes.sh")
}

/// Tells the script to do something, and waits for it.
pub(crate) fn tell(arguments: &[&str]) -> String {
    let output = Command::new(script())
        .args(arguments)
        .output()
        .expect("the script of the server runs");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn kubeconfig() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/peers/kubernetes/kubeconfig")
}

/// Held by the test that has the server: others would notice what it does to it.
static SERVER: Mutex<()> = Mutex::new(());

/// The server, unless it does not run; a line says then that `what` was left out.
pub(crate) async fn server(what: &str) -> Option<MutexGuard<'static, ()>> {
    let guard = SERVER.lock().await;
    let status = Command::new(script()).arg("status").output();
    if status.is_ok_and(|output| output.status.success()) {
        return Some(guard);
    }
    let remedy = "start the server with tests/real/peers/kubernetes.sh start";
    // Not with `eprintln!`, which the test harness would swallow.
    let _ = writeln!(std::io::stderr(), "SKIPPED kubernetes {what}: {remedy}");
    None
}

/// A client that may do everything.
pub(crate) async fn admin() -> Client {
    let file = Kubeconfig::read_from(kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .unwrap();
    Client::try_from(config).unwrap()
}

pub(crate) fn api(client: &Client, version: &str, kind: &str, namespace: Option<&str>) -> Api<DynamicObject> {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}

/// A name that no other test uses.
pub(crate) fn name(what: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_micros();
    format!(
        "{what}-{:x}-{}",
        time & 0xff_ffff_ffff,
        NUMBER.fetch_add(1, Ordering::Relaxed)
    )
}

/// Nodes with a label of their own, so that tests do not see each other's. They are gone when this is dropped.
pub(crate) struct Nodes {
    pub(crate) client: Client,
    pub(crate) run: String,
}

impl Nodes {
    pub(crate) async fn new() -> Self {
        Self {
            client: admin().await,
            run: name("run"),
        }
    }

    pub(crate) fn api(&self) -> Api<DynamicObject> {
        api(&self.client, "v1", "Node", None)
    }

    pub(crate) fn selector(&self) -> String {
        format!("o2-test/run={}", self.run)
    }

    pub(crate) async fn add(&self, labels: &Value) -> String {
        let name = name("node");
        let mut object = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"o2-test/run": self.run}},
            "spec": {"providerID": format!("o2test:///{name}")},
        });
        for (key, value) in labels.as_object().unwrap() {
            object["metadata"]["labels"][key] = value.clone();
        }
        let object = serde_json::from_value(object).unwrap();
        self.api().create(&PostParams::default(), &object).await.unwrap();
        name
    }

    pub(crate) async fn merge(&self, name: &str, patch: Value) {
        self.api()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    }

    pub(crate) async fn report(&self, name: &str, ready: bool) {
        let status = json!({"status": {
            "capacity": {"cpu": "8", "memory": "32Gi"}, "allocatable": {"cpu": "7800m", "memory": "30Gi"},
            "conditions": [{"type": "Ready", "status": if ready {"True"} else {"False"}, "reason": "Test", "message": "",
                "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        }});
        let parameters = PatchParams::default();
        self.api()
            .patch_status(name, &parameters, &Patch::Merge(status))
            .await
            .unwrap();
    }

    pub(crate) async fn remove(&self, name: &str) {
        self.api().delete(name, &Default::default()).await.unwrap();
    }

    pub(crate) async fn clear(&self) {
        let all = kube::api::ListParams::default().labels(&self.selector());
        self.api().delete_collection(&Default::default(), &all).await.unwrap();
    }
}

/// A plugin that sees the nodes of one test alone.
pub(crate) fn plugin(config: KubernetesConfig, ports: &Ports) -> Arc<dyn IMSPlugin> {
    let info = PluginInfo::new(Category::Ims, "kubernetes", "edge", "1").unwrap();
    Arc::new(Kubernetes::new(info, config, ports).unwrap())
}

pub(crate) fn ports() -> Ports {
    Ports::new(Arc::new(TokioClock::new()))
}

pub(crate) fn config(context: &str, selector: &str) -> KubernetesConfig {
    let mut config = KubernetesConfig::of(ClusterConfig::of_kubeconfig(kubeconfig(), Some(context)));
    config.node_selector = selector.to_owned();
    config
}

pub(crate) fn context() -> Context {
    Context::new("test")
}

pub(crate) async fn resources(plugin: &dyn IMSPlugin) -> Result<Vec<Arc<Resource>>> {
    Ok(plugin.list_resources(&context(), &ListQuery::new()).await?.items)
}

pub(crate) type Changes = BoxStream<'static, Result<InventoryChange>>;

/// The next change of an object of this type.
pub(crate) async fn next(changes: &mut Changes, object: &str, patience: Duration) -> InventoryChange {
    let wanted = async {
        loop {
            let change = changes.next().await.expect("the stream goes on").expect("no trouble");
            if change.object().is_some_and(|changed| changed.object() == object) {
                return change;
            }
        }
    };
    tokio::time::timeout(patience, wanted).await.expect("a change in time")
}

fn cluster() -> Value {
    let output = Command::new("kubectl")
        .args(["config", "view", "--raw", "-o", "json", "--kubeconfig"])
        .arg(kubeconfig())
        .output()
        .unwrap();
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    config["clusters"][0]["cluster"].clone()
}

pub(crate) fn server_url() -> String {
    cluster()["server"].as_str().unwrap().to_owned()
}

/// The certificate that signs the server's, in PEM.
pub(crate) fn certificate_authority() -> Vec<u8> {
    let cluster = cluster();
    match cluster["certificate-authority"].as_str() {
        Some(path) => std::fs::read(path).unwrap(),
        None => {
            let text = cluster["certificate-authority-data"].as_str().unwrap();
            base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).unwrap()
        }
    }
}

/// Makes a service account that may do everything.
pub(crate) async fn allow_everything(namespace: &str, account: &str) {
    let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}});
    let accounts = api(&admin().await, "v1", "ServiceAccount", Some(namespace));
    create(&accounts, object).await;
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": account},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": account}],
    });
    let bindings = api(
        &admin().await,
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        None,
    );
    create(&bindings, binding).await;
}

/// Creates an object unless it is there.
async fn create(api: &Api<DynamicObject>, object: Value) {
    let object = serde_json::from_value(object).unwrap();
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        result => drop(result.unwrap()),
    }
}
