//! Objects that others have made, and controllers that do not answer.

use std::time::Duration;

use futures::TryStreamExt;
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind};
use o2_dms::{
    DeploymentId, DeploymentObject, DeploymentRequest, DeploymentStatus, HealRequest, LogOptions, RollbackRequest,
    ScaleRequest,
};
use serde_json::{Value, json};

use super::world::Site;
use crate::dms::flux::objects::Engine;
use crate::kube::objects;

const UID: &str = "6f1c2d8e-0000-4000-8000-000000000001";

/// A site with the objects of the sample.
async fn site(change: impl FnOnce(&mut Value)) -> (Site, Context, DeploymentId) {
    let site = Site::new(Engine::Helm).await.unwrap();
    let mut all = objects(include_str!("helmrelease.yaml"), |_| true);
    change(&mut all[0]);
    all[0]["status"]["lastHandledReconcileAt"] =
        all[0]["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].clone();
    // The server counts from one.
    for condition in all[0]["status"]["conditions"].as_array_mut().unwrap() {
        condition["observedGeneration"] = json!(4);
    }
    all.into_iter().for_each(|object| drop(site.played.server.put(object)));
    (site, Context::new("test"), DeploymentId::from(UID))
}

#[tokio::test]
async fn its_history_is_that_of_helm_until_o2_changes_it() {
    let (site, context, id) = site(|_| ()).await;
    site.played.settle().await;
    let history = async || {
        let revisions = site.plugin.list_deployment_revisions(&context, &id).await.unwrap();
        revisions.iter().map(|revision| revision.revision).collect::<Vec<_>>()
    };
    let before = history().await;
    assert_eq!(before, [1, 2, 3]);
    let newest = *before.last().unwrap();
    site.plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
    site.played.settle().await;
    assert_eq!(history().await.last(), Some(&(newest + 1)));
    // What Helm alone knows was there, but is not known well enough to be brought back.
    let error = site
        .plugin
        .rollback_deployment(&context, &id, &RollbackRequest::to(1))
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    site.plugin
        .rollback_deployment(&context, &id, &RollbackRequest::default())
        .await
        .unwrap();
    site.played.settle().await;
    let back = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!((back.replicas, back.rolled_back_to), (Some(3), Some(newest)));
}

#[tokio::test]
async fn what_a_kustomization_makes_is_its_to_change() {
    let (site, context, id) = site(|object| {
        object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!("apps");
    })
    .await;
    site.played.settle().await;
    let scaled = site.plugin.scale_deployment(&context, &id, &ScaleRequest::new(5)).await;
    let deleted = site.plugin.delete_deployment(&context, &id).await;
    for error in [scaled.unwrap_err(), deleted.unwrap_err()] {
        assert!(
            error.is(ErrorKind::Conflict) && error.message().contains("Kustomization apps"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn sources_that_others_have_made_are_packages_and_stay() {
    let (site, context, id) = site(|_| ()).await;
    let used = site
        .plugin
        .get_deployment(&context, &id)
        .await
        .unwrap()
        .package_id
        .clone();
    let package = site.plugin.get_deployment_package(&context, &used).await.unwrap();
    assert_eq!(
        (package.package_type.as_str(), package.version.as_str()),
        ("helm-chart", "0.2.0")
    );
    let error = site
        .plugin
        .delete_deployment_package(&context, &used)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error}");

    let repository = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository",
        "metadata": {"name": "stable", "namespace": "edge"},
        "spec": {"url": "https://bot:hunter2@charts.example/stable", "interval": "10m"},
    });
    site.played.server.put(repository);
    let packages = site
        .plugin
        .list_deployment_packages(&context, &ListQuery::new())
        .await
        .unwrap()
        .items;
    let stable = packages.iter().find(|package| package.name == "stable").unwrap();
    assert_eq!(stable.package_url.as_deref(), Some("https://charts.example/stable"));
    let mut request = DeploymentRequest::new("of-repository", stable.package_id.clone());
    request.namespace = Some("edge".to_owned());
    let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
    assert!(error.message().contains("flux.chart"), "{error}");
    request.extensions.insert("flux.chart".to_owned(), json!("web"));
    let made = site.plugin.create_deployment(&context, &request).await.unwrap();
    let object = site.object(&made.deployment_id).unwrap();
    let reference = json!({"kind": "HelmRepository", "name": "stable", "namespace": "edge"});
    assert_eq!(
        object["spec"]["chart"],
        json!({"spec": {"chart": "web", "version": "*", "sourceRef": reference}})
    );
}

#[tokio::test]
async fn time_alone_makes_a_failure_and_that_is_told() {
    let site = Site::empty(Engine::Kustomize).unwrap();
    let context = Context::new("test");
    // The played controllers leave this one alone.
    let object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "idle", "namespace": "edge"},
        "spec": {"interval": "10m", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "gone"}},
        "status": {
            "observedGeneration": 1, "lastAttemptedRevision": "main",
            "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded", "observedGeneration": 1}],
        },
    });
    let uid = site.played.server.put(object)["metadata"]["uid"]
        .as_str()
        .unwrap()
        .to_owned();
    let id = DeploymentId::from(uid.as_str());
    let before = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!(before.status, DeploymentStatus::Deployed, "{}", before.status_message);
    assert_eq!(before.package_id.as_str(), "GitRepository/edge/gone");
    let mut watch = site.plugin.watch_deployments(&context, None).await.unwrap();
    site.plugin
        .heal_deployment(&context, &id, &HealRequest::default())
        .await
        .unwrap();
    let busy = site
        .plugin
        .heal_deployment(&context, &id, &HealRequest::default())
        .await
        .unwrap_err();
    assert!(busy.is(ErrorKind::Conflict), "{busy}");
    for expected in [DeploymentStatus::Updating, DeploymentStatus::Failed] {
        let told = site
            .played
            .clock
            .within(Duration::from_secs(3_600), watch.try_next())
            .await;
        let change = told.unwrap().unwrap().unwrap();
        let Some(DeploymentObject::Deployment(after)) = change.after else {
            panic!("{change:?}");
        };
        assert_eq!(after.status, expected, "{}", after.status_message);
    }
    // New work may begin.
    let healed = site
        .plugin
        .heal_deployment(&context, &id, &HealRequest::default())
        .await
        .unwrap();
    assert_eq!(healed.status, DeploymentStatus::Updating);
}

#[tokio::test]
async fn older_controllers_keep_no_inventory() {
    let site = Site::new(Engine::Helm).await.unwrap();
    let context = Context::new("test");
    let id = site
        .plugin
        .create_deployment(&context, &site.request("web"))
        .await
        .unwrap()
        .deployment_id
        .clone();
    site.played.settle().await;
    let lines = async || {
        let stream = site
            .plugin
            .get_deployment_logs(&context, &id, &LogOptions::new())
            .await
            .unwrap();
        stream.try_collect::<Vec<_>>().await.unwrap().len()
    };
    let before = lines().await;
    assert!(before > 0);
    site.change(&id, |object| object["status"]["inventory"] = json!({}));
    assert_eq!(lines().await, 0);
    site.played.server.update("Deployment", "edge", "web", |object| {
        object["metadata"]["labels"] =
            json!({"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "edge"});
    });
    assert_eq!(lines().await, before);
}
