//! The plugin, as the catalog lists it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, Plugin, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Model, Page, Pushdown, Result, TenantId, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentChange, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRequest,
    DeploymentRevision, DeploymentUpdate, HealRequest, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest, op,
};
use serde_json::Value;

use super::CrossplaneConfig;
use super::draw::{Drawn, report};
use super::read::Reading;
use super::shape::Shape;
use super::watch::Watching;
use super::write::{Checked, Edit, Heal, Upgrade, Writing};
use crate::held::Listing;
use crate::kit::read_config;
use crate::kube::deployed::{Changing, Present, Rollback, Scale, change};
use crate::kube::{Changes, Clusters};

/// The crossplane backend, as the catalog lists it.
pub static BACKEND: Backend<dyn DMSPlugin> = Backend {
    kind: "crossplane",
    aliases: &[],
    description: "Crossplane: deployments are claims and composite resources, packages are Configurations",
    version: env!("CARGO_PKG_VERSION"),
    example: include_str!("example.yaml"),
    build,
};

fn build(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    Ok(Arc::new(Crossplane::new(info, read_config(config)?, ports)?))
}

/// Crossplane as a deployment backend.
#[derive(Debug)]
pub struct Crossplane {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    reading: Reading,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// The changes that each tenant may see; of all tenants for `None`.
    changes: BTreeMap<Option<TenantId>, Watched>,
}

/// What is watched, and of which definitions it is.
#[derive(Debug)]
struct Watched {
    shapes: Vec<Arc<Shape>>,
    changes: Arc<Changes<DeploymentObject>>,
}

impl Crossplane {
    /// A plugin for the Crossplane of `config`.
    ///
    /// # Errors
    /// `Config` naming the field that is wrong.
    pub fn new(info: PluginInfo, config: CrossplaneConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        Ok(Self {
            capabilities: capabilities(),
            clock: Arc::clone(&ports.clock),
            reading: Reading::new(cluster, config),
            info,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> Result<&Reading> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(&self.reading)
    }

    fn writing(&self) -> Result<Writing<'_>> {
        Ok(Writing {
            reading: self.reading()?,
        })
    }

    async fn drawn(&self, context: &Context, id: &DeploymentId) -> Result<Drawn> {
        self.reading()?.find(context, id).await
    }

    /// Changes a deployment, if the API server would take the change.
    async fn change(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &dyn Changing<Drawn>,
    ) -> Result<Arc<Deployment>> {
        let reading = self.reading()?;
        let checked = Checked { reading, request };
        change(&reading.cluster, &reading.revisions, reading, context, id, &checked).await
    }

    /// The changes of what the definitions are now. When they have become others, whoever watches begins anew.
    fn changes(&self, context: &Context, shapes: &[Arc<Shape>]) -> Result<Arc<Changes<DeploymentObject>>> {
        let (tenant, reading) = (context.tenant().cloned(), self.reading()?);
        let mut state = self.state();
        let known = state.changes.get(&tenant);
        if let Some(known) = known.filter(|known| known.shapes == shapes) {
            return Ok(Arc::clone(&known.changes));
        }
        let watching = Watching::open(reading, context, shapes);
        let changes = Arc::new(Changes::new(watching, Arc::clone(&self.clock)));
        let made = Watched {
            shapes: shapes.to_vec(),
            changes: Arc::clone(&changes),
        };
        if let Some(old) = state.changes.insert(tenant, made) {
            old.changes.close();
        }
        Ok(changes)
    }
}

fn capabilities() -> Capabilities {
    let all = op::ALL.iter().copied();
    let logs = &op::GET_DEPLOYMENT_LOGS;
    Capabilities::new(all.filter(|operation| operation.name != logs.name))
        .with_synthesised([
            &op::SCALE_DEPLOYMENT,
            &op::ROLLBACK_DEPLOYMENT,
            &op::HEAL_DEPLOYMENT,
            &op::LIST_DEPLOYMENT_REVISIONS,
        ])
        .with_feature("gitops")
        .with_pushdown(Pushdown::Filter)
}

fn deployment(drawn: &Drawn) -> &Arc<Deployment> {
    &drawn.deployment
}

fn package(package: &Arc<DeploymentPackage>) -> &Arc<DeploymentPackage> {
    package
}

#[async_trait]
impl Plugin for Crossplane {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, context: &Context) -> Health {
        let about = async {
            let reading = self.reading()?;
            Ok::<_, Error>((reading.version(context).await?, reading.shapes(context).await?))
        };
        let about = about.await;
        let now = self.clock.now();
        match about {
            Err(error) => Health::unhealthy(now, error.message()),
            Ok((version, shapes)) => {
                let kinds: Vec<_> = shapes.iter().map(|shape| shape.kind.resource()).collect();
                Health::healthy(now)
                    .with_detail("version", version)
                    .with_detail("kinds", kinds.join(", "))
            }
        }
    }

    async fn close(&self) -> Result<()> {
        let changes = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.changes)
        };
        changes.values().for_each(|watched| watched.changes.close());
        Ok(())
    }
}

#[async_trait]
impl DMSPlugin for Crossplane {
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let listing = Listing::new(context, query, "")?;
        let reading = self.reading()?;
        let packages = reading.shelf(context).await?.packages(&reading.config.tenant_label);
        listing.page(&packages, package)
    }

    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let reading = self.reading()?;
        let found = reading.shelf(context).await?.packages(&reading.config.tenant_label);
        let found = found.get(id.as_str()).filter(|package| context.sees(package.tenant()));
        found
            .cloned()
            .ok_or_else(|| Error::not_found(DeploymentPackage::OBJECT, id.as_str()))
    }

    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        self.writing()?.upload(context, upload).await
    }

    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        self.writing()?.forget(context, id).await
    }

    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let listing = Listing::new(context, query, "")?;
        listing.page(&self.reading()?.deployments(context).await?, deployment)
    }

    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        Ok(self.drawn(context, id).await?.deployment)
    }

    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        self.writing()?.create(context, request).await
    }

    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        let writing = self.writing()?;
        self.change(context, id, &Edit { writing, update }).await
    }

    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        self.writing()?.delete(context, id).await
    }

    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let by = self.writing()?;
        self.change(context, id, &Scale { by, request }).await
    }

    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        let by = self.writing()?;
        self.change(context, id, &Rollback { by, request }).await
    }

    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        let writing = self.writing()?;
        self.change(context, id, &Upgrade { writing, request }).await
    }

    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        let writing = self.writing()?;
        self.change(context, id, &Heal { writing, request }).await
    }

    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let drawn = self.drawn(context, id).await?;
        Ok(report(&drawn, self.clock.now()))
    }

    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let drawn = self.drawn(context, id).await?;
        self.reading()?.history(context, &drawn).await
    }

    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        let shapes = self.reading()?.shapes(context).await?;
        self.changes(context, &shapes)?
            .watch(context, resume, |context, object| context.sees(object.tenant()))
            .await
    }
}
