//! [`Request`]: what can be asked about a deployment, so that what holds for all of it is written once.

use std::sync::Arc;

use futures::TryStreamExt;
use futures::future::BoxFuture;
use o2_core::{Operation, Result};
use o2_dms::{
    Deployment, DeploymentStatus, DeploymentUpdate, HealRequest, LogOptions, RollbackRequest, ScaleRequest,
    UpgradeRequest, op,
};

use super::scene::Scene;
use crate::conformance::{Verdict, skip};

/// Asks something about a deployment. The outer result is what the world lacks, the inner one the plugin's answer.
type Call = for<'a> fn(&'a Scene<'a>, &'a Deployment) -> BoxFuture<'a, Verdict<Result<()>>>;

/// One way to ask something about a deployment.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) operation: &'static Operation,
    pub(super) call: Call,
    /// The state of the deployment while the work is in motion; `None` for what only reads.
    pub(super) state: Option<DeploymentStatus>,
    /// Whether the work makes a new revision.
    pub(super) revises: bool,
}

/// Everything that sets work in motion. Each request changes something about a deployment of the world.
pub(super) const WORK: &[Request] = &[
    Request {
        operation: &op::UPDATE_DEPLOYMENT,
        call: |s, d| {
            Box::pin(async move {
                let update = s.other_values(d)?;
                let result = s.plugin.update_deployment(&s.context, &d.deployment_id, &update);
                Ok(result.await.map(drop))
            })
        },
        state: Some(DeploymentStatus::Updating),
        revises: true,
    },
    Request {
        operation: &op::SCALE_DEPLOYMENT,
        call: |s, d| {
            Box::pin(async move {
                let request = s.other_replicas(d)?;
                let result = s.plugin.scale_deployment(&s.context, &d.deployment_id, &request);
                Ok(result.await.map(drop))
            })
        },
        state: Some(DeploymentStatus::Scaling),
        revises: false,
    },
    Request {
        operation: &op::UPGRADE_DEPLOYMENT,
        call: |s, d| {
            Box::pin(async move {
                let request = UpgradeRequest::to(s.newer_package()?);
                let result = s.plugin.upgrade_deployment(&s.context, &d.deployment_id, &request);
                Ok(result.await.map(drop))
            })
        },
        state: Some(DeploymentStatus::Updating),
        revises: true,
    },
    Request {
        operation: &op::ROLLBACK_DEPLOYMENT,
        call: |s, d| {
            Box::pin(async move {
                let request = RollbackRequest::default();
                let result = s.plugin.rollback_deployment(&s.context, &d.deployment_id, &request);
                Ok(result.await.map(drop))
            })
        },
        state: Some(DeploymentStatus::Updating),
        revises: true,
    },
    Request {
        operation: &op::HEAL_DEPLOYMENT,
        call: |s, d| {
            Box::pin(async move {
                let request = HealRequest::default();
                let result = s.plugin.heal_deployment(&s.context, &d.deployment_id, &request);
                Ok(result.await.map(drop))
            })
        },
        state: Some(DeploymentStatus::Updating),
        revises: false,
    },
    Request {
        operation: &op::DELETE_DEPLOYMENT,
        call: |s, d| Box::pin(async move { Ok(s.plugin.delete_deployment(&s.context, &d.deployment_id).await) }),
        state: Some(DeploymentStatus::Terminating),
        revises: false,
    },
];

/// Everything that reads.
pub(super) const READS: &[Request] = &[
    Request {
        operation: &op::GET_DEPLOYMENT_STATUS,
        call: |s, d| {
            Box::pin(async move {
                let result = s.plugin.get_deployment_status(&s.context, &d.deployment_id);
                Ok(result.await.map(drop))
            })
        },
        state: None,
        revises: false,
    },
    Request {
        operation: &op::GET_DEPLOYMENT_LOGS,
        call: |s, d| {
            Box::pin(async move {
                let options = LogOptions::new();
                let stream = s.plugin.get_deployment_logs(&s.context, &d.deployment_id, &options);
                let lines = async { stream.await?.try_collect::<Vec<_>>().await };
                Ok(lines.await.map(drop))
            })
        },
        state: None,
        revises: false,
    },
    Request {
        operation: &op::LIST_DEPLOYMENT_REVISIONS,
        call: |s, d| {
            Box::pin(async move {
                let result = s.plugin.list_deployment_revisions(&s.context, &d.deployment_id);
                Ok(result.await.map(drop))
            })
        },
        state: None,
        revises: false,
    },
];

impl Scene<'_> {
    /// The update that gives a deployment other values and leaves the rest.
    pub(super) fn other_values(&self, deployment: &Deployment) -> Verdict<DeploymentUpdate> {
        let Some(values) = self.world.other_values() else {
            return skip("the world has no other values");
        };
        let mut update = DeploymentUpdate::of(deployment);
        update.values = values;
        Ok(update)
    }

    /// Another number of replicas than the deployment has, and more than none.
    pub(super) fn other_replicas(&self, deployment: &Deployment) -> Verdict<ScaleRequest> {
        let Some(range) = self.world.replicas() else {
            return skip("the world cannot scale");
        };
        let other = range.filter(|n| *n > 0 && Some(*n) != deployment.replicas).nth(1);
        other.map_or_else(
            || skip("the world has no other number of replicas"),
            |n| Ok(ScaleRequest::new(n)),
        )
    }

    /// An installed deployment of which `request` can ask something: with an earlier revision, if that takes one.
    pub(super) async fn ready_for(&self, request: Request, name: &str) -> Verdict<Arc<Deployment>> {
        let deployment = self.running(name).await?;
        if request.operation != &op::ROLLBACK_DEPLOYMENT {
            return Ok(deployment);
        }
        self.with_other_values(&deployment).await
    }

    /// The deployment when it has other values, as its next revision.
    pub(super) async fn with_other_values(&self, deployment: &Deployment) -> Verdict<Arc<Deployment>> {
        self.revising(deployment).await?;
        self.deployed(&deployment.deployment_id).await
    }

    /// The deployment when it has begun to get other values; by an upgrade where there are no updates.
    pub(super) async fn revising(&self, deployment: &Deployment) -> Verdict<Arc<Deployment>> {
        let id = &deployment.deployment_id;
        if self.plugin.capabilities().supports(&op::UPDATE_DEPLOYMENT) {
            let update = self.other_values(deployment)?;
            Ok(self.plugin.update_deployment(&self.context, id, &update).await?)
        } else if self.plugin.capabilities().supports(&op::UPGRADE_DEPLOYMENT) {
            let request = UpgradeRequest::to(self.newer_package()?);
            Ok(self.plugin.upgrade_deployment(&self.context, id, &request).await?)
        } else {
            skip("the plugin neither updates nor upgrades")
        }
    }
}
