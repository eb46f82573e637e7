//! What can be asked of deployments. Each request is checked completely before anything changes, sets work in motion and
//! ends; [`lifecycle`](super::lifecycle) does the rest.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::{
    Deployment, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentUpdate, HealRequest, PackageId,
    RollbackRequest, ScaleRequest, UpgradeRequest,
};

use super::checks::{REPLICA_COUNT, check_label, replica_count};
use super::lifecycle::Target;
use super::logs::check_component;
use super::state::{Record, State};
use super::work::Kind;
use crate::memory::Moment;

impl State {
    pub(super) fn create_deployment(
        &mut self,
        context: &Context,
        request: &DeploymentRequest,
        now: Moment,
    ) -> Result<Arc<Deployment>> {
        check_label("name", &request.name)?;
        let namespace = request.namespace.as_ref().unwrap_or(&self.config.namespace).clone();
        check_label("namespace", &namespace)?;
        let package = self.given_package(context, &request.package_id)?;
        let replicas = replica_count(&request.values, self.config.max_replicas)?;
        let name = (namespace, request.name.clone());
        if self.names.contains_key(&name) {
            return Err(Error::already_exists("deployment", &format!("{}/{}", name.0, name.1)));
        }
        let id = DeploymentId::from(self.ids.next("dep", |_| false));
        let mut deployment = Deployment::new(id.clone(), request.name.clone(), package.package_id.clone());
        deployment.description.clone_from(&request.description);
        deployment.namespace.clone_from(&name.0);
        deployment.package_version.clone_from(&package.version);
        deployment.resource_pool_id.clone_from(&request.resource_pool_id);
        deployment.labels.clone_from(&request.labels);
        deployment.extensions.clone_from(&request.extensions);
        deployment.values.clone_from(&request.values);
        deployment.replicas = Some(replicas);
        deployment.tenant_id = context.tenant().cloned();
        self.names.insert(name, id);
        Ok(self.install(deployment, &package, now))
    }

    /// New values are a new revision; anything else changes at once, without work.
    pub(super) fn update_deployment(
        &mut self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
        now: Moment,
    ) -> Result<Arc<Deployment>> {
        let record = self.deployment(context, id)?;
        if update.expected.is_some() && update.expected != record.object.version {
            return Err(Error::new(
                ErrorKind::PreconditionFailed,
                "the deployment has changed since it was read; read it again",
            ));
        }
        let current = idle(record, now)?;
        let replicas = replica_count(&update.values, self.config.max_replicas)?;
        self.revise(id, now, |deployment| {
            deployment.description.clone_from(&update.description);
            deployment.labels.clone_from(&update.labels);
            deployment.extensions.clone_from(&update.extensions);
        });
        if update.values != current.values {
            let target = Target {
                package: self.package_of(&current)?,
                values: update.values.clone(),
                replicas,
                description: "New values".into(),
                rolled_back_to: None,
            };
            self.change(id, Kind::Update, target, now);
        }
        self.now_is(context, id)
    }

    pub(super) fn delete_deployment(&mut self, context: &Context, id: &DeploymentId, now: Moment) -> Result<()> {
        idle(self.deployment(context, id)?, now)?;
        self.terminate(id, now);
        Ok(())
    }

    /// Scaling sets the value that says how many replicas there shall be, so that no later work undoes it.
    pub(super) fn scale_deployment(
        &mut self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
        now: Moment,
    ) -> Result<Arc<Deployment>> {
        let record = self.deployment(context, id)?;
        let max = self.config.max_replicas;
        let replicas = request.replicas;
        if replicas > max {
            let reason = format!("must be 0 to {max}, not {replicas}");
            return Err(Error::violation("replicas", reason));
        }
        let current = idle(record, now)?;
        if current.replicas == Some(replicas) {
            return Ok(current);
        }
        let mut values = current.values.clone();
        values.insert(REPLICA_COUNT.into(), replicas.into());
        let target = Target {
            package: self.package_of(&current)?,
            values,
            replicas,
            description: format!("Scale to {replicas} replicas"),
            rolled_back_to: None,
        };
        self.change(id, Kind::Scale, target, now);
        self.now_is(context, id)
    }

    pub(super) fn rollback_deployment(
        &mut self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
        now: Moment,
    ) -> Result<Arc<Deployment>> {
        let record = self.deployment(context, id)?;
        let current = idle(record, now)?;
        let wanted = request.revision.unwrap_or(current.revision.saturating_sub(1));
        let earlier = || {
            record
                .revisions
                .iter()
                .filter(|old| old.entry.revision < current.revision)
        };
        let Some(old) = earlier().find(|old| old.entry.revision == wanted) else {
            let known: Vec<_> = earlier().map(|old| old.entry.revision.to_string()).collect();
            return Err(Error::violation(
                "revision",
                format!("there is no earlier revision {wanted} (known: {})", known.join(", ")),
            ));
        };
        let values = old.values.clone();
        let package = Arc::clone(self.package_with(&old.entry.package_id)?);
        let target = Target {
            package,
            replicas: replica_count(&values, self.config.max_replicas)?,
            values,
            description: format!("Rollback to {wanted}"),
            rolled_back_to: Some(wanted),
        };
        self.change(id, Kind::Rollback, target, now);
        self.now_is(context, id)
    }

    pub(super) fn upgrade_deployment(
        &mut self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
        now: Moment,
    ) -> Result<Arc<Deployment>> {
        let record = self.deployment(context, id)?;
        let package = self.given_package(context, &request.package_id)?;
        let values = request.values.as_ref().unwrap_or(&record.object.values).clone();
        let replicas = replica_count(&values, self.config.max_replicas)?;
        idle(record, now)?;
        let target = Target {
            description: format!("Upgrade to {} {}", package.name, package.version),
            package,
            values,
            replicas,
            rolled_back_to: None,
        };
        self.change(id, Kind::Upgrade, target, now);
        self.now_is(context, id)
    }

    pub(super) fn heal_deployment(
        &mut self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
        now: Moment,
    ) -> Result<Arc<Deployment>> {
        let record = self.deployment(context, id)?;
        if let Some(component) = &request.component {
            check_component(&record.object, component)?;
        }
        let current = idle(record, now)?;
        let package = self.package_of(&current)?;
        let cause = request.cause.as_deref().unwrap_or("no cause given");
        self.repair(id, &package, cause, now);
        self.now_is(context, id)
    }

    /// The package that a request names.
    ///
    /// # Errors
    /// `InvalidInput` when it does not exist for the caller.
    fn given_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        self.package(context, id)
            .map(Arc::clone)
            .map_err(|error| Error::violation("packageId", error.message()))
    }

    /// The package that a deployment has. It is there: packages in use are not removed.
    fn package_of(&self, deployment: &Deployment) -> Result<Arc<DeploymentPackage>> {
        self.package_with(&deployment.package_id).map(Arc::clone)
    }

    fn package_with(&self, id: &PackageId) -> Result<&Arc<DeploymentPackage>> {
        self.packages
            .get(id)
            .ok_or_else(|| Error::internal(format!("package '{id}' is in use and gone")))
    }

    fn now_is(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        self.deployment(context, id).map(|record| Arc::clone(&record.object))
    }
}

/// The deployment, when no work is in motion.
///
/// # Errors
/// `Conflict` saying what is in motion and how far it is.
fn idle(record: &Record, now: Moment) -> Result<Arc<Deployment>> {
    match &record.work {
        None => Ok(Arc::clone(&record.object)),
        Some(work) => Err(Error::conflict(format!(
            "the {} of deployment '{}' is in motion ({} %); wait until it has ended",
            work.kind.noun(),
            record.object.deployment_id,
            work.progress(now)
        ))),
    }
}
