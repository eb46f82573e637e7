//! The plugin, as the catalog lists it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::plugin::{Backend, Health, PluginInfo};
use o2_core::ports::{Clock, Ports};
use o2_core::{Capabilities, Context, Error, Pushdown, Result};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentObject, DeploymentPackage, LogLine, LogOptions, StatusReport, op,
};
use serde_json::Value;

use super::CrossplaneConfig;
use super::draw::{Drawn, report};
use super::read::Reading;
use super::shape::Shape;
use super::watch::Watching;
use super::write::{Checked, Edit, Heal, Upgrade, Writing};
use crate::kit::read_config;
use crate::kube::deployed::{Changing, Present, change, serve_deployments};
use crate::kube::{Changes, Clusters, Open, Shared};

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
    open: Open<Watched>,
}

/// What is watched, and of which definitions it is.
#[derive(Debug)]
struct Watched {
    shapes: Vec<Arc<Shape>>,
    changes: Arc<Changes<DeploymentObject>>,
}

impl Shared for Watched {
    fn close(&self) {
        self.changes.close();
    }
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
            open: Open::default(),
        })
    }

    fn reading(&self) -> Result<&Reading> {
        self.open.check()?;
        Ok(&self.reading)
    }

    fn writing(&self) -> Result<Writing<'_>> {
        Ok(Writing {
            reading: self.reading()?,
        })
    }

    async fn about(&self, context: &Context) -> Result<Health> {
        let reading = self.reading()?;
        let (version, shapes) = (reading.version(context).await?, reading.shapes(context).await?);
        let kinds: Vec<_> = shapes.iter().map(|shape| shape.kind.resource()).collect();
        Ok(Health::healthy(self.clock.now())
            .with_detail("version", version)
            .with_detail("kinds", kinds.join(", ")))
    }

    async fn packages(&self, context: &Context) -> Result<BTreeMap<String, Arc<DeploymentPackage>>> {
        let reading = self.reading()?;
        Ok(reading.shelf(context).await?.packages(&reading.config.tenant_label))
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

    async fn report(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let drawn = self.reading()?.find(context, id).await?;
        Ok(report(&drawn, self.clock.now()))
    }

    async fn logs(&self, _: &Context, _: &DeploymentId, _: &LogOptions) -> Result<BoxStream<'static, Result<LogLine>>> {
        Err(Error::unsupported(&op::GET_DEPLOYMENT_LOGS))
    }

    /// The changes of what the definitions are now. When they have become others, whoever watches begins anew.
    async fn changes(&self, context: &Context) -> Result<Arc<Changes<DeploymentObject>>> {
        let shapes = self.reading()?.shapes(context).await?;
        let open = async {
            let watching = Watching::open(&self.reading, context, &shapes);
            let changes = Changes::new(watching, Arc::clone(&self.clock));
            Ok(Watched {
                shapes: shapes.clone(),
                changes: Arc::new(changes),
            })
        };
        let watched = self
            .open
            .watched(context, |watched| watched.shapes == shapes, open)
            .await?;
        Ok(Arc::clone(&watched.changes))
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

serve_deployments!(Crossplane, Edit);
