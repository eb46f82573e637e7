//! The life of a deployment on a server that really runs, with the definition of Applications and a played controller.

use std::sync::Arc;

use o2_core::ports::Ports;
use o2_core::{Category, Context, Extensions, PluginInfo, Timestamp};
use o2_dms::{DMSPlugin, DeploymentRequest, PackageUpload};
use serde_json::{Value, json};

use super::controller::MISSING;
use super::definition::applications;
use crate::dms::argocd::{ArgoCd, ArgocdConfig};
use crate::kube::ClusterConfig;
use crate::kube::testing::{Life, Real, Write, kubeconfig};
use crate::rt::TokioClock;

#[tokio::test]
async fn a_deployment_lives_on_a_real_server() {
    let Some(real) = Real::new("argocd").await else {
        return;
    };
    real.define([applications()]).await;
    let controller = real.control(("argoproj.io/v1alpha1", "Application"), &[], |object, _| step(object));
    tokio::select! {
        () = live(&real) => {}
        () = controller => unreachable!("a controller has no end"),
    }
    real.clear().await;
}

async fn live(real: &Real) {
    let cluster = ClusterConfig::of_kubeconfig(kubeconfig(), Some("admin"));
    let mut config = ArgocdConfig::of(cluster).with_replicas_path("replicaCount");
    config.namespace.clone_from(&real.namespace);
    let info = PluginInfo::new(Category::Dms, "argocd", "test", "1").unwrap();
    let plugin: Arc<dyn DMSPlugin> =
        Arc::new(ArgoCd::new(info, config, &Ports::new(Arc::new(TokioClock::new()))).unwrap());
    let mut packages = Vec::new();
    for version in ["1.0.0", MISSING] {
        let mut upload = PackageUpload::at("helm", format!("https://charts.example/stable/web-{version}.tgz"));
        (upload.name, upload.version) = (Some("web".to_owned()), Some(version.to_owned()));
        let package = plugin.upload_deployment_package(&Context::new("test"), &upload).await;
        packages.push(package.unwrap().package_id.clone());
    }
    let mut request = DeploymentRequest::new("web", packages[0].clone());
    request.namespace = Some("edge".to_owned());
    request.values = Extensions::from_iter([("replicaCount".to_owned(), json!(1))]);
    let life = Life {
        plugin,
        request,
        failing: packages[1].clone(),
    };
    life.live().await;
}

fn now() -> i64 {
    use o2_core::ports::Clock;
    TokioClock::new().now().unix_seconds()
}

fn text(seconds: i64) -> Value {
    json!(Timestamp::from_unix_seconds(seconds))
}

fn seconds(value: &Value) -> i64 {
    value
        .as_str()
        .and_then(|text| Timestamp::parse(text).ok())
        .map_or(0, Timestamp::unix_seconds)
}

/// What the controller does next, as `controller.rs` has it by virtual time.
fn step(object: &mut Value) -> Write {
    if object["metadata"]["deletionTimestamp"].is_string() {
        object["metadata"]["finalizers"] = json!([]);
        return Write::Object;
    }
    let state = &object["status"]["operationState"];
    if state["phase"] == "Running" && now() <= seconds(&state["startedAt"]) {
        // Times have seconds: what was seen before must not look like what is seen after.
        return Write::Nothing;
    }
    if object["operation"].is_object() {
        work(object);
        return Write::Object;
    }
    let state = &object["status"]["operationState"];
    let ended = seconds(&state["finishedAt"]);
    let seen = seconds(&object["status"]["reconciledAt"]);
    if ended == 0 || seen > ended || now() <= ended {
        return Write::Nothing;
    }
    look(object);
    Write::Object
}

fn work(object: &mut Value) {
    let operation = object["operation"].clone();
    let source = object["spec"]["source"].clone();
    let state = &mut object["status"]["operationState"];
    if state["phase"] != "Running" {
        *state = json!({"phase": "Running", "message": "waiting for completion of the sync", "startedAt": text(now()), "operation": operation});
        return;
    }
    state["finishedAt"] = text(now());
    object.as_object_mut().unwrap().remove("operation");
    let state = &mut object["status"]["operationState"];
    if source["targetRevision"] == MISSING {
        state["phase"] = json!("Error");
        state["message"] = json!("ComparisonError: chart version '9.9.9' not found in repository");
        return;
    }
    state["phase"] = json!("Succeeded");
    state["message"] = json!("successfully synced (all tasks run)");
    state["syncResult"] = json!({"revision": source["targetRevision"], "source": source});
    let began = state["startedAt"].clone();
    let mut history = object["status"]["history"].as_array().cloned().unwrap_or_default();
    history.push(json!({
        "id": history.len(), "revision": source["targetRevision"], "source": source,
        "deployStartedAt": began, "deployedAt": text(now()),
    }));
    object["status"]["history"] = json!(history);
}

fn look(object: &mut Value) {
    let (source, destination) = (object["spec"]["source"].clone(), object["spec"]["destination"].clone());
    let failed = object["status"]["operationState"]["phase"] == "Error";
    let status = &mut object["status"];
    status["reconciledAt"] = text(now());
    if failed {
        let message = "Failed to load target state: chart version '9.9.9' not found in repository";
        status["conditions"] =
            json!([{"type": "ComparisonError", "message": message, "lastTransitionTime": text(now())}]);
        status["sync"]["status"] = json!("Unknown");
        return;
    }
    status["sync"] = json!({
        "status": "Synced", "revision": source["targetRevision"],
        "comparedTo": {"source": source, "destination": destination},
    });
    status["health"] = json!({"status": "Healthy", "lastTransitionTime": text(now())});
    status["sourceType"] = json!("Helm");
    status.as_object_mut().unwrap().remove("conditions");
}
