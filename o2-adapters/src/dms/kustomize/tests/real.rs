//! A package of kustomizations through its whole life, built by the real program and applied to the real server.

use std::sync::Arc;

use futures::StreamExt;
use kube::api::ListParams;
use o2_core::ports::Ports;
use o2_core::{Category, Context, ErrorKind, Extensions, PluginInfo};
use o2_dms::{DMSPlugin, DeploymentRequest, LogOptions, PackageId};
use serde_json::{Value, json};

use super::fixtures::package;
use super::life::Life;
use super::namespace::Real;
use crate::dms::kustomize::{Kustomize, KustomizeConfig};
use crate::kube::ClusterConfig;
use crate::kube::testing::{kubeconfig, program, there_is};
use crate::rt::{TokioClock, TokioProcesses};

fn context() -> Context {
    Context::new("test")
}

/// A namespace, if server and program are there; a line says so when one is not.
async fn real() -> Option<Real> {
    if !there_is("kustomize") {
        return None;
    }
    Real::new("kustomize").await
}

fn plugin(namespace: &str) -> Arc<dyn DMSPlugin> {
    let ports = Ports::new(Arc::new(TokioClock::new())).with_process(Arc::new(TokioProcesses::new()));
    let mut config = KustomizeConfig::of(ClusterConfig::of_kubeconfig(kubeconfig(), Some("admin")));
    config.program = program("kustomize");
    config.namespace = namespace.to_owned();
    config.namespaces = vec![namespace.to_owned()];
    let info = PluginInfo::new(Category::Dms, "kustomize", "edge", "1").unwrap();
    Arc::new(Kustomize::new(info, config, &ports).unwrap())
}

fn workload(image: &str) -> Value {
    let container = json!({"name": "main", "image": image, "envFrom": [{"configMapRef": {"name": "settings"}}]});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 1, "progressDeadlineSeconds": 5, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
        },
    })
}

async fn upload(plugin: &dyn DMSPlugin, version: &str, image: &str) -> PackageId {
    let kustomization = json!({
        "resources": ["web.yaml"],
        "configMapGenerator": [{"name": "settings", "literals": [format!("image={image}")]}],
    });
    let files = [
        ("kustomization.yaml", kustomization.to_string()),
        ("web.yaml", workload(image).to_string()),
    ];
    let upload = package("web", version, &files);
    let uploaded = plugin.upload_deployment_package(&context(), &upload).await.unwrap();
    uploaded.package_id.clone()
}

#[tokio::test]
async fn a_package_lives_on_a_real_server() {
    let Some(real) = real().await else {
        return;
    };
    let plugin = plugin(&real.namespace);
    let health = plugin.health(&context()).await;
    assert!(format!("{health:?}").contains("kustomize"), "{health:?}");
    let one = upload(&*plugin, "1", "registry.example/web:1").await;
    let broken = upload(&*plugin, "2", "registry.example/broken:2").await;
    let mut request = DeploymentRequest::new("web", one);
    request.namespace = Some(real.namespace.clone());
    request.values = Extensions::from_iter([("namePrefix".to_owned(), json!("a-"))]);
    let life = Life {
        plugin: Arc::clone(&plugin),
        request,
        failing: broken,
    };
    let id = life.until_rolled_back().await;
    let lines = plugin
        .get_deployment_logs(&context(), &id, &LogOptions::new())
        .await
        .unwrap();
    let lines: Vec<_> = lines.collect().await;
    assert!(!lines.is_empty() && lines.iter().all(Result::is_ok), "{lines:?}");
    life.until_gone(&id).await;

    let ours = ListParams::default().labels("o2ims.oran.org/deployment-id");
    for (version, kind) in [("apps/v1", "Deployment"), ("v1", "ConfigMap"), ("v1", "Secret")] {
        let left = real.api(version, kind).list(&ours).await.unwrap();
        assert!(left.items.is_empty(), "{left:?}");
    }
    real.clear().await;
}

#[tokio::test]
async fn objects_of_others_are_left_alone_on_a_real_server() {
    let Some(real) = real().await else {
        return;
    };
    let mut foreign = workload("a:1");
    foreign["spec"]["replicas"] = json!(0);
    real.put(&foreign).await;
    let before = real.api("apps/v1", "Deployment").get("web").await.unwrap();
    let plugin = plugin(&real.namespace);
    let package = upload(&*plugin, "1", "registry.example/web:1").await;
    let request = DeploymentRequest::new("web", package);
    let error = plugin.create_deployment(&context(), &request).await.unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error}");
    let after = real.api("apps/v1", "Deployment").get("web").await.unwrap();
    assert_eq!(after.data["spec"], before.data["spec"]);
    real.clear().await;
}
