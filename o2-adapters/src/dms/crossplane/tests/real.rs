//! The life of a composite resource on a server that really runs, with definitions after Crossplane's and a played controller.

use std::sync::Arc;

use o2_core::config::DurationText;
use o2_core::ports::Ports;
use o2_core::{Category, PluginInfo};
use o2_dms::{DMSPlugin, DeploymentRequest, PackageId};
use serde_json::{Value, json};

use super::controllers::{BROKEN, TOKEN};
use super::definition::{self, GROUP, definition};
use super::world::map;
use crate::dms::crossplane::{Crossplane, CrossplaneConfig, DefinitionConfig};
use crate::kube::ClusterConfig;
use crate::kube::testing::{Life, Real, Write, condition, kubeconfig};
use crate::rt::TokioClock;

const API: &str = "apiextensions.crossplane.io/v1";
const KIND: &str = "EdgeApp";

#[tokio::test]
async fn a_composite_resource_lives_on_a_real_server() {
    let Some(real) = Real::new("crossplane").await else {
        return;
    };
    real.define(definition::all()).await;
    real.put_in_cluster(&definition("edgeapps", KIND, Some("Namespaced"), None))
        .await;
    let names = [
        format!("app-{}", real.namespace),
        format!("{BROKEN}-{}", real.namespace),
    ];
    let mut packages = Vec::new();
    for name in &names {
        packages.push(revision(&real, name).await);
    }
    let version = format!("{GROUP}/v1alpha1");
    let controller = real.control((&version, KIND), &[], |object, _| step(object));
    tokio::select! {
        () = live(&real, &packages) => {}
        () = controller => unreachable!("a controller has no end"),
    }
    for name in &names {
        let compositions = real.of_cluster(API, "Composition");
        compositions.delete(name, &Default::default()).await.unwrap();
        let revisions = real.of_cluster(API, "CompositionRevision");
        revisions.delete(&first(name), &Default::default()).await.unwrap();
    }
    real.clear().await;
}

/// The name of the first revision of a composition.
fn first(composition: &str) -> String {
    format!("{composition}-0000001")
}

/// Makes a composition with one revision; that as a package.
async fn revision(real: &Real, composition: &str) -> PackageId {
    let of = json!({"apiVersion": format!("{GROUP}/v1alpha1"), "kind": KIND});
    let mut spec = json!({"compositeTypeRef": of, "mode": "Pipeline", "pipeline": [{"step": "render"}]});
    let made = real
        .put_in_cluster(&json!({
            "apiVersion": API, "kind": "Composition", "metadata": {"name": composition}, "spec": spec,
        }))
        .await;
    spec["revision"] = json!(1);
    let made = real
        .put_in_cluster(&json!({
            "apiVersion": API, "kind": "CompositionRevision",
            "metadata": {
                "name": first(composition), "labels": {"crossplane.io/composition-name": composition},
                "ownerReferences": [{
                    "apiVersion": API, "kind": "Composition", "controller": true,
                    "name": composition, "uid": made.metadata.uid,
                }],
            },
            "spec": spec,
        }))
        .await;
    PackageId::from(made.metadata.uid.unwrap())
}

async fn live(real: &Real, packages: &[PackageId]) {
    let cluster = ClusterConfig::of_kubeconfig(kubeconfig(), Some("admin"));
    let of = DefinitionConfig::new(format!("edgeapps.{GROUP}")).with_replicas_path("replicas");
    let mut config = CrossplaneConfig::of(cluster, [of]);
    config.namespace = Some(real.namespace.clone());
    config.target_namespace.clone_from(&real.namespace);
    config.error_patience = DurationText::from_secs(1);
    let info = PluginInfo::new(Category::Dms, "crossplane", "test", "1").unwrap();
    let ports = Ports::new(Arc::new(TokioClock::new()));
    let plugin: Arc<dyn DMSPlugin> = Arc::new(Crossplane::new(info, config, &ports).unwrap());
    let mut request = DeploymentRequest::new("app", packages[0].clone());
    request.namespace = Some(real.namespace.clone());
    request.values = map(json!({"replicas": 1, "image": "app:1.0"}));
    let life = Life {
        plugin,
        request,
        failing: packages[1].clone(),
    };
    life.live().await;
}

/// What a controller does next, as `controllers.rs` has it by virtual time.
fn step(object: &mut Value) -> Write {
    let metadata = &object["metadata"];
    if metadata["deletionTimestamp"].is_string() {
        object["metadata"]["finalizers"] = json!([]);
        return Write::Object;
    }
    if metadata["finalizers"].is_null() {
        let name = format!("{}-x7k2p", metadata["name"].as_str().unwrap());
        let composed = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": name}]);
        object["metadata"]["finalizers"] = json!(["composite.apiextensions.crossplane.io"]);
        object["spec"]["crossplane"]["resourceRefs"] = composed;
        return Write::Object;
    }
    let (generation, token) = (&metadata["generation"], metadata["annotations"][TOKEN].clone());
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let about = |kind: &str| {
        let its = |condition: &&Value| condition["type"] == kind && condition["observedGeneration"] == *generation;
        conditions.iter().find(its).map(|condition| condition["status"].clone())
    };
    let revision = &object["spec"]["crossplane"]["compositionRevisionRef"]["name"];
    let is_broken = revision.as_str().is_some_and(|revision| revision.starts_with(BROKEN));
    let (synced, ready) = if is_broken {
        (("False", "ReconcileError"), None)
    } else if about("Synced").is_none() {
        (("True", "ReconcileSuccess"), Some(("False", "Creating")))
    } else {
        (("True", "ReconcileSuccess"), Some(("True", "Available")))
    };
    let is_said = about("Synced") == Some(json!(synced.0)) && about("Ready") == ready.map(|(status, _)| json!(status));
    if is_said && token == object["status"]["lastHandledReconcileAt"] {
        return Write::Nothing;
    }
    let synced = Some(condition("Synced", synced.0, synced.1, object));
    let ready = ready.map(|(status, reason)| condition("Ready", status, reason, object));
    object["status"]["conditions"] = synced.into_iter().chain(ready).collect();
    if token.is_string() {
        object["status"]["lastHandledReconcileAt"] = token;
    }
    Write::Status
}
