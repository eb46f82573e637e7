//! What a deployment plugin lists, and one harmless call of each operation.

use o2_core::query::ListQuery;
use o2_dms::{
    DMSPlugin, Deployment, DeploymentPackage, DeploymentRequest, DeploymentUpdate, HealRequest, LogOptions,
    PackageUpload, RollbackRequest, ScaleRequest, UpgradeRequest, op,
};

use crate::conformance::Invocation;
use crate::conformance::laws::Collection;

type Plugin = dyn DMSPlugin;

pub(super) const PACKAGES: Collection<Plugin, DeploymentPackage> = Collection {
    operation: &op::LIST_DEPLOYMENT_PACKAGES,
    list: |p, c, q| p.list_deployment_packages(c, q),
    get: Some((&op::GET_DEPLOYMENT_PACKAGE, |p, c, id| {
        Box::pin(async move { p.get_deployment_package(c, &id.into()).await })
    })),
};

pub(super) const DEPLOYMENTS: Collection<Plugin, Deployment> = Collection {
    operation: &op::LIST_DEPLOYMENTS,
    list: |p, c, q| p.list_deployments(c, q),
    get: Some((&op::GET_DEPLOYMENT, |p, c, id| {
        Box::pin(async move { p.get_deployment(c, &id.into()).await })
    })),
};

const NOBODY: &str = "no-such-id";

/// Every operation, called about things that do not exist.
pub(super) const INVOCATIONS: &[Invocation<Plugin>] = &[
    Invocation {
        operation: &op::LIST_DEPLOYMENT_PACKAGES,
        call: |p, c| Box::pin(async move { p.list_deployment_packages(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_DEPLOYMENT_PACKAGE,
        call: |p, c| Box::pin(async move { p.get_deployment_package(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::UPLOAD_DEPLOYMENT_PACKAGE,
        call: |p, c| {
            Box::pin(async move {
                p.upload_deployment_package(c, &PackageUpload::default())
                    .await
                    .map(drop)
            })
        },
    },
    Invocation {
        operation: &op::DELETE_DEPLOYMENT_PACKAGE,
        call: |p, c| Box::pin(async move { p.delete_deployment_package(c, &NOBODY.into()).await }),
    },
    Invocation {
        operation: &op::LIST_DEPLOYMENTS,
        call: |p, c| Box::pin(async move { p.list_deployments(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_DEPLOYMENT,
        call: |p, c| Box::pin(async move { p.get_deployment(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::CREATE_DEPLOYMENT,
        call: |p, c| {
            Box::pin(async move {
                let request = DeploymentRequest::new(NOBODY, NOBODY);
                p.create_deployment(c, &request).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::UPDATE_DEPLOYMENT,
        call: |p, c| {
            Box::pin(async move {
                let update = DeploymentUpdate::default();
                p.update_deployment(c, &NOBODY.into(), &update).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::DELETE_DEPLOYMENT,
        call: |p, c| Box::pin(async move { p.delete_deployment(c, &NOBODY.into()).await }),
    },
    Invocation {
        operation: &op::SCALE_DEPLOYMENT,
        call: |p, c| {
            Box::pin(async move {
                let request = ScaleRequest::new(1);
                p.scale_deployment(c, &NOBODY.into(), &request).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::ROLLBACK_DEPLOYMENT,
        call: |p, c| {
            Box::pin(async move {
                let request = RollbackRequest::default();
                p.rollback_deployment(c, &NOBODY.into(), &request).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::UPGRADE_DEPLOYMENT,
        call: |p, c| {
            Box::pin(async move {
                let request = UpgradeRequest::to(NOBODY);
                p.upgrade_deployment(c, &NOBODY.into(), &request).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::HEAL_DEPLOYMENT,
        call: |p, c| {
            Box::pin(async move {
                let request = HealRequest::default();
                p.heal_deployment(c, &NOBODY.into(), &request).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::GET_DEPLOYMENT_STATUS,
        call: |p, c| Box::pin(async move { p.get_deployment_status(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_DEPLOYMENT_LOGS,
        call: |p, c| {
            Box::pin(async move {
                let options = LogOptions::new();
                p.get_deployment_logs(c, &NOBODY.into(), &options).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::LIST_DEPLOYMENT_REVISIONS,
        call: |p, c| Box::pin(async move { p.list_deployment_revisions(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::WATCH_DEPLOYMENTS,
        call: |p, c| Box::pin(async move { p.watch_deployments(c, None).await.map(drop) }),
    },
];
