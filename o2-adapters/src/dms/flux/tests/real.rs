//! The life of a deployment of each kind on a server that really runs, with the definitions of Flux and played controllers.

use std::sync::Arc;

use o2_core::ports::Ports;
use o2_core::{Category, Context, Extensions, PluginInfo};
use o2_dms::{DMSPlugin, DeploymentRequest, PackageUpload};
use serde_json::{Value, json};

use super::controllers::MISSING;
use super::definition;
use crate::dms::flux::objects::Engine;
use crate::dms::flux::{Flux, FluxConfig};
use crate::kube::ClusterConfig;
use crate::kube::testing::{Life, Real, Write, condition, kubeconfig};
use crate::rt::TokioClock;

const TOKEN: &str = "reconcile.fluxcd.io/requestedAt";
const SOURCES: [(&str, &str); 2] = [
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("source.toolkit.fluxcd.io/v1", "HelmChart"),
];

#[tokio::test]
async fn a_release_lives_on_a_real_server() {
    let Some(real) = Real::new("flux, HelmReleases").await else {
        return;
    };
    lives(&real, Engine::Helm).await;
}

#[tokio::test]
async fn a_kustomization_lives_on_a_real_server() {
    let Some(real) = Real::new("flux, Kustomizations").await else {
        return;
    };
    lives(&real, Engine::Kustomize).await;
}

async fn lives(real: &Real, engine: Engine) {
    real.define(definition::all()).await;
    let kind = engine.kind();
    let (version, name) = (kind.api_version(), kind.name.to_string());
    let controller = real.control((&version, &name), &SOURCES, step);
    tokio::select! {
        () = live(real, engine) => {}
        () = controller => unreachable!("a controller has no end"),
    }
    real.clear().await;
}

fn upload(engine: Engine, version: &str) -> PackageUpload {
    let mut upload = match engine {
        Engine::Helm => PackageUpload::at("helm", format!("https://charts.example/web-{version}.tgz")),
        Engine::Kustomize => PackageUpload::at("git", "https://git.example/web.git"),
    };
    (upload.name, upload.version) = (Some("web".to_owned()), Some(version.to_owned()));
    upload
}

async fn live(real: &Real, engine: Engine) {
    let cluster = ClusterConfig::of_kubeconfig(kubeconfig(), Some("admin"));
    let mut config = FluxConfig::of(cluster).with_replicas_path("replicaCount");
    config.namespace = Some(real.namespace.clone());
    config.package_namespace.clone_from(&real.namespace);
    config.target_namespace.clone_from(&real.namespace);
    let info = PluginInfo::new(Category::Dms, "flux", "test", "1").unwrap();
    let ports = Ports::new(Arc::new(TokioClock::new()));
    let plugin: Arc<dyn DMSPlugin> = Arc::new(Flux::new(info, config, &ports).unwrap());
    let mut packages = Vec::new();
    for version in ["v1.0.0", MISSING] {
        let package = plugin
            .upload_deployment_package(&Context::new("test"), &upload(engine, version))
            .await;
        packages.push(package.unwrap().package_id.clone());
    }
    let mut request = DeploymentRequest::new("web", packages[0].clone());
    request.namespace = Some(real.namespace.clone());
    match engine {
        Engine::Helm => request.values = Extensions::from_iter([("replicaCount".to_owned(), json!(1))]),
        Engine::Kustomize => {
            let replicas = json!("Deployment/web");
            request.extensions.insert("flux.replicas".to_owned(), replicas);
        }
    }
    let life = Life {
        plugin,
        request,
        failing: packages[1].clone(),
    };
    life.live().await;
}

/// What a controller does next, as `controllers.rs` has it by virtual time.
fn step(object: &mut Value, sources: &[Value]) -> Write {
    let metadata = &object["metadata"];
    if metadata["deletionTimestamp"].is_string() {
        object["metadata"]["finalizers"] = json!([]);
        return Write::Object;
    }
    if metadata["finalizers"].is_null() {
        object["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
        return Write::Object;
    }
    let (generation, token) = (metadata["generation"].clone(), metadata["annotations"][TOKEN].clone());
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let seen = conditions
        .iter()
        .any(|condition| condition["observedGeneration"] == generation);
    let is_working = conditions.first().is_some_and(|first| first["reason"] == "Progressing");
    let is_answered = object["status"]["lastHandledReconcileAt"] == token;
    if seen && is_answered && !is_working {
        return Write::Nothing;
    }
    if seen && is_working {
        end(object, &version(object, sources), &token);
    } else {
        object["status"]["conditions"] = json!([
            condition("Reconciling", "True", "Progressing", object),
            condition("Ready", "Unknown", "Progressing", object),
        ]);
    }
    Write::Status
}

/// The version that the source of an object stands for.
fn version(object: &Value, sources: &[Value]) -> String {
    let spec = &object["spec"];
    let reference = if spec["chartRef"].is_null() {
        &spec["sourceRef"]
    } else {
        &spec["chartRef"]
    };
    let source = sources
        .iter()
        .find(|source| source["metadata"]["name"] == reference["name"]);
    let spec = source.map(|source| source["spec"].clone()).unwrap_or_default();
    let members = [
        &spec["version"],
        &spec["ref"]["commit"],
        &spec["ref"]["tag"],
        &spec["ref"]["branch"],
    ];
    members
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn end(object: &mut Value, version: &str, token: &Value) {
    let (release, failed) = (object["kind"] == "HelmRelease", version == MISSING);
    let conditions = match (release, failed) {
        (true, true) => json!([
            condition("Stalled", "True", "RetriesExceeded", object),
            condition("Ready", "False", "UpgradeFailed", object),
        ]),
        (false, true) => json!([
            condition("Reconciling", "True", "ProgressingWithRetry", object),
            condition("Ready", "False", "BuildFailed", object),
        ]),
        (true, false) => json!([
            condition("Ready", "True", "UpgradeSucceeded", object),
            condition("Released", "True", "UpgradeSucceeded", object),
        ]),
        (false, false) => json!([
            condition("Ready", "True", "ReconciliationSucceeded", object),
            condition("Healthy", "True", "Succeeded", object),
        ]),
    };
    let generation = object["metadata"]["generation"].clone();
    let status = &mut object["status"];
    status["conditions"] = conditions;
    status["lastHandledReconcileAt"] = token.clone();
    status["lastAttemptedRevision"] = json!(version);
    // A Kustomization that failed is not observed, as it is tried again.
    if release || !failed {
        status["observedGeneration"] = generation;
    }
    if !failed {
        status["inventory"] = json!({"entries": []});
    }
}
