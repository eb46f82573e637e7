//! [`Scene`]: what cases begin with, and the few steps that many of them take.

use std::sync::Arc;
use std::time::Duration;

use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Labels, TenantId};
use o2_dms::{DMSPlugin, Deployment, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentStatus, PackageId};

use super::{DmsWorld, Look};
use crate::conformance::{Broken, Trouble, Verdict, fails, holds, same, skip};

/// Between two looks at work in motion.
const PAUSE: Duration = Duration::from_millis(500);
/// How often work in motion is looked at.
const MOST_LOOKS: usize = 600;

/// A world, its plugin, and who acts.
#[derive(Clone)]
pub(super) struct Scene<'w> {
    pub(super) world: &'w (dyn DmsWorld + 'static),
    pub(super) plugin: Arc<dyn DMSPlugin>,
    pub(super) context: Context,
}

impl<'w> Scene<'w> {
    pub(super) fn of(world: &'w (dyn DmsWorld + 'static)) -> Self {
        Self {
            world,
            plugin: world.plugin(),
            context: Context::new("conformance"),
        }
    }

    pub(super) fn acting_for(&self, tenant: &TenantId) -> Self {
        Self {
            context: self.context.clone().with_tenant(tenant.clone()),
            ..self.clone()
        }
    }

    /// The same for each of the two tenants.
    pub(super) fn tenants(&self) -> Verdict<[Self; 2]> {
        match self.world.tenants() {
            Some(tenants) => Ok(tenants.map(|tenant| self.acting_for(&tenant))),
            None => skip("the world has no tenants"),
        }
    }

    /// The same on another plugin of the same backend, as after a restart.
    pub(super) async fn restarted(&self) -> Verdict<Self> {
        match self.world.reopen().await? {
            Some(plugin) => Ok(Self { plugin, ..self.clone() }),
            None => skip("the backend lives in the plugin and ends with it"),
        }
    }

    pub(super) async fn bring(&self, trouble: Trouble) -> Verdict {
        if self.world.trouble(Some(trouble)).await {
            Ok(())
        } else {
            skip(format!("the world's backend cannot be {trouble:?}"))
        }
    }

    pub(super) async fn pause(&self) {
        self.world.clock().sleep(PAUSE).await;
    }

    pub(super) fn request(&self, name: &str) -> Verdict<DeploymentRequest> {
        let request = self.world.new_deployment(name);
        request.map_or_else(|| skip("the world has nothing to deploy"), Ok)
    }

    /// A request whose work fails.
    pub(super) fn failing_request(&self, name: &str) -> Verdict<DeploymentRequest> {
        let mut request = self.request(name)?;
        request.package_id = self.failing_package()?;
        Ok(request)
    }

    pub(super) fn failing_package(&self) -> Verdict<PackageId> {
        let package = self.world.failing_package();
        package.map_or_else(|| skip("the world has no package that fails"), Ok)
    }

    pub(super) fn newer_package(&self) -> Verdict<PackageId> {
        let package = self.world.newer_package();
        package.map_or_else(|| skip("the world has no second package"), Ok)
    }

    pub(super) async fn create(&self, request: &DeploymentRequest) -> Verdict<Arc<Deployment>> {
        Ok(self.plugin.create_deployment(&self.context, request).await?)
    }

    /// A new deployment, whose installation is in motion.
    pub(super) async fn created(&self, name: &str) -> Verdict<Arc<Deployment>> {
        self.create(&self.request(name)?).await
    }

    /// A new deployment that is installed.
    pub(super) async fn running(&self, name: &str) -> Verdict<Arc<Deployment>> {
        let created = self.created(name).await?;
        self.deployed(&created.deployment_id).await
    }

    pub(super) async fn get(&self, id: &DeploymentId) -> Verdict<Arc<Deployment>> {
        Ok(self.plugin.get_deployment(&self.context, id).await?)
    }

    /// The deployment when no work is in motion any more.
    pub(super) async fn finished(&self, id: &DeploymentId) -> Verdict<Arc<Deployment>> {
        for _ in 0..MOST_LOOKS {
            let deployment = self.get(id).await?;
            if !deployment.status.is_busy() {
                return Ok(deployment);
            }
            self.pause().await;
        }
        Err(never("the work on a deployment"))
    }

    /// The deployment when its work has ended, and ended well.
    pub(super) async fn deployed(&self, id: &DeploymentId) -> Verdict<Arc<Deployment>> {
        let deployment = self.finished(id).await?;
        same(
            &format!("the state in which the work ends ({})", deployment.status_message),
            deployment.status,
            DeploymentStatus::Deployed,
        )?;
        Ok(deployment)
    }

    /// Waits until the deployment is gone.
    pub(super) async fn gone(&self, id: &DeploymentId) -> Verdict {
        for _ in 0..MOST_LOOKS {
            match self.plugin.get_deployment(&self.context, id).await {
                Ok(deployment) => {
                    let status = deployment.status;
                    let ending = matches!(status, DeploymentStatus::Terminating | DeploymentStatus::Terminated);
                    holds("the state of a deleted deployment", ending, "terminating", status)?;
                }
                read => return fails("reading a deleted deployment", read, &[ErrorKind::NotFound]).map(drop),
            }
            self.pause().await;
        }
        Err(never("the end of a deployment"))
    }

    /// That the backend runs what the plugin says, as far as one can look.
    pub(super) async fn check_backend(&self, deployment: &Deployment) -> Verdict {
        match self.world.look(&deployment.deployment_id).await? {
            Look::Unable => Ok(()),
            Look::Nothing => Err(Broken::new("what the backend runs", "the deployment", "nothing").into()),
            Look::Running(running) => {
                same(
                    "the package that the backend runs",
                    &running.package_id,
                    &deployment.package_id,
                )?;
                same("the values that the backend uses", &running.values, &deployment.values)?;
                same(
                    "the replicas that the backend wants",
                    running.replicas,
                    deployment.replicas,
                )
            }
        }
    }

    pub(super) async fn deployments(&self) -> Verdict<Vec<Arc<Deployment>>> {
        let (mut query, mut deployments) = (ListQuery::new(), Vec::new());
        loop {
            let page = self.plugin.list_deployments(&self.context, &query).await?;
            deployments.extend(page.items);
            match page.next {
                Some(next) => query.marker = Some(next),
                None => return Ok(deployments),
            }
        }
    }

    pub(super) async fn packages(&self) -> Verdict<Vec<Arc<DeploymentPackage>>> {
        let (mut query, mut packages) = (ListQuery::new(), Vec::new());
        loop {
            let page = self.plugin.list_deployment_packages(&self.context, &query).await?;
            packages.extend(page.items);
            match page.next {
                Some(next) => query.marker = Some(next),
                None => return Ok(packages),
            }
        }
    }
}

fn never(what: &str) -> crate::conformance::Stop {
    Broken::new(what, "an end", format!("none after {MOST_LOOKS} looks")).into()
}

/// What callers have decided about a deployment: everything but its state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    package: PackageId,
    description: String,
    values: o2_core::Extensions,
    labels: Labels,
    extensions: o2_core::Extensions,
    replicas: Option<u32>,
    revision: u32,
}

impl Wanted {
    pub(super) fn of(deployment: &Deployment) -> Self {
        Self {
            package: deployment.package_id.clone(),
            description: deployment.description.clone(),
            values: deployment.values.clone(),
            labels: deployment.labels.clone(),
            extensions: deployment.extensions.clone(),
            replicas: deployment.replicas,
            revision: deployment.revision,
        }
    }
}

/// That a call failed because the backend is in trouble, and says so.
pub(super) fn told<T>(what: &str, result: Result<T, Error>) -> Verdict {
    let error = fails(what, result, &[ErrorKind::Unavailable, ErrorKind::Timeout])?;
    let fault = error.fault();
    let innocent = fault != o2_core::Fault::Caller;
    holds("whose fault it is", innocent, "the backend's or the gateway's", fault)
}
