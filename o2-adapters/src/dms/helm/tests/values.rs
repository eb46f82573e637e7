//! Charts and values: always all of both, whatever Helm has kept.

use std::sync::Arc;

use o2_core::{Context, ErrorKind};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentRequest, DeploymentStatus, DeploymentUpdate, ScaleRequest,
    UpgradeRequest,
};
use o2_testkit::conformance::World;
use serde_json::{Value, json};

use super::charts::{nested, web};
use super::world::{Edge, map};
use crate::dms::helm::release::testing::gzipped;

fn context() -> Context {
    Context::new("test")
}

async fn settled(edge: &Edge, id: &DeploymentId) -> Arc<Deployment> {
    edge.settle().await;
    let read = edge.plugin.get_deployment(&context(), id).await.unwrap();
    assert_eq!(read.status, DeploymentStatus::Deployed, "{read:?}");
    read
}

async fn created(edge: &Edge, request: &DeploymentRequest) -> Arc<Deployment> {
    let created = edge.plugin.create_deployment(&context(), request).await.unwrap();
    settled(edge, &created.deployment_id).await
}

/// Helm keeps no charts in charts, and would take away what those have made.
#[tokio::test]
async fn what_a_chart_in_a_chart_has_made_stays() {
    let edge = Edge::bare().await.unwrap();
    edge.repositories.push("edge/nested", &nested("1.0.0"));
    let package = edge.of_chart("nested").await.unwrap().remove(0);
    let mut request = DeploymentRequest::new("demo", package);
    request.values = map(json!({"part": {"size": 9}}));
    let deployment = created(&edge, &request).await;
    let size = || edge.played.server.get("ConfigMap", "lab", "demo-part").unwrap()["data"]["size"].clone();
    assert_eq!(size(), "9");
    let id = &deployment.deployment_id;
    edge.plugin
        .scale_deployment(&context(), id, &ScaleRequest::new(3))
        .await
        .unwrap();
    let scaled = settled(&edge, id).await;
    assert_eq!(size(), "9");
    assert_eq!(scaled.values, map(json!({"part": {"size": 9}, "replicaCount": 3})));
    let kept = edge.revisions("lab", "demo").pop().unwrap();
    let templates = kept.record["chart"]["templates"].as_array().unwrap().len();
    assert_eq!(templates, 1, "what is kept is not the whole chart");
}

#[tokio::test]
async fn values_are_exactly_those_that_were_given() {
    let edge = Edge::bare().await.unwrap();
    let deployment = created(&edge, &edge.request("demo")).await;
    let id = &deployment.deployment_id;
    let settings = || {
        let object = edge.played.server.get("ConfigMap", "lab", "demo-settings").unwrap();
        serde_json::from_str::<Value>(object["data"]["settings"].as_str().unwrap()).unwrap()
    };
    // `null` takes a default away.
    assert_eq!(settings(), json!({"log": "debug"}));
    let mut update = DeploymentUpdate::of(&deployment);
    update.values = map(json!({"replicaCount": 2}));
    edge.plugin.update_deployment(&context(), id, &update).await.unwrap();
    let updated = settled(&edge, id).await;
    assert_eq!(
        (&updated.values, settings()),
        (&update.values, json!({"log": "info", "retries": 3}))
    );

    // An upgrade keeps them, or has others.
    edge.plugin
        .upgrade_deployment(&context(), id, &UpgradeRequest::to(edge.package(1)))
        .await
        .unwrap();
    assert_eq!(settled(&edge, id).await.values, update.values);
    let mut upgrade = UpgradeRequest::to(edge.package(0));
    upgrade.values = Some(map(json!({"settings": {"log": "warn"}})));
    edge.plugin.upgrade_deployment(&context(), id, &upgrade).await.unwrap();
    let upgraded = settled(&edge, id).await;
    assert_eq!(
        (Some(&upgraded.values), upgraded.replicas),
        (upgrade.values.as_ref(), Some(1))
    );
    assert_eq!(settings(), json!({"log": "warn", "retries": 3}));
    for request in edge.helm.requests().iter().skip(1) {
        assert!(
            request.arguments.iter().any(|argument| argument == "--reset-values"),
            "{:?}",
            request.arguments
        );
    }
}

/// A release as somebody has installed it with Helm alone.
fn install(edge: &Edge, chart: &str, version: &str) {
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: theirs}\nspec: {replicas: 1}\n";
    let record = json!({
        "name": "theirs", "namespace": "lab", "version": 1, "config": {"replicaCount": 1}, "manifest": manifest,
        "info": {"status": "deployed", "description": "Install complete",
            "first_deployed": "2025-12-01T00:00:00Z", "last_deployed": "2025-12-01T00:00:00Z"},
        "chart": {"metadata": {"apiVersion": "v2", "name": chart, "version": version}, "values": {"replicaCount": 1}},
    });
    edge.played.server.put(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "theirs", "namespace": "lab",
            "annotations": {"meta.helm.sh/release-name": "theirs"}, "labels": {"app.kubernetes.io/managed-by": "Helm"}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "theirs"}},
            "template": {"metadata": {"labels": {"app": "theirs"}}, "spec": {"containers": [{"name": "main", "image": "x"}]}}},
    }));
    edge.played.server.put(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": "sh.helm.release.v1.theirs.v1", "namespace": "lab",
            "labels": {"owner": "helm", "name": "theirs", "status": "deployed", "version": "1"}},
        "data": {"release": gzipped(&record)},
    }));
}

async fn theirs(edge: &Edge) -> Arc<Deployment> {
    edge.settle().await;
    let all = edge
        .plugin
        .list_deployments(&context(), &Default::default())
        .await
        .unwrap();
    Arc::clone(all.items.iter().find(|deployment| deployment.name == "theirs").unwrap())
}

#[tokio::test]
async fn releases_of_others_are_changed_with_the_chart_of_a_repository() {
    let edge = Edge::bare().await.unwrap();
    install(&edge, "web", "1.0.0");
    let before = theirs(&edge).await;
    assert_eq!((before.package_id.as_str(), before.replicas), ("web:1.0.0", Some(1)));
    edge.plugin
        .scale_deployment(&context(), &before.deployment_id, &ScaleRequest::new(2))
        .await
        .unwrap();
    let after = settled(&edge, &before.deployment_id).await;
    assert_eq!((after.replicas, after.revision), (Some(2), 2));
    assert_eq!(after.package_id, edge.package(0));
}

#[tokio::test]
async fn a_chart_that_is_nowhere_is_told() {
    let edge = Edge::bare().await.unwrap();
    install(&edge, "unknown", "1.0.0");
    let before = theirs(&edge).await;
    let id = &before.deployment_id;
    let refused = edge
        .plugin
        .scale_deployment(&context(), id, &ScaleRequest::new(2))
        .await
        .unwrap_err();
    assert!(
        refused.is(ErrorKind::Conflict) && refused.message().contains("in no repository"),
        "{refused:?}"
    );
    assert_eq!(theirs(&edge).await, before);
    // With a chart it goes on.
    edge.plugin
        .upgrade_deployment(&context(), id, &UpgradeRequest::to(edge.package(0)))
        .await
        .unwrap();
    assert_eq!(settled(&edge, id).await.package_id, edge.package(0));
}

/// A version whose content somebody has replaced is another package.
#[tokio::test]
async fn a_content_that_was_replaced_is_not_taken_for_the_old_one() {
    let edge = Edge::bare().await.unwrap();
    let deployment = created(&edge, &edge.request("demo")).await;
    edge.repositories
        .push("edge/web", &web("web", "1.0.0", "registry.example/elsewhere:9"));
    let id = &deployment.deployment_id;
    let refused = edge
        .plugin
        .scale_deployment(&context(), id, &ScaleRequest::new(3))
        .await
        .unwrap_err();
    assert!(refused.is(ErrorKind::Conflict), "{refused:?}");
    let plugin: &dyn DMSPlugin = &*edge.plugin;
    assert_eq!(plugin.get_deployment(&context(), id).await.unwrap(), deployment);
}
