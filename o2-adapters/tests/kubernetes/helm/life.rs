//! The life of a deployment: installed, scaled, changed, upgraded to something that does not run, rolled back, deleted.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use o2_core::ErrorKind;
use o2_core::model::ChangeKind;
use o2_core::plugin::HealthStatus;
use o2_dms::{
    Condition, DMSPlugin, DeploymentId, DeploymentObject, DeploymentStatus, DeploymentUpdate, HealRequest, LogOptions,
    RollbackRequest, ScaleRequest, UpgradeRequest,
};
use serde_json::json;

use super::chart::demo;
use super::site::{PROGRAMS, Site, create, finished, gone, peers, upload, values};
use crate::peer::context;

const BROKEN: &str = "registry.example/broken:1.0";

#[tokio::test]
async fn a_deployment_lives_and_ends() {
    let Some(_peers) = peers("life of releases").await else {
        return;
    };
    for program in PROGRAMS {
        let site = Site::new(program).await;
        live(&site, program).await;
        site.clear().await;
    }
}

async fn live(site: &Site, program: &str) {
    let (plugin, context) = (site.plugin(), context());
    let health = plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
    let major = if program == "helm4" { "4." } else { "3." };
    assert!(health.details["helm"].starts_with(major), "{health:?}");
    let mut changes = plugin.watch_deployments(&context, None).await.unwrap();

    let first = upload(&*plugin, demo("1.0.0", "registry.example/demo:1.0")).await;
    let broken = upload(&*plugin, demo("2.0.0", BROKEN)).await;
    let deployment = create(&*plugin, &first, 2).await;
    let id = &deployment.deployment_id;
    assert_eq!((deployment.replicas, deployment.revision), (Some(2), 1));
    assert_eq!(site.workload("demo").await["spec"]["replicas"], 2);
    refused(&*plugin, id).await;

    plugin
        .scale_deployment(&context, id, &ScaleRequest::new(3))
        .await
        .unwrap();
    let scaled = finished(&*plugin, id, DeploymentStatus::Deployed).await;
    assert_eq!((scaled.replicas, scaled.revision), (Some(3), 2));
    assert_eq!(site.workload("demo").await["status"]["readyReplicas"], 3);
    // What a chart in the chart has made is not taken away by it.
    let part = site.object("v1", "ConfigMap", "demo-part").await.unwrap();
    assert_eq!(part["data"]["size"], "7");

    let mut update = DeploymentUpdate::of(&scaled);
    update.values = values(json!({"replicaCount": 2, "part": {"size": 9}}));
    plugin.update_deployment(&context, id, &update).await.unwrap();
    let updated = finished(&*plugin, id, DeploymentStatus::Deployed).await;
    assert_eq!(updated.values, update.values);
    let note = &site.workload("demo").await["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"];
    assert_eq!(note, "none", "a value that is not given any more is that of the chart");
    assert_eq!(
        site.object("v1", "ConfigMap", "demo-part").await.unwrap()["data"]["size"],
        "9"
    );

    let mut upgrade = UpgradeRequest::to(broken);
    upgrade.values = Some(values(json!({"replicaCount": 2})));
    plugin.upgrade_deployment(&context, id, &upgrade).await.unwrap();
    let failed = finished(&*plugin, id, DeploymentStatus::Failed).await;
    assert!(failed.status_message.contains("deployment/demo"), "{failed:?}");
    let report = plugin.get_deployment_status(&context, id).await.unwrap();
    let why = |c: &Condition| c.kind == "Ready" && c.status == "False" && c.reason == "ImagePullBackOff";
    assert!(report.conditions.iter().any(why), "{report:?}");
    assert!(report.status_message.contains("Back-off pulling image"), "{report:?}");

    plugin
        .rollback_deployment(&context, id, &RollbackRequest::default())
        .await
        .unwrap();
    let back = finished(&*plugin, id, DeploymentStatus::Deployed).await;
    assert_eq!((back.rolled_back_to, back.revision), (Some(3), 5));
    assert_eq!((&back.package_id, &back.values), (&first, &update.values));
    let lines = logged(&*plugin, id).await;
    assert!(!lines.is_empty());
    plugin
        .heal_deployment(&context, id, &HealRequest::default())
        .await
        .unwrap();
    finished(&*plugin, id, DeploymentStatus::Deployed).await;

    let history = plugin.list_deployment_revisions(&context, id).await.unwrap();
    let numbers: Vec<_> = history.iter().map(|revision| revision.revision).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let used = plugin.delete_deployment_package(&context, &first).await.unwrap_err();
    assert!(used.is(ErrorKind::Conflict), "{used:?}");
    plugin.delete_deployment(&context, id).await.unwrap();
    gone(&*plugin, id).await;
    assert_eq!(site.revisions("demo").await, []);
    assert!(site.object("apps/v1", "Deployment", "demo").await.is_none());
    assert!(site.object("v1", "ConfigMap", "demo-part").await.is_none());
    assert!(site.object("v1", "Secret", "o2ims.deployment.v1.demo").await.is_none());
    plugin.delete_deployment_package(&context, &first).await.unwrap();
    told(&mut changes, id).await;
    plugin.close().await.unwrap();
}

/// Values that the chart does not take are the caller's mistake, and change nothing.
async fn refused(plugin: &dyn DMSPlugin, id: &DeploymentId) {
    let before = plugin.get_deployment(&context(), id).await.unwrap();
    let mut update = DeploymentUpdate::of(&before);
    update.values = values(json!({"replicaCount": "many"}));
    let error = plugin.update_deployment(&context(), id, &update).await.unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error:?}");
    assert_eq!(error.violations()[0].at, "values.replicaCount", "{error:?}");
    assert_eq!(plugin.get_deployment(&context(), id).await.unwrap(), before);
}

async fn logged(plugin: &dyn DMSPlugin, id: &DeploymentId) -> Vec<String> {
    let lines = plugin
        .get_deployment_logs(&context(), id, &LogOptions::new())
        .await
        .unwrap();
    lines.map_ok(|line| line.line).try_collect().await.unwrap()
}

/// That a watch has told the life of a deployment, from its beginning to its end.
async fn told(
    changes: &mut futures::stream::BoxStream<'static, o2_core::Result<o2_dms::DeploymentChange>>,
    id: &DeploymentId,
) {
    let mut kinds = Vec::new();
    let all = async {
        while let Some(change) = changes.next().await {
            let change = change.unwrap();
            match change.object() {
                Some(DeploymentObject::Deployment(deployment)) if deployment.deployment_id == *id => {
                    kinds.push(change.kind);
                }
                _ => {}
            }
            if kinds.last() == Some(&ChangeKind::Deleted) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all)
        .await
        .expect("the end is told");
    assert_eq!(kinds[0], ChangeKind::Created, "{kinds:?}");
    assert!(kinds.len() > 2, "{kinds:?}");
}
