//! Helm is killed in the middle of what it does, and the release is mended.

use std::time::Duration;

use o2_core::{Context, ErrorKind};
use o2_dms::{Deployment, DeploymentStatus as Status, DeploymentUpdate, HealRequest, RollbackRequest, UpgradeRequest};
use o2_testkit::conformance::World;
use serde_json::json;

use super::deed::Stage;
use super::world::{Edge, map};

/// Longer than Helm may be at work.
const LONG: Duration = Duration::from_secs(330);

async fn running(edge: &Edge) -> Deployment {
    let context = Context::new("test");
    let created = edge
        .plugin
        .create_deployment(&context, &edge.request("demo"))
        .await
        .unwrap();
    edge.settle().await;
    read(edge, &created).await
}

async fn read(edge: &Edge, deployment: &Deployment) -> Deployment {
    let read = edge
        .plugin
        .get_deployment(&Context::new("test"), &deployment.deployment_id)
        .await;
    Deployment::clone(&read.unwrap())
}

/// When Helm, which was killed, would have been at work for too long.
async fn long_after(edge: &Edge) {
    edge.settle().await;
    edge.clock().sleep(LONG).await;
}

fn statuses(edge: &Edge) -> Vec<String> {
    let revisions = edge.revisions("lab", "demo");
    revisions
        .iter()
        .map(|kept| format!("{} {}", kept.revision(), kept.status()))
        .collect()
}

#[tokio::test]
async fn an_interrupted_upgrade_goes_back_to_what_ran() {
    for stage in [Stage::Objects, Stage::Record] {
        let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
        let before = running(&edge).await;
        let id = &before.deployment_id;
        edge.helm.kill_at(stage);
        let upgrade = UpgradeRequest::to(edge.package(1));
        let upgrading = edge.plugin.upgrade_deployment(&context, id, &upgrade).await.unwrap();
        assert_eq!(upgrading.status, Status::Updating);
        edge.settle().await;
        assert_eq!(statuses(&edge), ["1 deployed", "2 pending-upgrade"], "{stage:?}");
        // Somebody may still be at work, for all that anybody knows.
        assert_eq!(read(&edge, &before).await.status, Status::Updating);
        let heal = HealRequest::default();
        let early = edge.plugin.heal_deployment(&context, id, &heal).await.unwrap_err();
        assert!(early.is(ErrorKind::Conflict), "{early:?}");

        long_after(&edge).await;
        let failed = read(&edge, &before).await;
        assert_eq!(failed.status, Status::Failed, "{failed:?}");
        assert!(
            failed.status_message.contains("interrupted in the upgrade"),
            "{failed:?}"
        );
        let mut update = DeploymentUpdate::of(&failed);
        update.values = map(json!({"replicaCount": 4}));
        let refused = edge.plugin.update_deployment(&context, id, &update).await.unwrap_err();
        assert!(
            refused.is(ErrorKind::Conflict) && refused.message().contains("heal"),
            "{refused:?}"
        );

        edge.plugin.heal_deployment(&context, id, &heal).await.unwrap();
        edge.settle().await;
        let healed = read(&edge, &before).await;
        assert_eq!(
            (healed.status, healed.revision, healed.rolled_back_to),
            (Status::Deployed, 3, Some(1))
        );
        assert_eq!(
            (&healed.package_id, &healed.values),
            (&before.package_id, &before.values)
        );
        assert_eq!(statuses(&edge), ["1 superseded", "2 pending-upgrade", "3 deployed"]);
        edge.plugin
            .update_deployment(&context, id, &update_of(&healed))
            .await
            .unwrap();
        edge.settle().await;
        assert_eq!(read(&edge, &before).await.revision, 4);
    }
}

fn update_of(deployment: &Deployment) -> DeploymentUpdate {
    let mut update = DeploymentUpdate::of(deployment);
    update.values = map(json!({"replicaCount": 1}));
    update
}

#[tokio::test]
async fn a_rollback_mends_it_too() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let before = running(&edge).await;
    edge.helm.kill_at(Stage::Record);
    let upgrade = UpgradeRequest::to(edge.package(1));
    let id = &before.deployment_id;
    edge.plugin.upgrade_deployment(&context, id, &upgrade).await.unwrap();
    long_after(&edge).await;
    let mut rollback = RollbackRequest::default();
    rollback.revision = Some(1);
    edge.plugin.rollback_deployment(&context, id, &rollback).await.unwrap();
    edge.settle().await;
    let back = read(&edge, &before).await;
    assert_eq!(
        (back.status, back.rolled_back_to),
        (Status::Deployed, Some(1)),
        "{back:?}"
    );
}

#[tokio::test]
async fn what_was_never_deployed_can_only_be_deleted() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    edge.helm.kill_at(Stage::Objects);
    let created = edge
        .plugin
        .create_deployment(&context, &edge.request("demo"))
        .await
        .unwrap();
    long_after(&edge).await;
    assert_eq!(read(&edge, &created).await.status, Status::Failed);
    let id = &created.deployment_id;
    let refused = edge
        .plugin
        .heal_deployment(&context, id, &HealRequest::default())
        .await
        .unwrap_err();
    assert!(
        refused.is(ErrorKind::Conflict) && refused.message().contains("delete it"),
        "{refused:?}"
    );
    edge.plugin.delete_deployment(&context, id).await.unwrap();
    edge.settle().await;
    let gone = edge.plugin.get_deployment(&context, id).await.unwrap_err();
    assert!(gone.is(ErrorKind::NotFound), "{gone:?}");
    // Also what was noted about it, so that the name is free.
    assert!(edge.played.server.list("Secret").is_empty());
    running(&edge).await;
}

#[tokio::test]
async fn an_interrupted_removal_is_asked_for_again() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let before = running(&edge).await;
    let id = &before.deployment_id;
    edge.helm.kill_at(Stage::Record);
    edge.plugin.delete_deployment(&context, id).await.unwrap();
    assert_eq!(read(&edge, &before).await.status, Status::Terminating);
    long_after(&edge).await;
    let failed = read(&edge, &before).await;
    assert_eq!(failed.status, Status::Failed);
    assert!(
        failed.status_message.contains("interrupted in the removal"),
        "{failed:?}"
    );
    let refused = edge
        .plugin
        .heal_deployment(&context, id, &HealRequest::default())
        .await
        .unwrap_err();
    assert!(refused.is(ErrorKind::Conflict), "{refused:?}");
    edge.plugin.delete_deployment(&context, id).await.unwrap();
    edge.settle().await;
    assert!(
        edge.plugin
            .get_deployment(&context, id)
            .await
            .unwrap_err()
            .is(ErrorKind::NotFound)
    );
    assert!(edge.played.server.list("Secret").is_empty());
}

/// A plugin that goes away kills what it has started; one that is closed waits for it.
#[tokio::test]
async fn a_plugin_that_is_closed_leaves_nothing_half_made() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let before = running(&edge).await;
    let id = &before.deployment_id;
    let upgrade = UpgradeRequest::to(edge.package(1));
    edge.plugin.upgrade_deployment(&context, id, &upgrade).await.unwrap();
    assert_eq!(statuses(&edge), ["1 deployed", "2 pending-upgrade"]);
    let closing = edge.plugin.close();
    let (closed, ()) = futures::future::join(closing, edge.settle()).await;
    closed.unwrap();
    assert_eq!(statuses(&edge), ["1 superseded", "2 deployed"]);
    let error = edge.plugin.get_deployment(&context, id).await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    let other = edge.another().unwrap();
    assert_eq!(
        other.get_deployment(&context, id).await.unwrap().package_id,
        edge.package(1)
    );
}
