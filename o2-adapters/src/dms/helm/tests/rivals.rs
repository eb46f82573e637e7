//! Two gateways change one release at the same time: its history stays a line, and whoever loses is told.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, join};
use o2_core::{Context, ErrorKind, Result};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentStatus, DeploymentUpdate, RollbackRequest, ScaleRequest,
    UpgradeRequest,
};
use o2_testkit::conformance::World;
use serde_json::json;

use super::world::{Edge, map};

type Answer = Result<Arc<Deployment>>;
type Asking = for<'a> fn(&'a Edge, &'a dyn DMSPlugin, &'a DeploymentId) -> BoxFuture<'a, Answer>;

const UPDATE: Asking = |_, plugin, id| {
    async move {
        let context = Context::new("test");
        let mut update = DeploymentUpdate::of(&*plugin.get_deployment(&context, id).await?);
        update.values = map(json!({"replicaCount": 4}));
        plugin.update_deployment(&context, id, &update).await
    }
    .boxed()
};
const UPGRADE: Asking = |edge, plugin, id| {
    async move {
        let request = UpgradeRequest::to(edge.package(1));
        plugin.upgrade_deployment(&Context::new("test"), id, &request).await
    }
    .boxed()
};
const SCALE: Asking = |_, plugin, id| {
    async move {
        plugin
            .scale_deployment(&Context::new("test"), id, &ScaleRequest::new(3))
            .await
    }
    .boxed()
};
const ROLLBACK: Asking = |_, plugin, id| {
    async move {
        let mut request = RollbackRequest::default();
        request.revision = Some(1);
        plugin.rollback_deployment(&Context::new("test"), id, &request).await
    }
    .boxed()
};

async fn running(edge: &Edge) -> DeploymentId {
    let created = edge
        .plugin
        .create_deployment(&Context::new("test"), &edge.request("demo"))
        .await
        .unwrap();
    edge.settle().await;
    let id = created.deployment_id.clone();
    SCALE(edge, &*edge.plugin, &id).await.unwrap();
    edge.settle().await;
    id
}

#[tokio::test]
async fn one_of_two_wins_and_the_history_stays_a_line() {
    let all = [UPDATE, UPGRADE, ROLLBACK];
    for (first, second) in all
        .iter()
        .flat_map(|first| all.iter().map(move |second| (first, second)))
    {
        let edge = Edge::bare().await.unwrap();
        let id = running(&edge).await;
        let other = edge.another().unwrap();
        let answers = join(first(&edge, &*edge.plugin, &id), second(&edge, &*other, &id)).await;
        let (won, lost) = match &answers {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("one of the two: {both:?}"),
        };
        assert!(lost.is(ErrorKind::Conflict), "{lost:?}");
        assert_eq!(won.revision, 3);
        edge.settle().await;
        let kept: Vec<_> = edge
            .revisions("lab", "demo")
            .iter()
            .map(|kept| format!("{} {}", kept.revision(), kept.status()))
            .collect();
        assert_eq!(kept, ["1 superseded", "2 superseded", "3 deployed"]);
        for plugin in [&edge.plugin, &other] {
            let read = plugin.get_deployment(&Context::new("test"), &id).await.unwrap();
            assert_eq!((read.status, read.revision), (DeploymentStatus::Deployed, 3));
            assert_eq!((&read.package_id, &read.values), (&won.package_id, &won.values));
        }
    }
}

#[tokio::test]
async fn one_of_two_gets_the_name() {
    let edge = Edge::bare().await.unwrap();
    let (other, context) = (edge.another().unwrap(), Context::new("test"));
    let request = edge.request("demo");
    let answers = join(
        edge.plugin.create_deployment(&context, &request),
        other.create_deployment(&context, &request),
    )
    .await;
    let (won, lost) = match answers {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("one of the two: {both:?}"),
    };
    assert!(
        matches!(lost.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists),
        "{lost:?}"
    );
    edge.settle().await;
    let read = other.get_deployment(&context, &won.deployment_id).await.unwrap();
    assert_eq!(
        (read.status, &read.description),
        (DeploymentStatus::Deployed, &request.description)
    );
    assert_eq!(edge.revisions("lab", "demo").len(), 1);
}

/// Helm makes a revision whatever the last one is by then. It is still the one that was asked for.
#[tokio::test]
async fn who_comes_a_moment_later_gets_the_next_revision() {
    let edge = Edge::bare().await.unwrap();
    let id = running(&edge).await;
    let other = edge.another().unwrap();
    SCALE_BACK(&edge, &*other, &id).await.unwrap();
    edge.settle().await;
    let upgraded = UPGRADE(&edge, &*edge.plugin, &id).await.unwrap();
    assert_eq!((upgraded.revision, upgraded.replicas), (4, Some(1)));
}

const SCALE_BACK: Asking = |_, plugin, id| {
    async move {
        plugin
            .scale_deployment(&Context::new("test"), id, &ScaleRequest::new(1))
            .await
    }
    .boxed()
};
