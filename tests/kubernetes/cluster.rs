//! [`Cluster`]: the server, and nodes that no other test sees.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::lock::{Mutex, MutexGuard};
use o2::adapters::kube::kube::api::{Api, ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use o2::adapters::kube::kube::config::{KubeConfigOptions, Kubeconfig};
use o2::adapters::kube::kube::core::GroupVersionKind;
use o2::adapters::kube::kube::{Client, Config};
use serde_json::json;

fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/real/peers/kubernetes.sh")
}

pub(crate) fn kubeconfig() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers/kubernetes/kubeconfig")
}

/// Tells the script of the server to do something, and waits for it.
pub(crate) fn tell(arguments: &[&str]) {
    let output = Command::new(script()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// One test has the server at a time: others would notice what it does to it.
static SERVER: Mutex<()> = Mutex::new(());

/// The server, and the nodes of one test.
pub(crate) struct Cluster {
    run: String,
    nodes: Api<DynamicObject>,
    _held: MutexGuard<'static, ()>,
}

impl Cluster {
    /// The server, unless it does not run; a line says then that `what` was left out.
    pub(crate) async fn find(what: &str) -> Option<Self> {
        let held = SERVER.lock().await;
        let status = Command::new(script()).arg("status").output();
        if !status.is_ok_and(|output| output.status.success()) {
            let remedy = "start the server with tests/real/peers/kubernetes.sh start";
            // Not with `eprintln!`, which the test harness would swallow.
            let _ = writeln!(std::io::stderr(), "SKIPPED kubernetes {what}: {remedy}");
            return None;
        }
        let file = Kubeconfig::read_from(kubeconfig()).unwrap();
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(file, &options).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Node"));
        Some(Self {
            run: format!("{:x}", std::process::id()),
            nodes: Api::all_with(client, &resource),
            _held: held,
        })
    }

    /// A name that nothing else has.
    pub(crate) fn name(&self, what: &str) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        format!("{what}-{}-{}", self.run, NUMBER.fetch_add(1, Ordering::Relaxed))
    }

    /// The label that the nodes of this test have.
    pub(crate) fn selector(&self) -> String {
        format!("o2-test/subscriber={}", self.run)
    }

    pub(crate) async fn add(&self, name: &str) {
        let object = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"o2-test/subscriber": self.run}},
            "spec": {"providerID": format!("o2test:///{name}")},
        });
        let object = serde_json::from_value(object).unwrap();
        self.nodes.create(&PostParams::default(), &object).await.unwrap();
    }

    pub(crate) async fn cordon(&self, name: &str) {
        let patch = Patch::Merge(json!({"spec": {"unschedulable": true}}));
        self.nodes.patch(name, &PatchParams::default(), &patch).await.unwrap();
    }

    pub(crate) async fn remove(&self, name: &str) {
        self.nodes.delete(name, &Default::default()).await.unwrap();
    }

    /// Removes all nodes of this test.
    pub(crate) async fn clear(&self) {
        let all = ListParams::default().labels(&self.selector());
        self.nodes.delete_collection(&Default::default(), &all).await.unwrap();
    }
}
