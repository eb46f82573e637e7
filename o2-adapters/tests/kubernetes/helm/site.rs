//! [`Site`]: a namespace of the cluster, a place in the registry, and plugins with one of the programs.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::lock::MutexGuard;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PostParams};
use o2_adapters::dms::helm::{Helm, HelmConfig, RepositoryConfig, RepositoryKind};
use o2_adapters::http::{HttpOptions, ReqwestClient};
use o2_adapters::kube::ClusterConfig;
use o2_adapters::rt::TokioProcesses;
use o2_core::config::DurationText;
use o2_core::{Category, Extensions, PluginInfo};
use o2_dms::{DMSPlugin, Deployment, DeploymentId, DeploymentRequest, DeploymentStatus, PackageId, PackageUpload};
use serde_json::{Value, json};

use crate::peer::{admin, api, context, kubeconfig, name, ports, server};

/// The programs, each of which is tried.
pub(crate) const PROGRAMS: [&str; 2] = ["helm", "helm4"];
/// Work of these tests takes no longer.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Site {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) config: HelmConfig,
}

fn peer(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/real/peers")
        .join(of)
}

fn program(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target/peers/helm/bin")
        .join(name)
}

/// The server, with a registry and the programs, unless one of them is missing; a line says then that `what` was left out.
pub(crate) async fn peers(what: &str) -> Option<MutexGuard<'static, ()>> {
    let guard = server(what).await?;
    for script in ["registry.sh", "helm.sh"] {
        let status = Command::new(peer(script)).arg("status").output();
        if !status.is_ok_and(|output| output.status.success()) {
            // Not with `eprintln!`, which the test harness would swallow.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED kubernetes {what}: start tests/real/peers/{script}"
            );
            return None;
        }
    }
    Some(guard)
}

impl Site {
    pub(crate) async fn new(helm: &str) -> Self {
        let (client, namespace) = (admin().await, name(helm));
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        let object = serde_json::from_value(object).unwrap();
        let namespaces = api(&client, "v1", "Namespace", None);
        namespaces.create(&PostParams::default(), &object).await.unwrap();
        let url = format!("oci://127.0.0.1:15000/o2-test/{namespace}");
        let mut registry = RepositoryConfig::new("edge", RepositoryKind::Oci, url);
        registry.plain_http = true;
        registry.charts = vec!["demo".to_owned()];
        registry.uploads = true;
        let cluster = ClusterConfig::of_kubeconfig(kubeconfig(), Some("admin"));
        let mut config = HelmConfig::new(cluster, vec![registry]);
        config.program = std::fs::canonicalize(program(helm)).unwrap();
        config.namespaces = vec![namespace.clone()];
        config.namespace.clone_from(&namespace);
        config.timeout = DurationText::from_secs(20);
        config.ready_timeout = DurationText::from_secs(10);
        Self {
            client,
            namespace,
            config,
        }
    }

    /// Another gateway's plugin for the same cluster.
    pub(crate) fn plugin(&self) -> Arc<dyn DMSPlugin> {
        let ports = ports()
            .with_http(Arc::new(ReqwestClient::new(&HttpOptions::default()).unwrap()))
            .with_process(Arc::new(TokioProcesses::new()));
        let info = PluginInfo::new(Category::Dms, "helm", "edge", "1").unwrap();
        Arc::new(Helm::new(info, self.config.clone(), &ports).unwrap())
    }

    pub(crate) fn api(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        api(&self.client, version, kind, Some(&self.namespace))
    }

    pub(crate) async fn object(&self, version: &str, kind: &str, name: &str) -> Option<Value> {
        let found = self.api(version, kind).get_opt(name).await.unwrap();
        found.map(|object| serde_json::to_value(object).unwrap())
    }

    /// What the workload of a deployment is like.
    pub(crate) async fn workload(&self, name: &str) -> Value {
        self.object("apps/v1", "Deployment", name).await.unwrap()
    }

    /// Number and status of the revisions that Helm has kept, oldest first.
    pub(crate) async fn revisions(&self, name: &str) -> Vec<(u32, String)> {
        let labels = ListParams::default().labels(&format!("owner=helm,name={name}"));
        let secrets = self.api("v1", "Secret").list(&labels).await.unwrap();
        let read = |secret: DynamicObject| {
            let labels = secret.metadata.labels.unwrap();
            (labels["version"].parse().unwrap(), labels["status"].clone())
        };
        let mut all: Vec<_> = secrets.items.into_iter().map(read).collect();
        all.sort();
        all
    }

    /// Takes everything away.
    pub(crate) async fn clear(self) {
        let namespaces = api(&self.client, "v1", "Namespace", None);
        namespaces
            .delete(&self.namespace, &DeleteParams::default())
            .await
            .unwrap();
    }
}

pub(crate) async fn upload(plugin: &dyn DMSPlugin, content: Vec<u8>) -> PackageId {
    let mut upload = PackageUpload::default();
    upload.package_type = "helm".to_owned();
    upload.content = Some(content.into());
    let package = plugin.upload_deployment_package(&context(), &upload).await.unwrap();
    package.package_id.clone()
}

pub(crate) fn values(value: Value) -> Extensions {
    serde_json::from_value(value).unwrap()
}

pub(crate) async fn create(plugin: &dyn DMSPlugin, package: &PackageId, replicas: u32) -> Arc<Deployment> {
    let mut request = DeploymentRequest::new("demo", package.clone());
    request.description = "made by a test".to_owned();
    request.values = values(json!({"replicaCount": replicas, "note": "first"}));
    let created = plugin.create_deployment(&context(), &request).await.unwrap();
    finished(plugin, &created.deployment_id, DeploymentStatus::Deployed).await
}

/// The deployment when nothing is in motion any more, and in which state that must be.
pub(crate) async fn finished(plugin: &dyn DMSPlugin, id: &DeploymentId, end: DeploymentStatus) -> Arc<Deployment> {
    let began = Instant::now();
    loop {
        let deployment = plugin.get_deployment(&context(), id).await.unwrap();
        if !deployment.status.is_busy() {
            assert_eq!(deployment.status, end, "{deployment:?}");
            return deployment;
        }
        assert!(began.elapsed() < PATIENCE, "never ends: {deployment:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until a deployment is gone.
pub(crate) async fn gone(plugin: &dyn DMSPlugin, id: &DeploymentId) {
    let began = Instant::now();
    while let Ok(deployment) = plugin.get_deployment(&context(), id).await {
        assert!(began.elapsed() < PATIENCE, "never goes: {deployment:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let read = plugin.get_deployment(&context(), id).await.unwrap_err();
    assert!(read.is(o2_core::ErrorKind::NotFound), "{read:?}");
}
