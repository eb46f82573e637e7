//! What is kept until a rollout is over, and what is never deleted.

use std::time::Duration;

use o2_core::Context;
use o2_dms::{DeploymentId, DeploymentStatus, UpgradeRequest};
use o2_testkit::conformance::World;
use serde_json::json;

use super::fixtures::{files, package};
use super::world::{Edge, plugin};

fn context() -> Context {
    Context::new("test")
}

/// The ConfigMaps of a deployment.
fn settings(edge: &Edge, id: &DeploymentId) -> Vec<String> {
    let all = edge.server().list("ConfigMap").into_iter();
    let label = "o2ims.oran.org/deployment-id";
    all.filter(|object| object["metadata"]["labels"][label] == json!(id))
        .map(|object| object["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_pods_may_still_read_stays_until_the_rollout_is_over() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    edge.plugin.get_deployment(&context(), &id).await.unwrap();
    let before = settings(&edge, &id);
    let upgrade = UpgradeRequest::to(edge.package(1));
    edge.plugin.upgrade_deployment(&context(), &id, &upgrade).await.unwrap();
    let during = settings(&edge, &id);
    assert_eq!((before.len(), during.len()), (1, 2));
    assert!(during.contains(&before[0]));
    edge.settle().await;
    edge.plugin.get_deployment(&context(), &id).await.unwrap();
    let after = settings(&edge, &id);
    assert!(after.len() == 1 && after != before, "{before:?} {after:?}");
}

#[tokio::test]
async fn a_rollout_that_fails_deletes_nothing_of_what_ran() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    edge.plugin.get_deployment(&context(), &id).await.unwrap();
    let before = settings(&edge, &id);
    let upgrade = UpgradeRequest::to(edge.package(2));
    edge.plugin.upgrade_deployment(&context(), &id, &upgrade).await.unwrap();
    edge.settle().await;
    let failed = edge.plugin.get_deployment(&context(), &id).await.unwrap();
    assert_eq!(failed.status, DeploymentStatus::Failed);
    assert!(settings(&edge, &id).contains(&before[0]));
}

#[tokio::test]
async fn a_rollout_that_takes_too_long_has_failed() {
    let edge = Edge::full().await.unwrap();
    let mut config = edge.config.clone();
    config.rollout_timeout = o2_core::config::DurationText::from_secs(1);
    let impatient = plugin(&config, &edge.ports).unwrap();
    let made = impatient.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.clock.sleep(Duration::from_millis(1_500)).await;
    let late = impatient.get_deployment(&context(), &id).await.unwrap();
    assert_eq!(late.status, DeploymentStatus::Failed);
    assert!(
        late.status_message.contains("not done within"),
        "{}",
        late.status_message
    );
}

#[tokio::test]
async fn volumes_and_what_is_marked_outlive_their_deployment() {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    for (deletes, expected) in [(false, 1), (true, 0)] {
        let edge = Edge::full().await.unwrap();
        let mut config = edge.config.clone();
        config.delete_volumes = deletes;
        let plugin = plugin(&config, &edge.ports).unwrap();
        let mut files = files("one");
        files[1].1 += &format!("---\n{claim}\n");
        let upload = package("data", "1", &files);
        let uploaded = plugin.upload_deployment_package(&context(), &upload).await.unwrap();
        let mut request = o2_dms::DeploymentRequest::new("data", uploaded.package_id.clone());
        request.namespace = Some("lab".to_owned());
        let made = plugin.create_deployment(&context(), &request).await.unwrap();
        edge.server().update("PersistentVolumeClaim", "lab", "data", |object| {
            object["status"]["phase"] = json!("Bound");
        });
        edge.settle().await;
        plugin.get_deployment(&context(), &made.deployment_id).await.unwrap();
        plugin.delete_deployment(&context(), &made.deployment_id).await.unwrap();
        edge.settle().await;
        let gone = plugin.get_deployment(&context(), &made.deployment_id).await;
        assert!(gone.is_err(), "{gone:?}");
        assert_eq!(edge.server().list("PersistentVolumeClaim").len(), expected, "{deletes}");
    }
}
