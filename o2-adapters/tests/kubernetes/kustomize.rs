//! A package of kustomizations through its whole life, built by the real program and applied to the real server.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use kube::api::{DeleteParams, ListParams, PostParams};
use o2_adapters::dms::kustomize::{Kustomize, KustomizeConfig};
use o2_adapters::kube::ClusterConfig;
use o2_adapters::rt::TokioProcesses;
use o2_core::{Category, ErrorKind, Extensions, PluginInfo};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentRequest, DeploymentStatus, LogOptions, PackageId, PackageUpload,
    RollbackRequest, ScaleRequest, UpgradeRequest,
};
use serde_json::json;

use crate::peer::{admin, api, context, kubeconfig, name, ports, server};

/// How long the cluster may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/peers/helm/bin/kustomize")
}

/// Whether the program is there; a line says so when it is not.
fn has_program() -> bool {
    let there = program().exists();
    if !there {
        let remedy = "tests/real/peers/helm.sh start";
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED kubernetes kustomize: get the program with {remedy}"
        );
    }
    there
}

fn plugin(namespace: &str) -> Arc<dyn DMSPlugin> {
    let ports = ports().with_process(Arc::new(TokioProcesses::new()));
    let mut config = KustomizeConfig::of(ClusterConfig::of_kubeconfig(kubeconfig(), Some("admin")));
    config.program = program();
    config.namespace = namespace.to_owned();
    config.create_namespaces = true;
    let info = PluginInfo::new(Category::Dms, "kustomize", "edge", "1").unwrap();
    Arc::new(Kustomize::new(info, config, &ports).unwrap())
}

/// A tar.gz of a kustomization whose workload has this image.
fn archive(folder: &Path, image: &str) -> Bytes {
    let kustomization = "resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n  literals: [image=IMAGE]\n";
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 1, "progressDeadlineSeconds": 5,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "main", "image": image,
                    "envFrom": [{"configMapRef": {"name": "settings"}}],
                }]},
            },
        },
    });
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("kustomization.yaml"), kustomization.replace("IMAGE", image)).unwrap();
    std::fs::write(folder.join("web.yaml"), web.to_string()).unwrap();
    let output = Command::new("tar").arg("-czC").arg(folder).arg(".").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout.into()
}

async fn upload(plugin: &dyn DMSPlugin, version: &str, image: &str) -> PackageId {
    let folder = std::env::temp_dir().join(name("o2-kustomize"));
    let mut upload = PackageUpload::default();
    upload.package_type = "kustomize".to_owned();
    upload.name = Some("web".to_owned());
    upload.version = Some(version.to_owned());
    upload.content = Some(archive(&folder, image));
    std::fs::remove_dir_all(&folder).unwrap();
    let uploaded = plugin.upload_deployment_package(&context(), &upload).await.unwrap();
    uploaded.package_id.clone()
}

/// Waits until a deployment is at rest.
async fn at_rest(plugin: &dyn DMSPlugin, id: &DeploymentId) -> Arc<Deployment> {
    let began = Instant::now();
    loop {
        let deployment = plugin.get_deployment(&context(), id).await.unwrap();
        if !deployment.status.is_busy() {
            return deployment;
        }
        assert!(began.elapsed() < PATIENCE, "{deployment:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_package_lives_its_whole_life() {
    let Some(_server) = server("kustomize").await else {
        return;
    };
    if !has_program() {
        return;
    }
    let namespace = name("kustomize");
    let plugin = plugin(&namespace);
    let version = plugin.health(&context()).await;
    assert!(format!("{version:?}").contains("kustomize"), "{version:?}");

    let one = upload(&*plugin, "1", "registry.example/web:1").await;
    let broken = upload(&*plugin, "2", "registry.example/broken:2").await;
    let mut request = DeploymentRequest::new("web", one.clone());
    request.values = Extensions::from_iter([("namePrefix".to_owned(), json!("a-"))]);
    let made = plugin.create_deployment(&context(), &request).await.unwrap();
    let id = made.deployment_id.clone();
    let deployed = at_rest(&*plugin, &id).await;
    assert_eq!(
        (deployed.status, deployed.replicas, deployed.namespace.as_str()),
        (DeploymentStatus::Deployed, Some(1), namespace.as_str()),
        "{deployed:?}"
    );

    plugin
        .scale_deployment(&context(), &id, &ScaleRequest::new(3))
        .await
        .unwrap();
    let scaled = at_rest(&*plugin, &id).await;
    assert_eq!((scaled.status, scaled.replicas), (DeploymentStatus::Deployed, Some(3)));

    let lines = plugin
        .get_deployment_logs(&context(), &id, &LogOptions::new())
        .await
        .unwrap();
    let lines: Vec<_> = lines.collect().await;
    assert!(!lines.is_empty() && lines.iter().all(Result::is_ok), "{lines:?}");

    plugin
        .upgrade_deployment(&context(), &id, &UpgradeRequest::to(broken))
        .await
        .unwrap();
    let failed = at_rest(&*plugin, &id).await;
    assert_eq!(failed.status, DeploymentStatus::Failed, "{failed:?}");

    plugin
        .rollback_deployment(&context(), &id, &RollbackRequest::to(scaled.revision))
        .await
        .unwrap();
    let back = at_rest(&*plugin, &id).await;
    assert_eq!(
        (back.status, &back.package_id, back.replicas),
        (DeploymentStatus::Deployed, &one, Some(3)),
        "{back:?}"
    );

    plugin.delete_deployment(&context(), &id).await.unwrap();
    let began = Instant::now();
    loop {
        let found = plugin.get_deployment(&context(), &id).await;
        if found.as_ref().is_err_and(|error| error.is(ErrorKind::NotFound)) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{found:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let client = admin().await;
    for kind in ["Deployment", "ConfigMap", "Secret"] {
        let group = if kind == "Deployment" { "apps/v1" } else { "v1" };
        let ours = ListParams::default().labels("o2ims.oran.org/deployment-id");
        let left = api(&client, group, kind, Some(&namespace)).list(&ours).await.unwrap();
        assert!(left.items.is_empty(), "{left:?}");
    }
    api(&client, "v1", "Namespace", None)
        .delete(&namespace, &DeleteParams::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn objects_of_others_are_left_alone() {
    let Some(_server) = server("kustomize").await else {
        return;
    };
    if !has_program() {
        return;
    }
    let namespace = name("kustomize");
    let client = admin().await;
    let object = serde_json::from_value(json!({"metadata": {"name": namespace}})).unwrap();
    api(&client, "v1", "Namespace", None)
        .create(&PostParams::default(), &object)
        .await
        .unwrap();
    let foreign = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "foreign"}}, "template": {
            "metadata": {"labels": {"app": "foreign"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}},
    });
    let deployments = api(&client, "apps/v1", "Deployment", Some(&namespace));
    deployments
        .create(&PostParams::default(), &serde_json::from_value(foreign).unwrap())
        .await
        .unwrap();
    let plugin = plugin(&namespace);
    let package = upload(&*plugin, "1", "registry.example/web:1").await;
    let request = DeploymentRequest::new("web", package);
    let error = plugin.create_deployment(&context(), &request).await.unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error}");
    let left = deployments.get("web").await.unwrap();
    assert_eq!(left.data["spec"]["selector"]["matchLabels"]["app"], "foreign");
    api(&client, "v1", "Namespace", None)
        .delete(&namespace, &DeleteParams::default())
        .await
        .unwrap();
}
