//! Configuration and health; what the program leaves behind; and the conformance suite, on a played cluster.

mod api;
mod charts;
mod clock;
mod command;
mod conformance;
mod deed;
mod interrupted;
mod program;
mod render;
mod rivals;
mod secrets;
mod settings;
mod storage;
mod values;
mod world;

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::ports::Ports;
use o2_core::{Category, Context, Error, ErrorKind, PluginInfo, Result};
use o2_dms::{DMSPlugin, op};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::BACKEND;
use super::config::HelmConfig;
use world::Edge;

fn built(config: &Value) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, BACKEND.kind, "test", BACKEND.version)?;
    (BACKEND.build)(info, config, &Ports::new(ManualClock::auto()))
}

#[test]
fn the_example_is_right_and_shows_no_secret() {
    let text = BACKEND
        .example
        .replace("${REGISTRY_PASSWORD}", "s3cret")
        .replace("${HELM_PROXY}", "s3cret");
    let example: Result<Value> = serde_saphyr::from_str(&text).map_err(|error| Error::config(error.to_string()));
    let plugin = built(&example.unwrap()).unwrap();
    assert!(!format!("{plugin:?}").contains("s3cret"), "{plugin:?}");
    assert!(plugin.capabilities().supports(&op::UPLOAD_DEPLOYMENT_PACKAGE));
    let plugin = built(&json!({})).unwrap();
    assert!(
        !plugin.capabilities().supports(&op::UPLOAD_DEPLOYMENT_PACKAGE),
        "nothing takes uploads"
    );
    let error = built(&json!({"repositories": 7})).unwrap_err();
    assert!(
        error.is(ErrorKind::Config) && error.message().starts_with("repositories: "),
        "{error}"
    );
}

#[tokio::test]
async fn health_says_what_does_not_work() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let health = edge.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    assert_eq!(health.details["helm"], "3.19");
    // Without the program, what there is can still be read.
    let old = Edge::of(edge.config.clone(), "v3.2.0").await.unwrap();
    let health = old.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Degraded, "{health:?}");
    assert!(health.message.contains("3.13"), "{health:?}");
    assert!(old.plugin.list_deployments(&context, &Default::default()).await.is_ok());
    old.played
        .server
        .bring(Some(o2_testkit::conformance::Trouble::Down), &[]);
    assert_eq!(old.plugin.health(&context).await.status, HealthStatus::Unhealthy);
}

/// The flags of the two versions differ; a played program takes none that the real one does not have.
#[tokio::test]
async fn helm_4_does_the_same() {
    let config: HelmConfig = Edge::bare().await.unwrap().config;
    let (edge, context) = (Edge::of(config, "v4.3.1").await.unwrap(), Context::new("test"));
    let created = edge
        .plugin
        .create_deployment(&context, &edge.request("demo"))
        .await
        .unwrap();
    edge.played.settle().await;
    let upgrade = o2_dms::UpgradeRequest::to(edge.package(1));
    edge.plugin
        .upgrade_deployment(&context, &created.deployment_id, &upgrade)
        .await
        .unwrap();
    edge.played.settle().await;
    edge.plugin
        .rollback_deployment(&context, &created.deployment_id, &Default::default())
        .await
        .unwrap();
    edge.played.settle().await;
    let read = edge
        .plugin
        .get_deployment(&context, &created.deployment_id)
        .await
        .unwrap();
    assert_eq!((read.revision, read.rolled_back_to), (3, Some(1)), "{read:?}");
}

/// A Deployment says only that it takes too long; its pods say why.
#[tokio::test]
async fn a_report_tells_what_a_pod_waits_for() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let mut request = edge.request("demo");
    request.package_id = edge.package(2);
    let created = edge.plugin.create_deployment(&context, &request).await.unwrap();
    let id = &created.deployment_id;
    edge.played.settle().await;
    let pod = |name: &str, waiting: Value| {
        let labels =
            edge.played.server.get("Deployment", "lab", "demo").unwrap()["spec"]["selector"]["matchLabels"].clone();
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "lab", "labels": labels},
            "spec": {"containers": [{"name": "main", "image": "registry.example/broken:1.0"}]},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "main", "state": {"waiting": waiting}}]}})
    };
    let report = edge.plugin.get_deployment_status(&context, id).await.unwrap();
    let bare = report.status_message;
    assert!(bare.contains("has timed out progressing"), "{bare}");

    edge.played
        .server
        .put(pod("demo-a", json!({"reason": "ContainerCreating"})));
    let report = edge.plugin.get_deployment_status(&context, id).await.unwrap();
    assert_eq!(
        report.status_message, bare,
        "a pod that takes its time explains nothing"
    );

    let waiting = json!({"reason": "ImagePullBackOff", "message": "Back-off pulling image"});
    edge.played.server.put(pod("demo-b", waiting));
    let report = edge.plugin.get_deployment_status(&context, id).await.unwrap();
    let expected = format!("{bare}; pod demo-b: container 'main': Back-off pulling image");
    assert_eq!(report.status_message, expected);
    let ready = report
        .conditions
        .iter()
        .find(|condition| condition.kind == "Ready")
        .unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_str()),
        ("False", "ImagePullBackOff")
    );
}

/// What is noted about a deployment is not lost where Helm makes the namespace.
#[tokio::test]
async fn notes_are_kept_in_a_namespace_that_is_new() {
    let mut config = Edge::bare().await.unwrap().config;
    config.create_namespaces = true;
    let (edge, context) = (Edge::of(config, "v3.19.0").await.unwrap(), Context::new("test"));
    let mut request = edge.request("demo");
    request.namespace = Some("new".to_owned());
    let created = edge.plugin.create_deployment(&context, &request).await.unwrap();
    assert_eq!(
        (&created.description, &created.labels),
        (&request.description, &request.labels)
    );

    let strict = Edge::bare().await.unwrap();
    let mut request = strict.request("demo");
    request.namespace = Some("missing".to_owned());
    let error = strict.plugin.create_deployment(&context, &request).await.unwrap_err();
    assert!(
        error.is(ErrorKind::InvalidInput) && error.violations()[0].at == "namespace",
        "{error:?}"
    );
}
