//! The whole life of a deployment, whatever backend it is of.

#![allow(clippy::disallowed_methods, reason = "a server that really runs lives in real time")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::BoxStream;
use o2_core::model::ChangeKind;
use o2_core::{Context, ErrorKind, Result};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentObject, DeploymentRequest, DeploymentStatus,
    PackageId, RollbackRequest, ScaleRequest, UpgradeRequest,
};

/// How long the cluster may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

fn context() -> Context {
    Context::new("test")
}

/// A deployment that will be, and a package that will not do.
pub(crate) struct Life {
    pub(crate) plugin: Arc<dyn DMSPlugin>,
    pub(crate) request: DeploymentRequest,
    pub(crate) failing: PackageId,
}

impl Life {
    /// All of it.
    pub(crate) async fn live(&self) {
        let id = self.until_rolled_back().await;
        self.until_gone(&id).await;
    }

    /// Deploys, scales, upgrades to what fails, and rolls back. The deployment is there then.
    pub(crate) async fn until_rolled_back(&self) -> DeploymentId {
        let Self { plugin, request, .. } = self;
        let mut changes = plugin.watch_deployments(&context(), None).await.unwrap();
        let made = plugin.create_deployment(&context(), request).await.unwrap();
        let id = made.deployment_id.clone();
        told(&mut changes, ChangeKind::Created, &id).await;
        let deployed = self.at_rest(&id).await;
        assert_eq!(deployed.status, DeploymentStatus::Deployed, "{deployed:?}");
        assert_eq!(Some(&deployed.namespace), request.namespace.as_ref());

        let to = deployed.replicas.unwrap_or(1) + 2;
        plugin
            .scale_deployment(&context(), &id, &ScaleRequest::new(to))
            .await
            .unwrap();
        let scaled = self.at_rest(&id).await;
        assert_eq!(
            (scaled.status, scaled.replicas),
            (DeploymentStatus::Deployed, Some(to)),
            "{scaled:?}"
        );

        let upgrade = UpgradeRequest::to(self.failing.clone());
        plugin.upgrade_deployment(&context(), &id, &upgrade).await.unwrap();
        let failed = self.at_rest(&id).await;
        assert_eq!(failed.status, DeploymentStatus::Failed, "{failed:?}");
        let report = plugin.get_deployment_status(&context(), &id).await.unwrap();
        assert_eq!(report.status, DeploymentStatus::Failed);
        assert!(!report.status_message.is_empty(), "{report:?}");

        let back = RollbackRequest::to(scaled.revision);
        plugin.rollback_deployment(&context(), &id, &back).await.unwrap();
        let back = self.at_rest(&id).await;
        assert_eq!(
            (back.status, &back.package_id, back.replicas),
            (DeploymentStatus::Deployed, &request.package_id, Some(to)),
            "{back:?}"
        );
        let revisions = plugin.list_deployment_revisions(&context(), &id).await.unwrap();
        assert!(revisions.len() >= 4, "{revisions:?}");
        id
    }

    /// Deletes the deployment, and waits until it is gone.
    pub(crate) async fn until_gone(&self, id: &DeploymentId) {
        let mut changes = self.plugin.watch_deployments(&context(), None).await.unwrap();
        self.plugin.delete_deployment(&context(), id).await.unwrap();
        let began = Instant::now();
        loop {
            let found = self.plugin.get_deployment(&context(), id).await;
            if found.as_ref().is_err_and(|error| error.is(ErrorKind::NotFound)) {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{found:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        told(&mut changes, ChangeKind::Deleted, id).await;
    }

    /// Waits until nothing is being done to a deployment.
    async fn at_rest(&self, id: &DeploymentId) -> Arc<Deployment> {
        let began = Instant::now();
        loop {
            let deployment = self.plugin.get_deployment(&context(), id).await.unwrap();
            if !deployment.status.is_busy() {
                return deployment;
            }
            assert!(began.elapsed() < PATIENCE, "{deployment:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Waits until a deployment is told to be new, or gone.
async fn told(changes: &mut BoxStream<'static, Result<DeploymentChange>>, kind: ChangeKind, id: &DeploymentId) {
    let is_it = |change: &DeploymentChange| {
        let about = |object: &DeploymentObject| matches!(object, DeploymentObject::Deployment(deployment) if deployment.deployment_id == *id);
        change.kind == kind && change.object().is_some_and(about)
    };
    let wait = async {
        loop {
            let change = changes.next().await.expect("the stream goes on").expect("no trouble");
            if is_it(&change) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the change is told");
}
