//! What the backend does when it is called.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Page, Result, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision, DeploymentStatus,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest,
};
use o2_testkit::ManualClock;

use super::{Fake, Work};

fn revision(deployment: &Deployment, what: &str, clock: &ManualClock) -> DeploymentRevision {
    let (package, number) = (deployment.package_id.clone(), deployment.revision);
    DeploymentRevision::new(number, DeploymentStatus::Deployed, what, package, clock.now())
}

#[async_trait]
impl DMSPlugin for Fake {
    async fn list_deployment_packages(&self, context: &Context, _: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let state = self.called("list_deployment_packages")?;
        let packages = state.packages.values();
        let visible = packages.filter(|package| state.leaks || context.sees(package.tenant_id.as_ref()));
        Ok(Page::new(visible.cloned().collect(), None))
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let state = self.called("get_deployment_package")?;
        let package = state.packages.get(id.as_str());
        let visible = package.filter(|package| state.leaks || context.sees(package.tenant_id.as_ref()));
        visible
            .cloned()
            .ok_or_else(|| Error::not_found("deploymentPackage", id.as_str()))
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        self.note(upload);
        let mut state = self.called("upload_deployment_package")?;
        let name = upload.name.clone().unwrap_or_else(|| "chart".to_owned());
        let version = upload.version.clone().unwrap_or_else(|| "1.0".to_owned());
        let id = format!("{name}-{version}");
        if state.packages.contains_key(&id) {
            return Err(Error::already_exists("deploymentPackage", &id));
        }
        let mut package = DeploymentPackage::new(id.as_str(), name, version, upload.package_type.as_str());
        package.tenant_id = context.tenant().cloned();
        let package = Arc::new(package);
        state.packages.insert(id, Arc::clone(&package));
        Ok(package)
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        self.get_deployment_package(context, id).await?;
        let mut state = self.called("delete_deployment_package")?;
        let used = |work: &&Work| work.deployment.package_id == *id;
        if let Some(user) = state.deployments.values().find(used) {
            let message = format!("deployment '{}' uses it", user.deployment.name);
            return Err(Error::conflict(message));
        }
        state.packages.remove(id.as_str());
        Ok(())
    }

    async fn list_deployments(&self, context: &Context, _: &ListQuery) -> Result<Page<Deployment>> {
        let state = self.called("list_deployments")?;
        let ids = state.deployments.keys();
        let found = ids.filter_map(|id| self.find(&state, context, id).ok());
        Ok(Page::new(found.map(|work| Arc::new(work.deployment)).collect(), None))
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        let state = self.called("get_deployment")?;
        Ok(Arc::new(self.find(&state, context, id.as_str())?.deployment))
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        self.note(request);
        let id = request.name.clone();
        {
            let mut state = self.script();
            if state.deployments.contains_key(&id) {
                return Err(Error::already_exists("deployment", &id));
            }
            let mut deployment = Deployment::new(id.as_str(), id.as_str(), request.package_id.clone());
            deployment.description.clone_from(&request.description);
            deployment.namespace = request.namespace.clone().unwrap_or_else(|| "default".to_owned());
            deployment.values = request.values.clone();
            deployment.labels = request.labels.clone();
            deployment.extensions = request.extensions.clone();
            deployment.replicas = Some(1);
            deployment.tenant_id = context.tenant().cloned();
            let work = Work {
                revisions: vec![revision(&deployment, "install", &self.clock)],
                deployment,
                began: Duration::ZERO,
                ends: Duration::MAX,
                becomes: None,
                words: "",
            };
            state.deployments.insert(id.clone(), work);
        }
        let known = |_: &mut Work| Ok(());
        let created = self
            .work(
                context,
                "create_deployment",
                &id,
                DeploymentStatus::Instantiating,
                known,
            )
            .await;
        if created.is_err() {
            self.lose(&id);
        }
        created
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        self.note(update);
        self.script().expected = update.expected.as_ref().map(ToString::to_string);
        let change = |work: &mut Work| {
            if update.expected.is_some() && update.expected != work.deployment.version {
                return Err(Error::new(ErrorKind::PreconditionFailed, "it is newer"));
            }
            work.deployment.description.clone_from(&update.description);
            work.deployment.values = update.values.clone();
            work.deployment.labels = update.labels.clone();
            work.deployment.extensions = update.extensions.clone();
            Ok(())
        };
        self.work(
            context,
            "update_deployment",
            id.as_str(),
            DeploymentStatus::Updating,
            change,
        )
        .await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let status = DeploymentStatus::Terminating;
        self.work(context, "delete_deployment", id.as_str(), status, |_| Ok(()))
            .await
            .map(|_| ())
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let change = |work: &mut Work| {
            work.deployment.replicas = Some(request.replicas);
            Ok(())
        };
        self.work(
            context,
            "scale_deployment",
            id.as_str(),
            DeploymentStatus::Scaling,
            change,
        )
        .await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        self.note(request);
        let clock = Arc::clone(&self.clock);
        let change = move |work: &mut Work| {
            let wanted = request.revision.unwrap_or(work.deployment.revision - 1);
            let known = work.revisions.iter().find(|known| known.revision == wanted);
            let known = known.ok_or_else(|| Error::violation("revision", format!("there is no revision {wanted}")))?;
            work.deployment.package_id = known.package_id.clone();
            work.deployment.revision += 1;
            work.revisions.push(revision(&work.deployment, "rollback", &clock));
            Ok(())
        };
        self.work(
            context,
            "rollback_deployment",
            id.as_str(),
            DeploymentStatus::Updating,
            change,
        )
        .await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        self.note(request);
        let package = Self::package(&self.script(), &request.package_id)?;
        let clock = Arc::clone(&self.clock);
        let change = move |work: &mut Work| {
            work.deployment.package_id = package.package_id.clone();
            if let Some(values) = &request.values {
                work.deployment.values = values.clone();
            }
            work.deployment.revision += 1;
            work.revisions.push(revision(&work.deployment, "upgrade", &clock));
            Ok(())
        };
        self.work(
            context,
            "upgrade_deployment",
            id.as_str(),
            DeploymentStatus::Updating,
            change,
        )
        .await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        self.note(request);
        let status = DeploymentStatus::Updating;
        self.work(context, "heal_deployment", id.as_str(), status, |_| Ok(()))
            .await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let state = self.called("get_deployment_status")?;
        let work = self.find(&state, context, id.as_str())?;
        let past = self.clock.monotonic().saturating_sub(work.began).as_secs_f64();
        let whole = work.ends.saturating_sub(work.began).as_secs_f64();
        let percent = if whole > 0.0 {
            (100.0 * past / whole).min(100.0)
        } else {
            100.0
        };
        let changed = work.deployment.updated_at.unwrap();
        let status = work.deployment.status;
        let mut report = StatusReport::new(work.deployment.deployment_id, status, percent as u8, changed);
        report.status_message = work.deployment.status_message;
        Ok(report)
    }

    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let state = self.called("get_deployment_logs")?;
        self.find(&state, context, id.as_str())?;
        let container = options.container.clone();
        let wanted = |line: &LogLine| {
            container.as_ref().is_none_or(|name| *name == line.container)
                && options.since.is_none_or(|since| line.time >= since)
        };
        let mut lines: Vec<_> = state
            .logs
            .iter()
            .filter(|(_, line)| line.as_ref().map_or(true, wanted))
            .cloned()
            .collect();
        let tail = options.tail.unwrap_or(u32::MAX) as usize;
        if !options.follow && lines.len() > tail {
            lines.drain(..lines.len() - tail);
        }
        let clock = Arc::clone(&self.clock);
        let lines = stream::iter(lines).then(move |(pause, line)| {
            let clock = Arc::clone(&clock);
            async move {
                if !pause.is_zero() {
                    clock.sleep(pause).await;
                }
                line.map_err(|kind| Error::new(kind, "the stream broke"))
            }
        });
        Ok(if options.follow {
            lines.chain(stream::pending()).boxed()
        } else {
            lines.boxed()
        })
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let state = self.called("list_deployment_revisions")?;
        Ok(self.find(&state, context, id.as_str())?.revisions)
    }
}
